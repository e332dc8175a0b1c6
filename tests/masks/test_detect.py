"""Finding the damage of a folder of images."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import windowed
from pconv_cli.files.tiff.windowed import open_windowed
from pconv_cli.masks.detect import image as detect_image
from pconv_cli.masks.detect.detection import Search
from pconv_cli.masks.detect.folder import DetectOptions, DetectReport, detect_masks
from pconv_cli.masks.detect.image import OUTLINE
from pconv_cli.masks.kinds import Damage

GREEN = Search(colours=[(0, 255, 0)])
HOLE = np.zeros((40, 50), np.bool_)
HOLE[10:20, 12:30] = True


def put(path: Path, hole: np.ndarray = HOLE, depth: str = "uint8", kind: ImageFormat = ImageFormat.PNG) -> None:
    """A grey image with a little noise and a hole painted green."""
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    samples = (np.random.default_rng(0).uniform(0.46, 0.54, (*hole.shape, 3)) * top).astype(depth)
    samples[hole] = np.array([0, top, 0]).astype(depth)
    write_image(path, StoredImage(samples, kind))


def run(root: Path, progress=None, search: Search = GREEN, **changes) -> DetectReport:
    return detect_masks(DetectOptions(root / "in", root / "m", search, **changes), progress)


def test_masks_pair_with_their_images_whatever_depth_format_and_place(tmp_path: Path) -> None:
    put(tmp_path / "in/a.png")
    put(tmp_path / "in/a.webp", ~HOLE, kind=ImageFormat.WEBP)
    put(tmp_path / "in/敦煌 壁画/敦煌_001.TIF", depth="uint16", kind=ImageFormat.TIFF)
    put(tmp_path / "in/deep/er/float.tiff", depth="float32", kind=ImageFormat.TIFF)
    report = run(tmp_path)
    assert (len(report.found), report.failed, report.exit_code) == (4, [], 0)
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert (len(pairing.pairs), pairing.problems, pairing.extra) == (4, [], [])
    for pair in pairing.pairs:
        assert pair.mask is not None
        expected = HOLE if pair.name == "a.webp" else ~HOLE
        assert np.array_equal(read_mask(pair.mask), expected), pair.name
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["a.png.png", "a.webp.png", "deep", "敦煌 壁画"]


def test_grey_images_and_transparent_ones(tmp_path: Path) -> None:
    grey = np.full((40, 50, 2), 120, np.uint8)
    grey[..., 1] = 255
    grey[10:20, 10:20, 0] = 255
    grey[30:, :, :] = (255, 0)  # no image there
    write_image(tmp_path / "in/a.png", StoredImage(grey))
    assert run(tmp_path, search=Search([Damage.WHITE], rules=True)).found[0].hole_ratio == 100 / 2000


@pytest.mark.parametrize("huge", [False, True])
def test_what_has_no_data_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, huge: bool) -> None:
    if huge:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    samples = np.full((40, 50), 120, np.uint8)
    samples[10:20, 10:20] = 254
    samples[30:] = 255
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", samples, metadata=None, extratags=[(42113, "s", 0, "255", True)])
    assert run(tmp_path, search=Search([Damage.WHITE], rules=True)).found[0].hole_ratio == 100 / 2000


@pytest.mark.parametrize("huge", [False, True])
def test_white_does_not_follow_from_what_has_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, huge: bool
) -> None:
    if huge:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    samples = np.full((40, 50), 0.5, np.float32)
    samples[10:20, 10:20] = 1
    samples[30:] = 1e6
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", samples, metadata=None, extratags=[(42113, "s", 0, "1000000", True)])
    assert run(tmp_path, search=Search([Damage.WHITE], rules=True)).found[0].hole_ratio == 100 / 2000


@pytest.mark.parametrize("huge", [False, True])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, huge: bool, number: float
) -> None:
    if huge:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    samples = np.full((40, 50), 0.5, np.float32)
    samples[10:20, 10:20] = np.isposinf(number)
    samples[30:] = number
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", samples, metadata=None)
    search = Search([Damage.WHITE, Damage.BLACK], rules=True)
    assert run(tmp_path, search=search).found[0].hole_ratio == 100 / 2000


def test_several_processes_give_the_same_bytes(tmp_path: Path, contents) -> None:
    for index in range(4):
        put(tmp_path / f"in/{index}.png", np.roll(HOLE, index, 0))
    run(tmp_path, workers=1)
    detect_masks(DetectOptions(tmp_path / "in", tmp_path / "m2", GREEN, workers=2))
    assert contents(tmp_path / "m") == contents(tmp_path / "m2")


def test_a_bad_file_fails_alone_and_doubts_are_said(tmp_path: Path, heard) -> None:
    put(tmp_path / "in/a.png")
    put(tmp_path / "in/all.png", np.ones_like(HOLE))
    put(tmp_path / "in/none.png", np.zeros_like(HOLE))
    (tmp_path / "in/text.png").write_text("no image", "utf-8")
    report = run(tmp_path, heard)
    assert report.exit_code == 3
    assert report.failed == [("text.png", "is not an image of a known kind; save it as PNG or TIFF, or leave it out")]
    assert [(one.name, one.hole_ratio, one.areas) for one in report.found] == [
        ("a.png", 0.09, 1),
        ("all.png", 1, 1),
        ("none.png", 0, 0),
    ]
    assert heard.total == len(heard.advanced) == 4
    assert heard.warnings == report.warnings
    assert report.warnings[0].startswith("none.png: nothing found")
    assert report.warnings[1].startswith("all.png: more than 70 % found")
    assert read_mask(tmp_path / "m/none.png").all()
    data = report.to_json()
    assert data["found"][0]["mask"] == str(tmp_path / "m/a.png")
    assert data["failed"][0]["name"] == "text.png"


@pytest.mark.parametrize(
    ("search", "remedy"),
    [
        (GREEN, "be less strict"),
        (Search([Damage.WHITE], rules=True), "be less strict"),
        (Search([Damage.WHITE], certainty=0.99), "give a lower `certainty`, or try `rules`"),
        (
            Search([Damage.SCRATCHES], certainty=0.99),
            "give a lower `certainty`, or try `rules` with `width` for lines wider than 6 px",
        ),
    ],
)
def test_where_nothing_is_found_what_finds_more_is_named(tmp_path: Path, search: Search, remedy: str) -> None:
    put(tmp_path / "in/a.png", np.zeros_like(HOLE))
    expected = f"a.png: nothing found; look for another colour or kind of damage, or {remedy}"
    assert run(tmp_path, search=search).warnings == [expected]


def test_an_overlay_shows_the_outline_and_leaves_the_hole_to_be_seen(tmp_path: Path) -> None:
    put(tmp_path / "in/a.png", depth="uint16")
    run(tmp_path, overlay=tmp_path / "o")
    shown, before = read_image(tmp_path / "o/a.png").samples, read_image(tmp_path / "in/a.png").samples
    line = (shown == OUTLINE).all(axis=2)
    assert line[9, 12:30].all()
    assert line[10:20, 11].all()
    assert line.sum() == 2 * (10 + 18)
    assert np.array_equal(shown[~line], np.rint(before[~line] / 257))


def test_what_exists_is_kept_unless_overwritten(tmp_path: Path) -> None:
    put(tmp_path / "in/a.png")
    write_mask(tmp_path / "m/a.png", HOLE)
    report = run(tmp_path, overlay=tmp_path / "o")  # an overlay of the mask that is there
    assert (report.found[0].kept, report.found[0].hole_ratio) == (True, 0.91)
    assert np.array_equal(read_mask(tmp_path / "m/a.png"), HOLE)
    old = (tmp_path / "o/a.png").read_bytes()
    report = run(tmp_path, overlay=tmp_path / "o", overwrite=True)
    assert not report.found[0].kept
    assert np.array_equal(read_mask(tmp_path / "m/a.png"), ~HOLE)
    assert (tmp_path / "o/a.png").read_bytes() != old
    (tmp_path / "m/a.png").unlink()
    report = run(tmp_path, overlay=tmp_path / "o")
    assert "of an older mask; `overwrite` replaces it" in report.failed[0][1]
    assert not (tmp_path / "m/a.png").exists()


def test_one_image_to_a_file_or_a_folder(tmp_path: Path) -> None:
    put(tmp_path / "in/a.jpg")
    for out, target in (("a_mask.png", "a_mask.png"), ("m", "m/a.png")):
        report = detect_masks(DetectOptions(tmp_path / "in/a.jpg", tmp_path / out, GREEN))
        assert report.found[0].mask == str(tmp_path / target)
        assert np.array_equal(read_mask(tmp_path / target), ~HOLE)


@pytest.mark.parametrize(
    ("source", "changes", "message"),
    [
        ("in", {"out": "in"}, "`out` .*: is the folder of the images"),
        ("in", {"out": "in/m"}, "`out` .* lies inside"),
        ("in", {"overlay": "in/o"}, "`overlay` .* lies inside"),
        ("in", {"overlay": "m"}, "`overlay` .* lies in the folder of the masks"),
        ("in", {"out": "file"}, "`out` .* is a file"),
        ("in", {"workers": 0}, "`workers` 0"),
        ("in/a.png", {"out": "in"}, "is the image itself"),
        ("in/a.png", {"out": "in/a.png"}, "is the image itself"),
        ("in/a.png", {"out": "m.jpg"}, "masks are written as PNG"),
        ("missing", {}, "no such file"),
    ],
)
def test_refused(tmp_path: Path, source: str, changes: dict, message: str) -> None:
    put(tmp_path / "in/a.png")
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    changes = {"out": "m", **changes}
    changes = {key: tmp_path / value if isinstance(value, str) else value for key, value in changes.items()}
    with pytest.raises(UsageError, match=message):
        detect_masks(DetectOptions(tmp_path / source, search=GREEN, overwrite=True, **changes))
    assert sorted(tmp_path.rglob("*")) == before


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NothingToDo, match="no image found"):
        run(tmp_path)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch):
    """Every TIFF is as large as a scan, its windows are small, and its overlays smaller than it."""
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    monkeypatch.setattr(detect_image, "OVERLAY_SIDE", 25)
    monkeypatch.setattr(detect_image, "SIDE", 16)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_a_scan_gets_a_mask_that_can_be_read_in_windows(tmp_path: Path, scans, depth: str) -> None:
    put(tmp_path / "in/a.tif", depth=depth, kind=ImageFormat.TIFF)
    put(tmp_path / "in/b.png")
    report = run(tmp_path, overlay=tmp_path / "o", search=Search(colours=[(0, 255, 0)], dilate=1))
    assert [(one.name, one.areas) for one in report.found] == [("a.tif", 1), ("b.png", 1)]
    assert [Path(one.mask).name for one in report.found] == ["a.tif", "b.png"]
    scan = open_windowed(tmp_path / "m/a.tif", is_mask=True)
    assert scan is not None
    scan.close()
    masks = [read_mask(tmp_path / "m" / name) for name in ("a.tif", "b.png")]
    assert np.array_equal(*masks)
    assert not masks[0][9, 12:30].any()
    assert len(pair_with_masks(tmp_path / "in", tmp_path / "m").pairs) == 2
    shown = read_image(tmp_path / "o/a.png").samples
    assert shown.shape == (20, 25, 3)
    assert [tuple(shown[y, 10]) for y in (3, 7)] == [OUTLINE, (0, 255, 0)]
    assert abs(int(shown[15, 10, 0]) - 128) < 8


def test_a_scan_reports_its_windows(tmp_path: Path, scans, heard) -> None:
    put(tmp_path / "in/a.tif", kind=ImageFormat.TIFF)
    put(tmp_path / "in/b.png")
    detect_masks(DetectOptions(tmp_path / "in", tmp_path / "m", GREEN), heard)
    total = 3 * 4 * 4  # windows of 16 px, seen for the paint, for its parts, for its rim and for specks
    assert heard.stages[: total + 1] == [("a.tif", "searching", done, total) for done in range(total + 1)]
    assert {stage[:2] for stage in heard.stages[total + 1 :]} == {("b.png", "searching")}


def test_a_scan_has_one_mask(tmp_path: Path, scans) -> None:
    put(tmp_path / "in/a.tif", kind=ImageFormat.TIFF)
    write_mask(tmp_path / "m/a.png", HOLE)
    report = run(tmp_path)
    assert (report.found[0].kept, report.found[0].mask) == (True, str(tmp_path / "m/a.png"))
    assert "is an older mask of this scan, which a.tif replaces" in run(tmp_path, overwrite=True).failed[0][1]
    (tmp_path / "m/a.png").unlink()
    assert not run(tmp_path).found[0].kept
    again = run(tmp_path)
    assert (again.found[0].kept, again.found[0].hole_ratio) == (True, 0.09)
    with pytest.raises(UsageError, match=r"masks of so large a scan are written as TIFF; name a \.tif file"):
        detect_masks(DetectOptions(tmp_path / "in/a.tif", tmp_path / "m.png", GREEN))
    report = detect_masks(DetectOptions(tmp_path / "in/a.tif", tmp_path / "m.tif", GREEN))
    assert np.array_equal(read_mask(tmp_path / "m.tif"), ~HOLE)
