"""Annotations in place of masks, and what looking for them costs where there are none."""

import contextlib
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.finding.find import has_mask
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.jobs.drawn_masks import annotations_drawn
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.annotations.given import holds_annotations
from pconv_cli.masks.edits import write_edits
from pconv_cli.progress import Silent


@pytest.mark.parametrize("masks", ["m", "m/deep/a.png"])
def test_no_reader_of_annotations_is_imported_for_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, masks: str
) -> None:
    (tmp_path / "m/deep").mkdir(parents=True)
    (tmp_path / "m/deep/a.png").touch()
    (tmp_path / "m/edits.json").touch()
    monkeypatch.setitem(sys.modules, "pconv_cli.masks.annotations.formats", None)
    options = InpaintOptions(tmp_path, tmp_path / masks, tmp_path / "out", method="telea")
    with annotations_drawn(options, Silent()) as drawn:
        assert drawn is options


def test_the_first_image_is_found_at_any_depth_and_nothing_hidden_counts(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden/a.png").touch()
    (tmp_path / "a.json").touch()
    assert not has_mask(tmp_path)
    assert not has_mask(tmp_path / "nowhere")
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/a.TIF").touch()
    assert has_mask(tmp_path)


def test_a_tiff_with_a_channel_beside_its_colours_is_the_mask_of_the_image_of_its_name(tmp_path: Path) -> None:
    samples = np.zeros((20, 30, 4), np.uint8)
    samples[5:9, 10:12, 3] = 255
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", extrasamples=[0])
    write_rgb(tmp_path / "in/a.png", samples[:, :, :3])
    options = InpaintOptions(tmp_path / "in", tmp_path / "a.tif", tmp_path / "out", method="telea")
    with annotations_drawn(options, Silent()) as drawn:
        assert drawn is not options
        hole = ~read_mask(drawn.masks / "a.png")
    assert hole.sum() == 8
    assert hole[5:9, 10:12].all()


def test_annotations_of_other_images_are_named_without_options_of_another_command(tmp_path: Path) -> None:
    write_rgb(tmp_path / "in/a.png", np.zeros((20, 30, 3), np.uint8))
    box = {"label": "loss", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"}
    other = {"shapes": [box], "imagePath": "other.png", "imageWidth": 30, "imageHeight": 20}
    (tmp_path / "other.json").write_text(json.dumps(other))
    command = ["inpaint", "in", "--masks", "other.json", "--out", "out", "--method", "telea"]
    with contextlib.chdir(tmp_path):
        result = CliRunner().invoke(app, command)
    assert result.exit_code == 3
    assert "other.json: none of its images is in in; name their folder" in result.stderr
    assert "--like" not in result.stderr


def test_a_run_names_annotations_and_not_the_masks_drawn_from_them(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_rgb(tmp_path / f"in/{name}.png", np.zeros((20, 30, 3), np.uint8))
    write_labelme(tmp_path / "m/a.json", "a.png", [("crack", 2)], 30)
    box = {"label": "loss", "points": [[0, 0], [29, 18]], "shape_type": "rectangle"}
    most = {"shapes": [box], "imagePath": "b.png", "imageWidth": 30, "imageHeight": 20}
    (tmp_path / "m/b.json").write_text(json.dumps(most))
    command = ["inpaint", "in", "--masks", "m", "--method", "telea", "--out"]
    with contextlib.chdir(tmp_path):
        planned = CliRunner().invoke(app, [*command, "out", "--dry-run", "--json"])
        result = CliRunner().invoke(app, [*command, "out", "--report", "page.html"])
        inside = CliRunner().invoke(app, [*command, "m"])
    assert json.loads(planned.stdout)["plan"][0]["mask"] == "m"
    assert (planned.exit_code, result.exit_code, inside.exit_code) == (3, 3, 2)
    assert (
        "b.png: its mask drawn from m is 95 % hole, which leaves little to fill it from; draw smaller shap"
        in result.stderr
    )
    assert "in/c.png: has no annotation in m that can be drawn; annotate it, or leave it out" in result.stderr
    assert not re.search(r"m/b\.png|--mask-polarity|looked for", result.stderr)
    assert "is the folder of the annotations" in inside.stderr
    lines = [json.loads(line) for line in (tmp_path / "out/manifest.jsonl").read_text().splitlines()]
    assert {line["mask"] for line in lines if "mask" in line} == {"m"}
    said = [planned.stdout, result.stderr, (tmp_path / "out/manifest.jsonl").read_text(), page_text(tmp_path)]
    assert not any("pconv-" in words for words in said)


def page_text(place: Path) -> str:
    """Read the page without what it embeds."""
    return re.sub(r"data:[^\"]*", "", (place / "page.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("words", [("--mask-polarity", "black"), ("--threshold", "1"), ("--mask-pattern", "{stem}-m")])
@pytest.mark.parametrize("command", [("inpaint", "--method", "telea"), ("report",)])
def test_options_of_mask_files_are_refused_beside_annotations(
    tmp_path: Path, command: tuple[str, ...], words: tuple[str, str]
) -> None:
    write_rgb(tmp_path / "in/a.png", np.zeros((20, 30, 3), np.uint8))
    write_labelme(tmp_path / "m/a.json", "a.png", [("crack", 2)], 30)
    with contextlib.chdir(tmp_path):
        result = CliRunner().invoke(app, [*command, "in", "--masks", "m", "--out", "out", *words])
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert f"{words[0]}: has no meaning with annotations" in result.stderr


def test_choices_beside_masks_that_are_gone_are_no_annotations(tmp_path: Path) -> None:
    write_edits(tmp_path, {"a.png": {"method": "telea", "seed": 0}})
    assert not holds_annotations(tmp_path)


def test_a_grey_tiff_is_a_mask_as_it_was(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", np.ones((4, 4), np.bool_))
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.uint8))
    options = InpaintOptions(tmp_path, tmp_path / "a.tif", tmp_path / "out", method="telea")
    with annotations_drawn(options, Silent()) as drawn:
        assert drawn is options


def test_for_a_page_areas_are_drawn_label_by_label_and_what_is_broken_has_none(tmp_path: Path) -> None:
    samples = np.zeros((20, 30, 3), np.uint8)
    write_rgb(tmp_path / "in/a.png", samples)
    write_rgb(tmp_path / "in/b.png", samples)
    shapes = {"a": [("crack", 2), ("loss", 10)], "b": [("crack", 2)]}
    for stem, drawn_ones in shapes.items():
        write_labelme(tmp_path / f"m/{stem}.json", f"{stem}.png", drawn_ones, 30 if stem == "a" else 31)
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea")
    with annotations_drawn(options, Silent()) as drawn:
        assert drawn.labels is None
    with annotations_drawn(replace(options, report=tmp_path / "r.html"), Silent()) as drawn:
        assert drawn.labels is not None
        areas = {label: area.hole_pixels for label, area in drawn.labels("a.png")}
        assert areas == {"crack": 9, "loss": 9}
        assert not read_mask(drawn.masks / "a.png")[2:5, 2:5].any()
        assert list(drawn.labels("b.png")) == []


def write_labelme(path: Path, image: str, squares: list[tuple[str, int]], width: int) -> None:
    """Annotate squares of 3 px, by label and left edge, in an image of height 20."""
    corners = [(label, [[x, 2], [x + 2, 2], [x + 2, 4], [x, 4]]) for label, x in squares]
    drawn = [{"label": label, "points": points, "shape_type": "polygon"} for label, points in corners]
    text = {"imagePath": image, "imageHeight": 20, "imageWidth": width, "shapes": drawn, "version": "5"}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(text), encoding="utf-8")


@pytest.mark.parametrize("command", [("inpaint", "--method", "telea", "--out", "out"), ("report", "--out", "out")])
def test_an_annotation_file_that_cannot_be_read_fails_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    write_rgb(tmp_path / "in/a.png", np.zeros((20, 30, 3), np.uint8))
    write_labelme(tmp_path / "m/a.json", "a.png", [("crack", 2)], 30)
    (tmp_path / "m/broken.json").write_text('{"shapes": [')
    name, *more = command
    with contextlib.chdir(tmp_path):
        result = CliRunner().invoke(app, [name, "in", "--masks", "m", *more])
        planned = (
            CliRunner().invoke(app, [name, "in", "--masks", "m", *more, "--dry-run"]) if name == "inpaint" else result
        )
    assert (result.exit_code, planned.exit_code) == (3, 3), result.stderr
    assert result.stderr.count("broken.json") == 1
    assert "failed: m/broken.json: " in result.stderr
