import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from pconv_cli.files.previews import Rendering, as_stored, jpeg, outline, shown, shown_hole, upright


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_as_pillow_turns(orientation: int) -> None:
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", exif=exif)
    turned = np.asarray(ImageOps.exif_transpose(Image.open(file)))
    np.testing.assert_array_equal(upright(image, orientation), turned)
    np.testing.assert_array_equal(as_stored(turned, orientation), image)


@pytest.mark.parametrize(
    ("dtype", "channels", "value", "white"),
    [("uint8", 3, 128, 255), ("uint16", 1, 128 * 257, 65535), ("float32", 3, 128 / 255, 1), ("uint8", 2, 128, 255)],
)
def test_samples_of_every_depth(dtype: str, channels: int, value: float, white: float) -> None:
    samples = np.full((20, 40, channels), value, dtype)
    if channels == 2:
        samples[:, :, 1] = 255
    rgb = shown(samples, Rendering(white), 10)
    assert rgb.shape == (5, 10, 3)
    assert (rgb == 128).all()


def test_nothing_is_made_larger_and_no_side_vanishes() -> None:
    assert shown(np.zeros((3, 4, 3), np.uint8), Rendering(255), 100).shape == (3, 4, 3)
    assert shown(np.zeros((2, 900, 3), np.uint8), Rendering(255), 100).shape == (1, 100, 3)


def test_transparent_pixels_and_no_numbers() -> None:
    samples = np.zeros((2, 2, 4), np.uint8)
    samples[0, :, 3] = 255
    np.testing.assert_array_equal(shown(samples, Rendering(255), 9)[:, 0, 0], [0, 128])
    odd = np.array([[[np.nan], [np.inf], [-np.inf], [0.5]]], np.float32)
    np.testing.assert_array_equal(shown(odd, Rendering(1.0), 9)[0, :, 0], [0, 255, 0, 128])


def test_colours_of_a_profile_become_srgb() -> None:
    samples = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(shown(samples, Rendering(255, icc=same), 9).astype(int) - samples).max() <= 1
    assert (shown(samples, Rendering(255, icc=b"no profile at all"), 9) == samples).all()
    broken = b"\0" * 16 + b"RGB " + b"\0" * 200
    assert (shown(samples, Rendering(255, icc=broken), 9) == samples).all()


@pytest.mark.parametrize("longest", [400, 100])  # of 100, or of 1600 pixels in one
def test_a_hole_of_one_pixel_is_seen(longest: int) -> None:
    hole = np.zeros((2000, 4000), bool)
    hole[1234, 3210] = True
    small = shown_hole(hole, 1, longest)
    assert small.shape == (longest // 2, longest)
    assert np.argwhere(small).tolist() == [[1234 * longest // 4000, 3210 * longest // 4000]]
    hole[-1, -1] = hole[0, 0] = True
    assert np.argwhere(shown_hole(hole, 1, longest))[[0, -1]].tolist() == [[0, 0], [longest // 2 - 1, longest - 1]]


def test_outlines_lie_round_the_hole_and_not_in_it() -> None:
    hole = np.zeros((20, 30), bool)
    hole[5:10, 5:10] = True
    pixels = decoded(outline(hole))
    assert pixels.shape == (20, 30, 4)
    assert (pixels[hole][:, 3] == 0).all()
    assert tuple(pixels[4, 7]) == (230, 0, 60, 255)
    assert tuple(pixels[3, 7]) == (255, 255, 255, 255)
    assert pixels[15, 20, 3] == 0


@given(st.integers(1500, 40_000), st.integers(0, 3))
def test_a_jpeg_takes_no_more_than_it_may(most: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    data = jpeg(noise, most)
    assert len(data) <= most
    height, width = decoded(data).shape[:2]
    assert width / height == pytest.approx(160 / 90, rel=0.1)
