import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import Interrupted, ModelError, NothingToDo, OutputError, UsageError
from pconv_cli.files.formats import PictureFormat
from pconv_cli.files.masks import write_mask
from pconv_cli.files.pictures import Picture, read_picture, write_picture
from pconv_cli.files.polarity import Polarity
from pconv_cli.inpainting import folder
from pconv_cli.inpainting.folder import InpaintOptions, inpaint_folder
from pconv_cli.inpainting.methods import Method
from pconv_cli.inpainting.report import InpaintReport
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

DEPTHS: list[tuple[str, PictureFormat, str, int]] = [
    ("grey8.png", PictureFormat.PNG, "uint8", 1),
    ("grey16.png", PictureFormat.PNG, "uint16", 1),
    ("alpha 8.png", PictureFormat.PNG, "uint8", 4),
    ("a/rgb16.png", PictureFormat.PNG, "uint16", 3),
    ("a/grey-alpha16.png", PictureFormat.PNG, "uint16", 2),
    ("敦煌 壁画/敦煌_001.tif", PictureFormat.TIFF, "uint16", 3),
    ("deep/er/than/that/float.tiff", PictureFormat.TIFF, "float32", 3),
    ("rgba16.tif", PictureFormat.TIFF, "uint16", 4),
    ("lossless.webp", PictureFormat.WEBP, "uint8", 3),
    ("b.bmp", PictureFormat.BMP, "uint8", 3),
]
SIZE = (40, 50)


class Recorder:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total = 0
        self.advanced: list[tuple[str, str]] = []
        self.warned: list[str] = []

    def start(self, total: int, what: str) -> None:
        self.total = total

    def advance(self, name: str, note: str = "") -> None:
        self.advanced.append((name, note))

    def warn(self, message: str) -> None:
        self.warned.append(message)


@pytest.fixture
def a_mask(holes: Callable[..., Mask]) -> Mask:
    return holes(SIZE, count=4, largest=9)


@pytest.fixture
def put(tmp_path: Path, a_mask: Mask) -> Callable[..., NDArray[Any]]:
    """Put a picture into in/ and its mask into m/ and return its samples."""

    def make(
        name: str,
        kind: PictureFormat = PictureFormat.PNG,
        depth: str = "uint8",
        channels: int = 3,
        mask: Mask | None = a_mask,
    ) -> NDArray[Any]:
        rng = np.random.default_rng(len(name))
        top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
        samples = (rng.random((*SIZE, channels)) * top).astype(depth)
        write_picture(tmp_path / "in" / name, Picture(samples, kind))
        if mask is not None:
            write_mask((tmp_path / "m" / name).with_suffix(".png"), mask)
        return samples

    return make


def run(root: Path, progress: Recorder | None = None, **changes: Any) -> InpaintReport:
    settings = {"pictures": root / "in", "masks": root / "m", "out": root / "out", "method": Method.TELEA}
    return inpaint_folder(InpaintOptions(**{**settings, **changes}), progress)


def files_below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_every_undamaged_sample_stays_and_every_hole_is_filled(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask
) -> None:
    samples = {name: put(name, kind, depth, channels) for name, kind, depth, channels in DEPTHS}
    report = run(tmp_path)
    assert (len(report.done), report.failed, report.exit_code) == (len(DEPTHS), [], 0)
    assert files_below(tmp_path / "out") == sorted(samples)
    for name, kind, depth, channels in DEPTHS:
        after = read_picture(tmp_path / "out" / name)
        assert (after.format, str(after.samples.dtype), after.samples.shape) == (kind, depth, (*SIZE, channels))
        np.testing.assert_array_equal(after.samples[a_mask], samples[name][a_mask])
        colours = 1 if channels < 3 else 3
        changed = (after.samples != samples[name])[..., :colours].any(axis=2)
        assert changed[~a_mask].mean() > 0.9, name
        np.testing.assert_array_equal(after.samples[..., colours:], samples[name][..., colours:])


def test_every_method_runs_on_a_folder(
    tmp_path: Path, put: Callable[..., NDArray[Any]], tiny_weights: Path, a_mask: Mask
) -> None:
    samples = put("a.png")
    for method in Method:
        weights = tiny_weights if method is Method.PCONV else None
        report = run(tmp_path, method=method, weights=weights, out=tmp_path / method)
        assert (report.method, report.exit_code) == (method.value, 0)
        after = read_picture(tmp_path / method / "a.png").samples
        np.testing.assert_array_equal(after[a_mask], samples[a_mask])


def test_outputs_that_exist_are_skipped_unless_asked(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.png")
    put("b.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"precious")
    report = run(tmp_path)
    assert ([one.name for one in report.done], report.skipped, report.exit_code) == (["b.png"], ["a.png"], 0)
    assert (tmp_path / "out" / "a.png").read_bytes() == b"precious"
    assert run(tmp_path).skipped == ["a.png", "b.png"]
    report = run(tmp_path, overwrite=True)
    assert len(report.done) == 2
    assert read_picture(tmp_path / "out" / "a.png").size == SIZE


def test_one_bad_file_never_stops_the_batch(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png", "e.png", "f.png"):
        put(name)
    picture = tmp_path / "in" / "b.png"
    picture.write_bytes(picture.read_bytes()[:-200])  # sound header: found only by decoding
    mask = tmp_path / "m" / "c.png"
    mask.write_bytes(mask.read_bytes()[:60])
    (tmp_path / "in" / "d.png").write_text("text")
    (tmp_path / "m" / "e.png").unlink()
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png", "f.png"]
    assert sorted(name for name, _ in report.failed) == ["b.png", "c.png", "d.png", "e.png"]
    reasons = dict(report.failed)
    assert "damaged or incomplete" in reasons["b.png"]
    assert "m/c.png: is damaged" in reasons["c.png"]
    assert "is no picture" in reasons["d.png"]
    assert "no mask" in reasons["e.png"]
    assert report.exit_code == 3
    assert files_below(tmp_path / "out") == ["a.png", "f.png"]


def test_fail_fast_stops_at_the_first(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    picture = tmp_path / "in" / "b.png"
    picture.write_bytes(picture.read_bytes()[:-200])
    report = run(tmp_path, fail_fast=True)
    assert ([one.name for one in report.done], len(report.failed), report.exit_code) == (["a.png"], 1, 3)
    (tmp_path / "m" / "c.png").unlink()  # known before anything runs
    report = run(tmp_path, fail_fast=True, overwrite=True)
    assert (report.done, len(report.failed), report.exit_code) == ([], 1, 3)


def test_a_method_that_breaks_on_a_picture_is_reported(
    tmp_path: Path, put: Callable[..., NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("b.png")

    class Broken:
        name = "broken"
        calls = 0

        def fill(self, rgb: Rgb, mask: Mask) -> Rgb:
            self.calls += 1
            if self.calls == 1:
                raise MemoryError
            return rgb * np.float32(np.nan)

    broken = Broken()
    monkeypatch.setattr(folder, "make_backend", lambda *_, **__: broken)
    report = run(tmp_path)
    assert [name for name, _ in report.failed] == ["a.png", "b.png"]
    assert "memory" in report.failed[0][1]
    assert "no finite numbers" in report.failed[1][1]
    assert files_below(tmp_path / "out") == []


def test_a_mask_without_a_hole_copies_the_file(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    whole = np.ones(SIZE, bool)
    put("a.jpg", PictureFormat.JPEG, mask=whole)
    put("b.png", depth="uint16", mask=whole)
    progress = Recorder()
    report = run(tmp_path, progress)
    for name in ("a.jpg", "b.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
    assert progress.advanced == [("a.jpg", "no hole, copied as it is"), ("b.png", "no hole, copied as it is")]
    assert report.warnings == []
    run(tmp_path, format=PictureFormat.PNG, out=tmp_path / "png")
    assert read_picture(tmp_path / "png" / "a.png").format is PictureFormat.PNG


def test_a_mask_that_is_all_hole_fails_and_a_large_one_warns(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask
) -> None:
    put("all.png", mask=np.zeros(SIZE, bool))
    put("inverted.png", mask=~a_mask)
    put("inverted2.png", mask=~a_mask)
    progress = Recorder()
    report = run(tmp_path, progress)
    assert [one.name for one in report.done] == ["inverted.png", "inverted2.png"]
    assert "all hole" in report.failed[0][1]
    assert len(report.warnings) == 2
    remedy = "if black marks the hole there, pass --mask-polarity black"
    assert remedy in report.failed[0][1]
    assert report.warnings[0] == f"inverted.png: its mask is more than 70 % hole; {remedy}"
    assert progress.warned == [report.warnings[0], "large holes: the same for 1 more"]
    report = run(tmp_path, polarity=Polarity.BLACK, overwrite=True)
    assert (report.warnings, report.failed) == ([], [])


def test_extra_masks_are_listed_and_no_failure(tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask) -> None:
    put("a.png")
    for index in range(7):
        write_mask(tmp_path / "m" / f"extra{index}.png", a_mask)
    report = run(tmp_path)
    assert report.exit_code == 0
    assert "extra0.png" in report.warnings[0]
    assert "and 2 more" in report.warnings[0]


def test_a_picture_of_one_pixel(tmp_path: Path) -> None:
    for name, mask in (("hole.png", False), ("whole.png", True)):
        write_picture(tmp_path / "in" / name, Picture(np.full((1, 1, 3), 7, np.uint8)))
        write_mask(tmp_path / "m" / name, np.full((1, 1), mask))
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["whole.png"]
    assert "all hole" in report.failed[0][1]


def test_jpeg_says_once_that_it_is_lossy(tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask) -> None:
    put("a.jpg", PictureFormat.JPEG)
    put("b.jpg", PictureFormat.JPEG)
    progress = Recorder()
    run(tmp_path, progress)
    assert progress.warned[0].startswith("a.jpg: JPEG loses a little")
    assert "--format png" in progress.warned[0]
    assert progress.warned[1:] == ["JPEG: the same for 1 more"]
    before = read_picture(tmp_path / "in" / "a.jpg").samples
    progress = Recorder()
    run(tmp_path, progress, format=PictureFormat.PNG, out=tmp_path / "png")
    assert progress.warned == []
    np.testing.assert_array_equal(read_picture(tmp_path / "png" / "a.png").samples[a_mask], before[a_mask])


def test_a_palette_picture_is_restored_as_rgb_and_says_so(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask
) -> None:
    samples = put("a.png")
    image = Image.fromarray(samples).quantize(32)
    image.save(tmp_path / "in" / "a.png")
    report = run(tmp_path)
    assert report.warnings == ["a.png: the palette is expanded: written as RGB"]
    after = read_picture(tmp_path / "out" / "a.png").samples
    np.testing.assert_array_equal(after[a_mask], np.asarray(image.convert("RGB"))[a_mask])


def test_outputs_that_would_fall_together_fail(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.jpg", PictureFormat.JPEG)
    put("a.png")
    report = run(tmp_path)
    assert files_below(tmp_path / "out") == ["a.jpg", "a.png"]
    report = run(tmp_path, format=PictureFormat.PNG, out=tmp_path / "png")
    assert len(report.failed) == 2
    assert "a.jpg, a.png" in report.failed[0][1]


def test_transparency_as_mask_is_filled_and_becomes_opaque(tmp_path: Path, a_mask: Mask) -> None:
    samples = np.full((*SIZE, 4), 255, np.uint8)
    samples[~a_mask] = 0
    write_picture(tmp_path / "in" / "a.png", Picture(samples))
    write_picture(tmp_path / "in" / "b.png", Picture(samples[..., :3].copy()))
    report = run(tmp_path, masks="alpha")
    assert (read_picture(tmp_path / "out" / "a.png").samples == 255).all()
    assert "no alpha channel" in report.failed[0][1]


def test_holes_grow_by_dilate(tmp_path: Path) -> None:
    mask = np.ones(SIZE, bool)
    mask[20, 20] = False
    write_picture(tmp_path / "in" / "a.png", Picture(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)))
    write_mask(tmp_path / "m" / "a.png", mask)
    report = run(tmp_path, dilate=2)
    assert report.done[0].hole_ratio == pytest.approx(13 / (SIZE[0] * SIZE[1]), abs=1e-6)  # a disc of radius 2


def test_float_samples_that_are_no_numbers_must_be_hole(tmp_path: Path, a_mask: Mask) -> None:
    samples = np.full((*SIZE, 3), 0.5, np.float32)
    samples[~a_mask] = np.nan
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "a.tif", samples, photometric="rgb")
    write_mask(tmp_path / "m" / "a.png", a_mask)
    assert run(tmp_path).exit_code == 0
    np.testing.assert_allclose(read_picture(tmp_path / "out" / "a.tif").samples, 0.5, atol=1e-5)
    write_mask(tmp_path / "m" / "a.png", np.pad(np.zeros((1, 1), bool), ((0, 39), (0, 49)), constant_values=True))
    assert "no finite numbers" in run(tmp_path, overwrite=True).failed[0][1]


@pytest.mark.parametrize("scale", [1, 4000])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("method", [Method.TELEA, Method.PYRAMID, Method.PCONV])
def test_a_number_for_no_data_in_a_hole_does_not_touch_its_fill(
    tmp_path: Path, a_mask: Mask, tiny_weights: Path, method: Method, channels: int, scale: int
) -> None:
    samples = np.random.default_rng(0).uniform(0.2, 0.8, (*SIZE, channels)).astype(np.float32) * np.float32(scale)
    weights = tiny_weights if method is Method.PCONV else None
    (tmp_path / "in").mkdir()
    write_mask(tmp_path / "m" / "a.png", a_mask)
    fills = []
    for no_data in (0.5, 1e6, 3.4e38, -9999, np.nan, np.inf):
        samples[~a_mask] = no_data
        write_picture(tmp_path / "in" / "a.tif", Picture(samples, PictureFormat.TIFF))
        report = run(tmp_path, method=method, weights=weights, overwrite=True)
        assert report.failed == []
        after = read_picture(tmp_path / "out" / "a.tif").samples
        np.testing.assert_array_equal(after[a_mask], samples[a_mask])
        fills.append(after[~a_mask])
        np.testing.assert_array_equal(fills[-1], fills[0])
    assert 0 <= fills[0].min() <= fills[0].max() <= scale
    assert method is Method.PCONV or 0.2 * scale < fills[0].mean() < 0.8 * scale  # the network is not trained


@pytest.mark.parametrize("place", ["in", "in/below", "link", "link/below", "m", "m/below"])
def test_the_output_may_not_lie_in_what_is_read(tmp_path: Path, put: Callable[..., NDArray[Any]], place: str) -> None:
    put("a.png")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    before = files_below(tmp_path)
    with pytest.raises(UsageError, match="choose"):
        run(tmp_path, out=tmp_path / place, overwrite=True)
    assert files_below(tmp_path) == before


def test_a_place_that_cannot_be_written_is_found_before_the_model(
    tmp_path: Path, put: Callable[..., NDArray[Any]]
) -> None:
    put("a.png")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out: cannot be written"):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights")


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.png")
    with pytest.raises(ModelError):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights", out=tmp_path / "deep" / "out")
    with pytest.raises(UsageError, match="--overlap"):
        run(tmp_path, method=Method.PCONV, tile=64, overlap=64)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "m"]


def test_pictures_of_other_kinds_are_named(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "in" / "b.gif")
    (tmp_path / "in" / "deep").mkdir()
    (tmp_path / "in" / "deep" / "c.HEIC").touch()
    (tmp_path / "in" / "notes.txt").touch()
    progress = Recorder()
    report = run(tmp_path, progress)
    assert (len(report.done), report.exit_code) == (1, 0)
    assert progress.warned == report.warnings
    assert "2 files of other kinds left out" in report.warnings[0]
    assert report.warnings[0].endswith(f": {tmp_path / 'in' / 'b.gif'}, {tmp_path / 'in' / 'deep' / 'c.HEIC'}")
    (tmp_path / "in" / "a.png").unlink()
    progress = Recorder()
    with pytest.raises(NothingToDo):
        run(tmp_path, progress)
    assert "b.gif" in progress.warned[0]


def test_pairing_is_done_before_the_model_is_loaded(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.png", mask=None)
    (tmp_path / "m").mkdir()
    report = run(tmp_path, method=Method.PCONV, weights="there are no such weights")
    assert (len(report.failed), report.exit_code) == (1, 3)
    put("a.png")
    with pytest.raises(ModelError):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights")


def test_an_empty_folder_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "m").mkdir()
    with pytest.raises(NothingToDo, match="holds no picture"):
        run(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        run(tmp_path, pictures=tmp_path / "missing")


def test_one_picture_to_a_file_or_a_folder(tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask) -> None:
    samples = put("photo.png", depth="uint16")
    one = {"pictures": tmp_path / "in" / "photo.png", "masks": tmp_path / "m" / "photo.png"}
    for out, target in (("restored.tif", "restored.tif"), ("there", "there/photo.png"), ("new/x.PNG", "new/x.PNG")):
        report = run(tmp_path, **one, out=tmp_path / out)
        assert report.done[0].output == str(tmp_path / target)
        np.testing.assert_array_equal(read_picture(tmp_path / target).samples[a_mask], samples[a_mask])
    assert read_picture(tmp_path / "restored.tif").format is PictureFormat.TIFF
    with pytest.raises(UsageError, match="--format tiff"):
        run(tmp_path, **one, out=tmp_path / "other.png", format=PictureFormat.TIFF)
    for out in ("o.gif", "new/o.xyz"):
        with pytest.raises(UsageError, match=r"cannot write \.(gif|xyz); use \.png, \.jpg"):
            run(tmp_path, **one, out=tmp_path / out)
        assert not (tmp_path / out).exists()
    assert run(tmp_path, **one, out=tmp_path / "run.v1.2").done[0].output == str(tmp_path / "run.v1.2" / "photo.png")
    for out in ("in/photo.png", "in", "m"):
        with pytest.raises(UsageError, match="would replace a file that is read"):
            run(tmp_path, **one, out=tmp_path / out, overwrite=True)


def test_options_out_of_range_or_in_vain_are_refused(tmp_path: Path) -> None:
    for changes, word in (
        ({"threshold": 0}, "--threshold 0"),
        ({"threshold": 256}, "--threshold 256"),
        ({"dilate": -1}, "--dilate -1"),
        ({"tile": 256}, "--tile: belongs to --method pconv"),
        ({"weights": "photo"}, "--weights: belongs"),
        ({"device": "cuda"}, "--device: telea runs on the processor"),
        ({"masks": "alpha", "polarity": Polarity.BLACK}, "--mask-polarity"),
    ):
        with pytest.raises(UsageError, match=word):
            run(tmp_path, **changes)


def test_ctrl_c_leaves_whole_files_and_says_what_is_done(
    tmp_path: Path, put: Callable[..., NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)

    class Interrupting:
        name = "interrupting"
        calls = 0

        def fill(self, rgb: Rgb, mask: Mask) -> Rgb:
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return rgb

    backend = Interrupting()
    monkeypatch.setattr(folder, "make_backend", lambda *_, **__: backend)
    threads = threading.active_count()
    with pytest.raises(Interrupted, match="1 of 3 pictures done") as caught:
        run(tmp_path)
    assert caught.value.exit_code == 130
    assert files_below(tmp_path / "out") == ["a.png"]
    assert threading.active_count() == threads
    report = run(tmp_path)  # goes on
    assert (report.skipped, [one.name for one in report.done]) == (["a.png"], ["b.png", "c.png"])


def test_the_report_as_json(tmp_path: Path, put: Callable[..., NDArray[Any]]) -> None:
    put("a.png")
    put("b.png", mask=None)
    data = run(tmp_path).to_json()
    assert data["done"][0]["name"] == "a.png"
    assert data["done"][0]["output"] == str(tmp_path / "out" / "a.png")
    assert 0 < data["done"][0]["hole_ratio"] < 1
    assert data["failed"][0]["name"] == "b.png"
    assert (data["skipped"], data["exit_code"], data["method"]) == ([], 3, "telea")
