"""Losses that are too wide are left in a neutral tone, and said so wherever a restoration is spoken of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import read_manifest
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.tiled import sweep
from tests.layers import composed
from tests.records import provenance_of

SIZE = (150, 170)
WIDE = np.zeros(SIZE, bool)
WIDE[40:90, 30:100] = True
NARROW = np.zeros(SIZE, bool)
NARROW[100:108, 20:150] = True
NARROW[60:66, 110:150] = True
HOLE = WIDE | NARROW


def image(kind: str = "uint16", channels: int = 3) -> NDArray[Any]:
    rows, columns = np.indices(SIZE)
    values = 0.3 + 0.4 * (rows[:, :, None] + columns[:, :, None] * (1 + np.arange(channels))) / (
        SIZE[0] * (channels + 2)
    )
    samples = values if kind == "float32" else values * np.iinfo(kind).max
    return np.where(HOLE[:, :, None], 0, samples).astype(kind)


def run(root: Path, samples: NDArray[Any], hole: NDArray[np.bool_] = HOLE, **options: Any) -> InpaintReport:
    (root / "in").mkdir(exist_ok=True)
    more = {"photometric": "rgb"} if samples.shape[2] in (3, 4) else {"photometric": "minisblack"}
    more |= {"planarconfig": "contig"} if samples.shape[2] > 4 else {}
    plain = samples if samples.shape[2] > 1 else samples[:, :, 0]
    tifffile.imwrite(root / "in" / "a.tif", plain, tile=(64, 64), metadata=None, **more)
    write_mask(root / "m" / "a.png", ~hole)
    wanted = {"method": "telea", "leave_wider": 30, "overwrite": True, **options}
    return inpaint_folder(root / "in", root / "m", root / "out", **wanted)


@pytest.mark.parametrize(("kind", "channels"), [("uint8", 3), ("uint16", 1), ("uint16", 4), ("float32", 3)])
def test_a_wide_loss_has_one_tone_of_what_is_round_it(tmp_path: Path, kind: str, channels: int) -> None:
    samples = image(kind, channels)
    if channels == 4:
        samples[:, :, 3] = np.iinfo(kind).max
    report = run(tmp_path, samples)
    assert not report.failed
    result = tifffile.imread(tmp_path / "out" / "a.tif").reshape(samples.shape)
    assert np.array_equal(result[~HOLE], samples[~HOLE])
    tone = np.unique(result[WIDE], axis=0)
    assert len(tone) == 1
    near = np.zeros(SIZE, bool)
    near[16:112, 0:128] = True  # the cells of 16 pixels round those that the loss touches
    some = samples[near & ~HOLE]
    assert (some.min(axis=0) <= tone[0]).all()
    assert (tone[0] <= some.max(axis=0)).all()
    assert len(np.unique(result[NARROW], axis=0)) > 10  # filled by the method
    assert report.done[0].note == "1 loss wider than 30 px left in a neutral tone (3500 px, 13.73 %)"


def test_the_fill_of_other_losses_takes_nothing_from_a_wide_one(tmp_path: Path) -> None:
    samples, hole = image(), HOLE.copy()
    hole[91:96, 30:100] = True  # one pixel away from it
    run(tmp_path, samples, hole)
    one = tifffile.imread(tmp_path / "out" / "a.tif")
    samples[WIDE] = 65535
    run(tmp_path, samples, hole)
    assert np.array_equal(one, tifffile.imread(tmp_path / "out" / "a.tif"))


def test_it_is_said_in_manifest_provenance_and_page(tmp_path: Path) -> None:
    run(tmp_path, image(), report=tmp_path / "page.html")
    record = read_manifest(tmp_path / "out")["a.tif"]
    total = SIZE[0] * SIZE[1]
    assert record["left"] == {"losses": 1, "pixels": 3500, "ratio": round(3500 / total, 6)}
    assert record["recipe"]["leave_wider"] == 30
    said = provenance_of(read_image(tmp_path / "out" / "a.tif").metadata.xmp)
    assert said is not None
    assert (said.left_losses, said.left_ratio) == (1, round(3500 / total, 6))
    assert said.hole_ratio == pytest.approx(NARROW.sum() / total, abs=1e-6)
    assert "1 loss wider than 30 px" in (tmp_path / "page.html").read_text()
    run(tmp_path, image(), report=tmp_path / "page.html", overwrite=False)  # the image was there already
    assert "<dd>1 (13.73 %)</dd>" in (tmp_path / "page.html").read_text()


def test_where_none_is_wide_all_is_filled_as_ever(tmp_path: Path) -> None:
    run(tmp_path, image(), leave_wider=None)
    plain = tifffile.imread(tmp_path / "out" / "a.tif")
    assert "left" not in read_manifest(tmp_path / "out")["a.tif"]
    report = run(tmp_path, image(), leave_wider=51)
    assert np.array_equal(plain, tifffile.imread(tmp_path / "out" / "a.tif"))
    assert report.done[0].note == ""
    assert read_manifest(tmp_path / "out")["a.tif"]["left"]["losses"] == 0
    said = provenance_of(read_image(tmp_path / "out" / "a.tif").metadata.xmp)
    assert said is not None
    assert said.left_losses == 0


def test_scans_in_windows_leave_what_whole_images_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"retouch": "layer", "show": "tratteggio"}
    run(tmp_path, image(), **asked)
    names = {"a.tif": "a.tif", "a.tif.retouch.png": "a.tif.retouch.tif", "a.tif.show.png": "a.tif.show.tif"}
    whole = {name: read_image(tmp_path / "out" / name).samples for name in names}
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    assert not run(tmp_path, image(), **asked).failed
    for name, other in names.items():
        assert np.array_equal(whole[name], read_image(tmp_path / "out" / other).samples), name
    assert np.array_equal(composed(image(), whole["a.tif.retouch.png"]), whole["a.tif"])
    assert len(np.unique(whole["a.tif.show.png"][WIDE], axis=0)) == 1  # hatched are the fills alone
    # In windows smaller than the loss, its tone is the same.
    monkeypatch.setattr(sweep, "SIDE", 64)
    monkeypatch.setattr(sweep, "CONTEXT", 16)
    run(tmp_path, image())
    assert np.array_equal(whole["a.tif"][WIDE], tifffile.imread(tmp_path / "out" / "a.tif")[WIDE])


def test_an_image_with_wide_losses_alone_is_toned(tmp_path: Path) -> None:
    report = run(tmp_path, image(), WIDE)
    assert not report.failed
    assert len(np.unique(tifffile.imread(tmp_path / "out" / "a.tif")[WIDE], axis=0)) == 1


@pytest.mark.parametrize("rgb", [None, "3,2,1"])
def test_many_bands_are_toned_band_by_band(tmp_path: Path, rgb: str | None) -> None:
    assert not run(tmp_path, image(channels=6), rgb=rgb).failed
    result = tifffile.imread(tmp_path / "out" / "a.tif")
    assert len(np.unique(result[WIDE], axis=0)) == 1
    assert len(np.unique(result[WIDE][0])) == 6
    assert len(np.unique(result[NARROW], axis=0)) > 10


def test_each_page_of_a_file_is_judged_by_its_own_mask(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with tifffile.TiffWriter(tmp_path / "in" / "a.tif") as writer:
        for _ in range(2):
            writer.write(image(), photometric="rgb", metadata=None)
    write_mask(tmp_path / "m" / "a_page1.png", ~WIDE)
    write_mask(tmp_path / "m" / "a_page2.png", ~NARROW)
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea", leave_wider=30)
    assert report.done[0].note.startswith("1 loss wider than 30 px left")
    first, second = (tifffile.imread(tmp_path / "out" / "a.tif", key=page) for page in (0, 1))
    assert len(np.unique(first[WIDE], axis=0)) == 1
    assert len(np.unique(second[NARROW], axis=0)) > 10


@pytest.mark.parametrize("width", [0, -3, 4097])
def test_widths_that_there_are_not_are_refused(width: int) -> None:
    options = InpaintOptions("in", "m", "out")
    with pytest.raises(UsageError, match=rf"`leave_wider` {width}: must lie between 1 and 4096 pixels"):
        replace(options, leave_wider=width)
