"""Several variants of the same images, and the sheets to choose from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.sheets import GAP, TITLE
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.report import views
from pconv_cli.jobs.report.outcome import RunInterrupted, VariantsReport
from pconv_cli.jobs.variants import sheets as variant_sheets
from pconv_cli.jobs.variants.run import VariantOptions, inpaint_variants, preview_variants
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.backends import BACKENDS
from pconv_cli.methods.names import Method
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled.windows import Rgb

Put = Callable[..., NDArray[Any]]
Run = Callable[..., Any]


def width_of(path: Path | str) -> int:
    with Image.open(path) as image:
        return image.width


def make(root: Path, **changes: Any) -> VariantsReport:
    return inpaint_variants(options(root, **changes))


def options(root: Path, **changes: Any) -> VariantOptions:
    given = {"method": "telea", "texture": 0.5, "variants": 3, **changes}
    return VariantOptions(root / "in", root / "m", root / "out", **given)


def _bytes(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.png")}


def test_each_variant_is_a_run_with_its_seed_and_the_method_fills_once(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("sub/b.png")
    calls = []

    class Counted:
        name = "counted"

        def __init__(self, method: Backend) -> None:
            self._method = method

        def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
            calls.append(mask.shape)
            return self._method.fill(rgb, mask, wanted)

    telea = BACKENDS[Method.TELEA]
    changed = {**BACKENDS, Method.TELEA: lambda settings: Counted(telea(settings))}
    monkeypatch.setattr("pconv_cli.methods.backends.BACKENDS", changed)
    report = make(tmp_path, seed=7)
    assert report.exit_code == 0
    assert [(out.name, seed, len(one.done)) for out, seed, one in report.variants] == [
        ("variant-1", 7, 2),
        ("variant-2", 8, 2),
        ("variant-3", 9, 2),
    ]
    once = len(calls)
    monkeypatch.undo()
    for number in (1, 2, 3):
        run(tmp_path, out=tmp_path / f"alone-{number}", texture=0.5, seed=6 + number)
        mine = _bytes(tmp_path / "out" / f"variant-{number}")
        assert sorted(mine) == ["a.png", "sub/b.png"]
        assert mine == _bytes(tmp_path / f"alone-{number}")
    assert len({_bytes(tmp_path / "out" / f"variant-{n}")["a.png"] for n in (1, 2, 3)}) == 3
    monkeypatch.setattr("pconv_cli.methods.backends.BACKENDS", changed)
    calls.clear()
    run(tmp_path, out=tmp_path / "alone", texture=0.5)
    assert len(calls) == once


def test_a_sheet_shows_the_damaged_image_and_the_variants_in_their_order(
    tmp_path: Path, put: Put, a_mask: NDArray[np.bool_]
) -> None:
    samples = put("sub/b.png")
    report = make(tmp_path)
    assert report.sheets == {"sub/b.png": str(tmp_path / "out/sheets/sub/b.jpg")}
    sheet = np.asarray(Image.open(tmp_path / "out/sheets/sub/b.jpg")).astype(int)
    height, width = a_mask.shape
    assert sheet.shape == (TITLE + height + GAP, 4 * width + 3 * GAP, 3)
    damaged = np.where(a_mask[:, :, np.newaxis], samples, 128)
    shown = [damaged, *(np.asarray(Image.open(tmp_path / f"out/variant-{n}/sub/b.png")) for n in (1, 2, 3))]
    cells = [sheet[TITLE : TITLE + height, n * (width + GAP) : n * (width + GAP) + width] for n in range(4)]
    off = [[np.abs(cell - image).mean() for image in shown] for cell in cells]
    assert [int(np.argmin(line)) for line in off] == [0, 1, 2, 3]
    assert max(off[n][n] for n in range(4)) < 12  # noise, through JPEG
    assert (sheet[:TITLE] < 100).any()  # titles


def test_a_second_run_leaves_what_is_there_and_draws_what_changed(tmp_path: Path, put: Put) -> None:
    for name in ("a.png", "bc.png"):
        put(name)
    make(tmp_path)
    sheets = [tmp_path / "out/sheets" / name for name in ("a.jpg", "bc.jpg")]
    before = [path.stat().st_ino for path in sheets]
    again = make(tmp_path, resume=True)
    assert [sorted(one.skipped) for _, _, one in again.variants] == 3 * [["a.png", "bc.png"]]
    assert [path.stat().st_ino for path in sheets] == before
    Image.fromarray(255 - np.asarray(Image.open(tmp_path / "in/a.png"))).save(tmp_path / "in/a.png")
    again = make(tmp_path, resume=True)
    assert [[done.name for done in one.done] for _, _, one in again.variants] == 3 * [["a.png"]]
    assert [path.stat().st_ino == old for path, old in zip(sheets, before, strict=True)] == [False, True]
    make(tmp_path, variants=2)
    assert width_of(sheets[1]) == 3 * 50 + 2 * GAP


def test_a_failure_of_one_image_in_one_variant_stops_nothing(tmp_path: Path, put: Put) -> None:
    put("a.png")
    put("bc.png")
    put("no-mask.png", mask=None)
    (tmp_path / "out/variant-2/a.png").mkdir(parents=True)
    (tmp_path / "out/sheets").mkdir()
    (tmp_path / "out/sheets/bc.jpg").write_bytes(b"mine")
    report = make(tmp_path)
    assert report.exit_code == 3
    assert [[name for name, _ in one.failed] for _, _, one in report.variants] == [
        ["no-mask.png"],
        ["no-mask.png", "a.png"],
        ["no-mask.png"],
    ]
    assert width_of(report.sheets["a.png"]) == 3 * 50 + 2 * GAP
    assert [name for name, _ in report.failed] == ["bc.png"]
    assert "is not a contact sheet of pconv inpaint" in report.failed[0][1]
    assert (tmp_path / "out/sheets/bc.jpg").read_bytes() == b"mine"
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["exit_code"] == 3
    assert [one["seed"] for one in plain["variants"]] == [0, 1, 2]
    assert plain["sheets"] == [{"name": "a.png", "sheet": str(tmp_path / "out/sheets/a.jpg")}]


def test_fail_fast_ends_with_the_first_variant_that_has_a_failure(tmp_path: Path, put: Put) -> None:
    put("a.png")
    put("no-mask.png", mask=None)
    report = make(tmp_path, fail_fast=True)
    assert (len(report.variants), report.sheets, report.exit_code) == (1, {}, 3)


def test_an_image_without_holes_has_variants_and_no_sheet(tmp_path: Path, put: Put) -> None:
    put("a.png", mask=np.ones((40, 50), np.bool_))
    report = make(tmp_path)
    assert (report.alike, report.sheets, report.exit_code) == (["a.png"], {}, 0)
    assert not (tmp_path / "out/sheets/a.jpg").exists()


def test_ctrl_c_in_a_variant_and_in_a_sheet_leaves_whole_files(
    tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("bc.png")
    fill = TexturedBackend.fill
    calls = []

    def interrupted(self: TexturedBackend, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        calls.append(mask)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return fill(self, rgb, mask, wanted)

    monkeypatch.setattr(TexturedBackend, "fill", interrupted)
    with pytest.raises(RunInterrupted, match=r"^variant 2 of 3: 1 of 2 images done .*variant-2") as caught:
        make(tmp_path)
    report = caught.value.report
    assert isinstance(report, VariantsReport)
    assert (report.exit_code, [len(one.done) for _, _, one in report.variants]) == (130, [2, 1])

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(variant_sheets, "contact_sheet", stopped)
    with pytest.raises(RunInterrupted, match="3 of 3 variants done and whole") as caught:
        make(tmp_path)
    assert not list((tmp_path / "out").rglob("*.jpg"))
    monkeypatch.undo()
    assert sorted(make(tmp_path).sheets) == ["a.png", "bc.png"]


def test_a_scan_has_a_sheet_of_windows(tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.ones((300, 400), np.bool_)
    mask[200:220, 300:330] = False
    put("a.tif", ImageFormat.TIFF, mask=mask, size=(300, 400))
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    monkeypatch.setattr(views, "DETAIL", 64)
    report = make(tmp_path, variants=2)
    assert (report.failed, [len(one.done) for _, _, one in report.variants]) == ([], [1, 1])
    with Image.open(report.sheets["a.tif"]) as sheet:
        sheet.load()
    assert sheet.width == 3 * 64 + 2 * GAP
    assert sheet.height % (TITLE + 64 + GAP) == 0


def test_a_dry_run_plans_each_variant_and_writes_nothing(tmp_path: Path, put: Put) -> None:
    put("a.png")
    previews = preview_variants(options(tmp_path))
    assert [[row.output for row in one.rows] for one in previews] == [
        [str(tmp_path / f"out/variant-{n}/a.png")] for n in (1, 2, 3)
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"variants": 1}, "`variants` 1: must lie between 2 and 16"),
        ({"variants": 17}, "`variants` 17: must lie between 2 and 16"),
        ({"texture": None}, "`variants` 3: has no meaning without patches; give `texture` above 0"),
        ({"seed": 2**32 - 2}, "`seed` 4294967294 leaves no room"),
        ({"report": "page.html"}, "has contact sheets instead of a page"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        options(tmp_path, **changes)


def test_places_that_cannot_be_are_refused_before_anything_is_done(tmp_path: Path, put: Put) -> None:
    put("a.png")
    single = {"images": tmp_path / "in/a.png", "masks": tmp_path / "m/a.png", "method": "patchmatch"}
    with pytest.raises(UsageError, match=r"`out` .*restored\.png: is a file, and variants need a folder"):
        inpaint_variants(out=tmp_path / "restored.png", **single)
    with pytest.raises(UsageError, match="lies inside the folder of the images"):
        inpaint_variants(tmp_path / "in", tmp_path / "m", tmp_path / "in/out", method="patchmatch")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo):
        inpaint_variants(tmp_path / "empty", tmp_path / "m", tmp_path / "out", method="patchmatch")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".png" or path.name == "out") == []
