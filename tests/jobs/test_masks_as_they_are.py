"""Masks as people have them: where they lie, how they are named, what marks the hole, soft edges, drawn too tight."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

Run = Callable[..., InpaintReport]
SIZE = (40, 50)


def image(path: Path, channels: int = 3) -> NDArray[Any]:
    """A smooth image whose samples are all above 0, so that a filled hole differs from a black one."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    samples = np.repeat((80 + x + y).astype(np.uint8)[:, :, None], channels, 2)
    write_image(path, StoredImage(samples))
    return samples


def changed(before: NDArray[Any], path: Path) -> Mask:
    """Where the restored image differs by a sample."""
    return np.asarray((read_image(path).samples != before).any(axis=2))


@pytest.fixture
def spoilt(a_mask: Mask) -> Callable[[Path], NDArray[Any]]:
    """Puts an image that is black in its hole; returns it."""

    def make(path: Path) -> NDArray[Any]:
        samples = image(path)
        samples[~a_mask] = 0
        write_image(path, StoredImage(samples))
        return samples

    return make


@pytest.mark.parametrize(
    "mask", ["a/b c.png", "a/b c_mask.png", "a/b c.TIF", "a/b c_mask.JPG", "a/b c.webp", "a/b c.png.bmp"]
)
def test_names_in_a_parallel_tree(
    tmp_path: Path, a_mask: Mask, spoilt: Callable[[Path], NDArray[Any]], mask: str, run: Run
) -> None:
    before = spoilt(tmp_path / "in/a/b c.png")
    path = tmp_path / "m" / mask
    path.parent.mkdir(parents=True)
    hole = np.where(a_mask, 0, 255).astype(np.uint8)
    Image.fromarray(hole).save(path, **({"lossless": True} if path.suffix == ".webp" else {}))
    assert run(tmp_path).exit_code == 0
    assert np.array_equal(changed(before, tmp_path / "out/a/b c.png"), ~a_mask)


def test_beside_their_images(
    tmp_path: Path,
    a_mask: Mask,
    spoilt: Callable[[Path], NDArray[Any]],
    run: Run,
    files_below: Callable[[Path], list[str]],
) -> None:
    before = {name: spoilt(tmp_path / "in" / name) for name in ("a.png", "b/a.png", "b/敦煌_001.png")}
    for name in before:
        write_mask(tmp_path / "in" / name.replace(".png", "_mask.png"), a_mask)
    report = run(tmp_path, masks=tmp_path / "in")
    assert (report.failed, report.warnings) == ([], [])
    assert files_below(tmp_path / "out") == sorted(before)
    for name, samples in before.items():
        assert np.array_equal(changed(samples, tmp_path / "out" / name), ~a_mask)


def test_one_for_all(tmp_path: Path, a_mask: Mask, spoilt: Callable[[Path], NDArray[Any]], run: Run) -> None:
    before = {name: spoilt(tmp_path / "in" / name) for name in ("a.png", "b/c.png")}
    write_mask(tmp_path / "scratch.png", a_mask)
    assert run(tmp_path, masks=tmp_path / "scratch.png").exit_code == 0
    for name, samples in before.items():
        assert np.array_equal(changed(samples, tmp_path / "out" / name), ~a_mask)


@pytest.mark.parametrize("channels", [2, 4])
def test_the_images_own_alpha(tmp_path: Path, a_mask: Mask, channels: int, run: Run) -> None:
    samples = image(tmp_path / "in/a.png", channels)
    samples[..., -1] = 255
    samples[~a_mask] = 0
    write_image(tmp_path / "in/a.png", StoredImage(samples))
    assert run(tmp_path, masks="alpha").exit_code == 0
    after = read_image(tmp_path / "out/a.png").samples
    assert np.array_equal((after != samples).any(axis=2), ~a_mask)
    assert (after[..., -1] == 255).all()


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_alpha_that_falls_off_leaves_no_see_through_ring(tmp_path: Path, depth: str, run: Run) -> None:
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    samples = (image(tmp_path / "none.png", 4).astype(float) / 255 * top).astype(depth)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    opacity = ((np.hypot(y - 20, x - 25) - 4) / 10).clip(0, 1)
    samples[..., 3] = (opacity * top).astype(depth)
    write_image(tmp_path / "in/a.tif", StoredImage(samples, ImageFormat.TIFF))
    assert run(tmp_path, masks="alpha").exit_code == 0
    after = read_image(tmp_path / "out/a.tif").samples
    assert (after[..., 3] == top).all()
    np.testing.assert_array_equal(after[opacity == 1], samples[opacity == 1])
    run(tmp_path, masks="alpha", threshold=128, overwrite=True)  # what was asked for
    after = read_image(tmp_path / "out/a.tif").samples
    np.testing.assert_array_equal(after[opacity > 0.51], samples[opacity > 0.51])
    assert (after[opacity < 0.49, 3] == top).all()


@pytest.mark.parametrize("channels", [2, 4])
def test_where_alpha_is_the_hole_a_filled_image_fits_into_a_jpeg(
    tmp_path: Path, a_mask: Mask, channels: int, run: Run
) -> None:
    samples = image(tmp_path / "in/a.png", channels)
    samples[..., -1] = np.where(a_mask, 255, 100)
    write_image(tmp_path / "in/a.png", StoredImage(samples))
    assert run(tmp_path, masks="alpha", format=ImageFormat.JPEG).failed == []
    after = read_image(tmp_path / "out/a.jpg").samples
    assert after.shape[2] == channels - 1
    assert np.abs(after.astype(float) - samples[..., :-1])[a_mask].mean() < 8
    (_, reason), *_ = run(tmp_path, masks="alpha", threshold=50, format=ImageFormat.JPEG, overwrite=True).failed
    assert reason.endswith("a.jpg: jpeg cannot hold transparency; write png, tiff or webp")


def test_a_dry_run_warns_of_what_the_run_warns_of(
    tmp_path: Path, a_mask: Mask, run: Run, recorder: Callable[[], Any]
) -> None:
    for name in ("a.png", "b.jpg", "c.jpg"):
        samples = image(tmp_path / "in" / "a.png")
        Image.fromarray(samples).save(tmp_path / "in" / name)
        (tmp_path / "m").mkdir(exist_ok=True)
        hole = np.where(a_mask, 0, 255).astype(np.uint8)
        hole = cv2.GaussianBlur(hole, (0, 0), 1.8) if name == "b.jpg" else hole
        Image.fromarray(hole).save((tmp_path / "m" / name).with_suffix(".png"))
    Image.fromarray(hole * 0 + 255).save(tmp_path / "m" / "extra.png")
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA)
    planned = recorder()
    preview = preview_folder(options, planned)
    done = recorder()
    report = run(tmp_path, done)
    assert preview.warnings == report.warnings
    assert planned.warnings == done.warnings
    assert [word in " ".join(report.warnings) for word in ("soft rim", "JPEG", "extra.png")] == [True] * 3


@pytest.mark.parametrize("polarity", list(Polarity))
def test_either_polarity_with_soft_edges_parted_at_128(
    tmp_path: Path, a_mask: Mask, spoilt: Callable[[Path], NDArray[Any]], polarity: Polarity, run: Run
) -> None:
    before = spoilt(tmp_path / "in/a.png")
    soft = cv2.GaussianBlur(np.where(a_mask, 0, 255).astype(np.uint8), (0, 0), 1.5)
    hole = soft >= 128
    stored = soft if polarity is Polarity.WHITE else 255 - soft
    (tmp_path / "m").mkdir()
    Image.fromarray(stored).save(tmp_path / "m/a.png")
    report = run(tmp_path, polarity=polarity)
    assert report.done[0].hole_ratio == pytest.approx(hole.mean(), abs=1e-6)
    assert not changed(before, tmp_path / "out/a.png")[~hole].any()


def test_holes_drawn_too_tight_are_grown(tmp_path: Path, run: Run) -> None:
    before = image(tmp_path / "in/a.png")
    before[10:20, 10:25] = 0
    write_image(tmp_path / "in/a.png", StoredImage(before))
    tight = np.ones(SIZE, bool)
    tight[11:19, 11:24] = False
    write_mask(tmp_path / "m/a.png", tight)
    run(tmp_path)
    assert (read_image(tmp_path / "out/a.png").samples == 0).all(axis=2).any()  # a black rim is left
    run(tmp_path, dilate=2, overwrite=True)
    assert not (read_image(tmp_path / "out/a.png").samples == 0).all(axis=2).any()
    assert not changed(before, tmp_path / "out/a.png")[dilate(tight, 2)].any()


def test_what_is_doubted_of_one_image_hides_no_other_doubt(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, recorder: Callable[[], Any]
) -> None:
    for name in ("a.png", "b.png"):
        put(name)
        hole = np.zeros((40, 50), np.float32)
        hole[10:30, 10:40] = 255
        Image.fromarray(cv2.GaussianBlur(hole, (0, 0), 5).astype(np.uint8)).save(tmp_path / "m" / name)
    samples = put("c.tif", ImageFormat.TIFF, "float32")
    samples[0, 0] = np.nan
    write_image(tmp_path / "in" / "c.tif", StoredImage(samples, ImageFormat.TIFF))
    progress = recorder()
    run(tmp_path, progress)
    rim, numbers, more = progress.warnings
    assert "m/a.png: the soft rim" in rim
    assert "in/c.tif: holds samples that are not numbers" in numbers
    assert more == rim.partition(": ")[2] + ": the same for 1 more"
