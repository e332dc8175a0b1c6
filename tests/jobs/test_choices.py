"""Methods chosen for single images in the mask page, which a run follows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.drawn_masks import annotations_drawn
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.choices import Choices
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.masks.edits import FillChoice, as_record, write_edits
from pconv_cli.methods.backends import Backends
from pconv_cli.progress import Silent

CHOSEN = "1 image filled as edits.json beside the masks says, not as the options of this run"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "m").mkdir()
    mask = np.ones((40, 50), np.bool_)
    mask[10:20, 10:30] = False
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        Image.fromarray(rng.integers(0, 255, (40, 50, 3), np.uint8)).save(tmp_path / f"in/{name}.png")
        write_mask(tmp_path / f"m/{name}.png", mask)
    return tmp_path


def _methods(out: Path) -> dict[str, str]:
    records = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    return {one["input"]: one["recipe"]["method"] for one in records if one["status"] == "done"}


def test_a_chosen_method_goes_before_the_run_s_own_and_resuming_knows(folders: Path) -> None:
    write_edits(folders / "m", {"a.png": {"method": "ns"}, "b.png": {"method": None}})
    options = InpaintOptions(folders / "in", folders / "m", folders / "out", method="telea", resume=True)
    report = inpaint_folder(options)
    assert _methods(folders / "out") == {"a.png": "ns", "b.png": "telea"}
    assert report.warnings == [CHOSEN]
    assert sorted(inpaint_folder(options).skipped) == ["a.png", "b.png"]
    write_edits(folders / "m", {"a.png": {"method": "pyramid"}})
    again = inpaint_folder(options)
    assert [one.name for one in again.done] == ["a.png"]
    assert again.skipped == ["b.png"]
    assert again.warnings == [CHOSEN]
    assert _methods(folders / "out")["a.png"] == "pyramid"
    alone = InpaintOptions(folders / "in", folders / "m", folders / "alone", method="pyramid")
    inpaint_folder(alone)
    first, second = (Image.open(folders / out / "a.png") for out in ("out", "alone"))
    np.testing.assert_array_equal(np.asarray(first), np.asarray(second))


def test_a_chosen_seed_and_texture_are_those_of_a_run_with_them(folders: Path) -> None:
    def bytes_of(out: str, name: str) -> bytes:
        return (folders / out / name).read_bytes()

    def fill(out: str, **more: Any) -> None:
        given = {"method": "telea", "texture": 0.5, **more}
        inpaint_folder(InpaintOptions(folders / "in", folders / "m", folders / out, **given))

    fill("plain")
    fill("all", texture=1, seed=3)
    write_edits(folders / "m", {"a.png": {"method": None, "texture": 1, "seed": 3}})
    fill("chosen")
    assert bytes_of("chosen", "a.png") == bytes_of("all", "a.png") != bytes_of("plain", "a.png")
    assert bytes_of("chosen", "b.png") == bytes_of("plain", "b.png")


def test_a_chosen_variant_is_another_fill_and_resuming_knows(folders: Path) -> None:
    options = InpaintOptions(folders / "in", folders / "m", folders / "out", method="patchmatch", resume=True)
    inpaint_folder(options)
    before = (folders / "out/a.png").read_bytes()
    write_edits(folders / "m", {"a.png": {"method": "patchmatch", "seed": 7}, "b.png": {"method": "patchmatch"}})
    again = inpaint_folder(options)
    assert ([one.name for one in again.done], again.skipped) == (["a.png"], ["b.png"])
    assert (folders / "out/a.png").read_bytes() != before


def test_what_a_method_has_no_use_for_is_passed_over(folders: Path) -> None:
    write_edits(folders / "m", {"a.png": {"seed": 3}, "b.png": {"texture": 0.3, "seed": 4}})
    chosen = Choices(InpaintOptions(folders / "in", folders / "m", folders / "out", method="telea"), Backends())
    assert (chosen.options("a.png").texture, chosen.options("a.png").seed) == (None, 0)
    assert (chosen.options("b.png").texture, chosen.options("b.png").seed) == (0.3, 4)
    chosen = Choices(InpaintOptions(folders / "in", folders / "m", folders / "out", method="patchmatch"), Backends())
    assert (chosen.options("b.png").texture, chosen.options("b.png").seed) == (None, 4)
    assert chosen.differing(["a.png", "b.png", "c.png"]) == 2


def test_turned_patches_stay_where_there_are_patches_and_else_are_passed_over(folders: Path) -> None:
    write_edits(folders / "m", {"a.png": {"texture": 0}, "b.png": {"seed": 4}})
    run = InpaintOptions(folders / "in", folders / "m", folders / "out", patch_turns=True)
    chosen = Choices(run, Backends())
    assert (chosen.options("a.png").texture, chosen.options("a.png").patch_turns) == (0, False)
    assert (chosen.options("b.png").seed, chosen.options("b.png").patch_turns) == (4, True)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"version": 1, "images": {"a.png": {"method": "rust"}}}',
        '{"version": 1, "images": {"a.png": {"seed": "3"}}}',
        '{"version": 1, "images": {"a.png": {"seed": 1.5}}}',
        '{"version": 1, "images": {"a.png": {"texture": 2}}}',
    ],
)
def test_a_record_of_another_kind_ends_the_run_before_anything_is_written(folders: Path, content: str) -> None:
    (folders / "m/edits.json").write_text(content)
    with pytest.raises(UsageError, match=r"edits\.json"):
        inpaint_folder(InpaintOptions(folders / "in", folders / "m", folders / "out", method="telea"))
    with pytest.raises(UsageError, match=r"edits\.json"):
        preview_folder(InpaintOptions(folders / "in", folders / "m", folders / "out", method="telea"))
    assert not (folders / "out").exists()


def test_a_dry_run_counts_windows_for_the_images_that_the_network_is_to_fill(folders: Path) -> None:
    write_edits(folders / "m", {"a.png": {"method": "pconv"}, "c.png": {"method": "ns"}})
    plan = preview_folder(InpaintOptions(folders / "in", folders / "m", folders / "out", method="telea"))
    assert [(row.name, row.tiles is None) for row in plan.rows] == [("a.png", False), ("b.png", True)]
    assert plan.warnings == [CHOSEN]


def test_the_first_seed_is_a_choice_too(folders: Path) -> None:
    write_edits(folders / "m", {"a.png": as_record(FillChoice("patchmatch", 0))})
    given = {"method": "patchmatch", "seed": 5}
    chosen = Choices(InpaintOptions(folders / "in", folders / "m", folders / "out", **given), Backends())
    assert (chosen.options("a.png").seed, chosen.options("b.png").seed) == (0, 5)


def test_choices_beside_annotations_are_followed(folders: Path) -> None:
    points = {"label": "loss", "shape_type": "rectangle", "points": [[4, 4], [12, 12]]}
    with Image.open(folders / "in/a.png") as image:
        width, height = image.size
    shape = {"version": "5.4.1", "imagePath": "a.png", "imageWidth": width, "imageHeight": height, "shapes": [points]}
    (folders / "drawn").mkdir()
    (folders / "drawn/a.json").write_text(json.dumps(shape))
    write_edits(folders / "drawn", {"a.png": {"method": "telea"}})
    options = InpaintOptions(folders / "in", folders / "drawn", folders / "out", method="pyramid")
    with annotations_drawn(options, Silent()) as drawn:
        inpaint_folder(drawn)
    assert _methods(folders / "out") == {"a.png": "telea"}
