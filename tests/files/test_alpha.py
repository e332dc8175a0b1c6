"""Associated alpha: kept by TIFF, converted for formats that have none of it, and no darkness in what is filled."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.files.colour.alpha import associated, unassociated, without_white
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.methods.names import Method

TOPS = {"uint8": 255, "uint16": 65535}


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@given(depth=st.sampled_from(["uint8", "uint16"]), data=st.data())
def test_colours_are_divided_and_rounded_as_fractions_say(depth: str, data: st.DataObject) -> None:
    top = TOPS[depth]
    colour, alpha = (data.draw(st.integers(0, top)) for _ in range(2))
    (found,) = unassociated(np.array([[[colour, alpha]]], depth)).ravel()[:1]
    assert found == (min(top, half_up(Fraction(colour * top, alpha))) if alpha else 0)
    (product,) = associated(np.array([[colour]], depth), np.array([alpha], depth)).ravel()
    assert product == half_up(Fraction(colour * alpha, top))


@given(depth=st.sampled_from(["uint8", "uint16"]), data=st.data())
def test_white_is_taken_out_as_fractions_say(depth: str, data: st.DataObject) -> None:
    top = TOPS[depth]
    stored, alpha, colour = (data.draw(st.integers(0, top)) for _ in range(3))

    def freed(value: int) -> int:
        return int(without_white(np.array([[[value, alpha]]], depth))[0, 0, 0])

    meant = Fraction((stored - (top - alpha)) * top, alpha) if alpha else Fraction(stored)
    assert freed(stored) == max(0, half_up(meant))
    if alpha:
        blended = half_up(Fraction(alpha * colour + (top - alpha) * top, top))
        assert abs(freed(blended) - colour) <= Fraction(top, 2 * alpha) + Fraction(1, 2)
    assert freed(stored) == stored or 0 < alpha < top or stored == top


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [2, 4])
def test_opaque_pixels_stay_bit_for_bit_and_division_undoes_multiplication(
    make_samples: Callable[..., Samples], depth: str, channels: int
) -> None:
    samples = make_samples(depth, channels)
    top = TOPS.get(depth, 1)
    samples[:6, :, -1] = top
    np.testing.assert_array_equal(unassociated(samples)[:6], samples[:6])
    opaque = samples[:6]
    assert unassociated(opaque) is opaque
    product = samples.reshape(-1, channels).copy()
    product[:, :-1] = associated(product[:, :-1], product[:, -1])
    again = unassociated(product.reshape(samples.shape))
    alpha = samples[:, :, -1:].astype(float)
    seen = np.broadcast_to(alpha > 0, again[:, :, :-1].shape)
    step = 0.51 * top / np.maximum(alpha, 1) + 0.51 if depth != "float32" else 1e-6
    off = np.abs(again[:, :, :-1].astype(float) - samples[:, :, :-1])
    assert (off <= step)[seen].all()
    np.testing.assert_array_equal(again[:, :, -1], samples[:, :, -1])


def make(root: Path, depth: str = "uint8", **options: Any) -> tuple[Samples, np.ndarray]:
    """An even colour, its right half half transparent, with a black hole across both; what is stored, and the hole."""
    for name in ("in", "m"):
        (root / name).mkdir()
    top = TOPS[depth]
    alpha = np.full((64, 96), top)
    alpha[:, 48:] = top // 2
    colour = np.array([0.9, 0.75, 0.6])[None, None] * alpha[:, :, None]
    samples = np.rint(np.dstack([colour, alpha])).astype(depth)
    hole = np.zeros((64, 96), bool)
    hole[20:40, 30:66] = True
    samples[hole, :3] = 0
    options = {"photometric": "rgb", "extrasamples": ["assocalpha"], "metadata": None, **options}
    tifffile.imwrite(root / "in" / "a.tif", samples, **options)
    Image.fromarray((hole * 255).astype(np.uint8)).save(root / "m" / "a.png")
    return samples, hole


def run(root: Path, **changes: Any) -> list[str]:
    settings = {"images": root / "in", "masks": root / "m", "out": root / "out", "method": Method.PYRAMID}
    report = inpaint_folder(InpaintOptions(**{**settings, **changes}))
    assert report.exit_code == 0
    return report.warnings


@pytest.mark.parametrize("kind", [ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.BMP])
def test_other_formats_take_it_unassociated(tmp_path: Path, kind: ImageFormat) -> None:
    samples, hole = make(tmp_path)
    warnings = run(tmp_path, format=kind)
    assert any("its associated alpha becomes unassociated" in warning for warning in warnings)
    (path,) = (path for path in (tmp_path / "out").iterdir() if path.suffix != ".jsonl")
    found = np.asarray(Image.open(path)).astype(int)  # none of Pillow's formats is associated
    np.testing.assert_array_equal(found[:, :, 3], samples[:, :, 3])
    np.testing.assert_array_equal(found[:, :48][~hole[:, :48]], samples[:, :48][~hole[:, :48]])
    assert np.abs(found[:, :, :3] - np.array([230, 191, 153])).max() <= 2  # in the hole, too, and across the edge


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("in_windows", [False, True])
def test_tiff_keeps_it_and_fills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: str, in_windows: bool
) -> None:
    samples, hole = make(tmp_path, depth, tile=(32, 32))
    if in_windows:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    run(tmp_path)
    with tifffile.TiffFile(tmp_path / "out" / "a.tif") as file:
        assert file.pages.first.extrasamples == (tifffile.EXTRASAMPLE.ASSOCALPHA,)
        found = file.asarray()
    np.testing.assert_array_equal(found[~hole], samples[~hole])
    np.testing.assert_array_equal(found[:, :, 3], samples[:, :, 3])
    meant = np.array([0.9, 0.75, 0.6]) * samples[:, :, 3:].astype(float)
    assert np.abs(found[:, :, :3] - meant).max() <= 0.01 * TOPS[depth]


def test_16_bits_become_16_bits_of_png(tmp_path: Path) -> None:
    import cv2

    make(tmp_path, "uint16")
    run(tmp_path, format=ImageFormat.PNG)
    found = cv2.imread(str(tmp_path / "out" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert found.dtype == np.uint16
    assert np.abs(found[:, :, 2::-1] - np.array([0.9, 0.75, 0.6]) * 65535).max() < 300


def test_what_is_not_associated_is_not_divided(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    samples = make_samples("uint8", 4)
    write_image(tmp_path / "a.tif", StoredImage(samples, ImageFormat.TIFF))
    image = read_image(tmp_path / "a.tif")
    assert not image.metadata.is_associated
    write_image(tmp_path / "b.png", image.to_format(ImageFormat.PNG))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), samples)


def test_an_alpha_beyond_all_measure_warns_of_nothing() -> None:
    """What is not a finite number then is reported by those who need one."""
    large, tiny = np.float32([[1e30, -1e30]]), np.float32([1e-30])
    divided = unassociated(np.concatenate([large, tiny[:, np.newaxis]], axis=1)[np.newaxis])
    assert not np.isfinite(divided[0, 0, :2]).any()
    assert np.isfinite(associated(large, np.float32([1e30]))).all()
