"""Values of a mask that are neither black nor white: soft rims are read by the threshold, anything else is noted."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import MaskError
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.masks.polarity import Polarity

Grey = NDArray[np.uint8]
SIZE = (160, 200)


def solid() -> Grey:
    """White shapes with hard edges: a disc and a bar."""
    mask = np.zeros(SIZE, np.uint8)
    cv2.circle(mask, (60, 60), 30, 255, -1)
    cv2.rectangle(mask, (110, 20), (170, 60), 255, -1)
    return mask


def shapes() -> Grey:
    """And a scratch of two pixels, and dust."""
    mask = solid()
    cv2.line(mask, (20, 140), (180, 110), 255, 2)
    mask[100, 30] = 255
    return mask


def blurred(sigma: float) -> Grey:
    return cv2.GaussianBlur(solid(), (0, 0), sigma)


def feathered(width: float) -> Grey:
    """A brush whose opacity falls off evenly over this many pixels."""
    away = cv2.distanceTransform(255 - shapes(), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(255 * (1 - away / width).clip(0, 1), np.uint8)


def from_jpeg(quality: int) -> Grey:
    data = io.BytesIO()
    Image.fromarray(shapes()).save(data, "JPEG", quality=quality)
    return np.array(Image.open(data))


def enlarged() -> Grey:
    small = cv2.resize(shapes(), (100, 80), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC)


def noisy() -> Grey:
    """A mask from a scanner: black and white, and noise on both."""
    noise = np.random.default_rng(0).integers(0, 9, SIZE)
    return np.asarray(np.abs(shapes().astype(int) - noise), np.uint8)


def labels(*values: int) -> Grey:
    """Bars of some values."""
    mask = np.zeros(SIZE, np.uint8)
    for number, value in enumerate(values):
        mask[10 + 30 * (number // 4) : 30 + 30 * (number // 4), 10 + 45 * (number % 4) : 45 + 45 * (number % 4)] = value
    return mask


def with_paint(value: int) -> Grey:
    mask = shapes()
    mask[120:150, 20:60] = value
    return mask


SOFT: dict[str, Grey] = {
    "smoothed": blurred(0.7),
    "from JPEG": from_jpeg(60),
    "enlarged": enlarged(),
    "noisy": noisy(),
    "16 and 235": np.where(shapes() > 0, 235, 16).astype(np.uint8),
}
WIDE: dict[str, Grey] = {
    "blurred": blurred(4),
    "much blurred": blurred(12),
    "feathered": feathered(20),
    "much feathered": feathered(60),
}
LEFT_OUT: dict[str, Grey] = {
    "labels": labels(1, 2, 3, 200),
    "one label low": labels(60, 130, 200, 255, 150),
    "half opaque": with_paint(120),
    "faint": with_paint(3),
    "dust that blurring took away": cv2.GaussianBlur(shapes(), (0, 0), 4),
    "a thin faint scratch": cv2.line(shapes(), (5, 155), (195, 150), 90, 1),
    "labels side by side": np.kron(
        [[0, 0, 0, 0, 0], [0, 20, 140, 60, 0], [0, 250, 3, 90, 0], [0, 0, 0, 0, 0]], np.ones((40, 40))
    ).astype(np.uint8),
}


def reading(path: Path, mask: Grey, packed: bool) -> Callable[..., tuple[NDArray[np.bool_], list[str]]]:
    """Reads a mask as a PNG file as a whole, or as a TIFF file piece by piece; gives it, and what was warned of."""
    if packed:
        tifffile.imwrite(path.with_suffix(".tif"), mask, tile=(64, 64), compression="deflate", photometric="minisblack")
    else:
        Image.fromarray(mask).save(path.with_suffix(".png"))

    def read(**options: object) -> tuple[NDArray[np.bool_], list[str]]:
        warned: list[str] = []
        given = {**options, "warn": warned.append}
        if packed:
            return read_packed_mask(path.with_suffix(".tif"), **given).whole(), warned  # type: ignore[arg-type]
        return read_mask(path.with_suffix(".png"), **given), warned  # type: ignore[arg-type]

    return read


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", [*SOFT, *WIDE])
def test_soft_rims_are_parted_by_the_threshold(tmp_path: Path, name: str, packed: bool) -> None:
    mask = {**SOFT, **WIDE}[name]
    read = reading(tmp_path / "m", mask, packed)
    valid, warned = read()
    np.testing.assert_array_equal(valid, mask < 128)
    assert [("soft rim" in message and "`threshold` 1" in message) for message in warned] == [True] * (name in WIDE)
    assert read(threshold=128)[1] == []  # asked for
    valid, warned = read(polarity=Polarity.BLACK)
    np.testing.assert_array_equal(valid, mask >= 128)
    assert warned == []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_a_threshold_would_lose_is_an_error_with_the_remedy(tmp_path: Path, name: str, packed: bool) -> None:
    mask = LEFT_OUT[name]
    read = reading(tmp_path / "m", mask, packed)
    for polarity in Polarity:
        with pytest.raises(MaskError, match=r"m\.(png|tif): has values between .*`threshold` 1.*`threshold` 128"):
            read(polarity=polarity)
    np.testing.assert_array_equal(read(threshold=1)[0], mask == 0)
    np.testing.assert_array_equal(read(threshold=128)[0], mask < 128)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("values", [(1,), (1, 2, 3), (127,), tuple(range(1, 13))])
def test_labels_of_which_none_reaches_the_threshold(tmp_path: Path, values: tuple[int, ...], packed: bool) -> None:
    mask = labels(*values)
    read = reading(tmp_path / "m", mask, packed)
    for options in ({}, {"threshold": 200}):
        with pytest.raises(MaskError, match=rf"has no value above {max(values)} of 255, .*pass `threshold` 1, or"):
            read(**options)
    np.testing.assert_array_equal(read(threshold=1)[0], mask == 0)


@pytest.mark.parametrize("scale", [1, 3, 500])
def test_floats_are_labels_too(tmp_path: Path, scale: int) -> None:
    mask = labels(1, 2, 3, 7).astype(np.float32) * np.float32(scale / 7)
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, mask)
    with pytest.raises(MaskError, match="has values between"):
        read_mask(path)
    np.testing.assert_array_equal(read_mask(path, threshold=1), mask == 0)
    tifffile.imwrite(path, mask / scale / 100)
    with pytest.raises(MaskError, match=r"no value above 0\.01 of 1"):
        read_mask(path)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_floats_that_are_no_numbers_are_not_clear(tmp_path: Path, odd: float) -> None:
    mask = (shapes() / 255).astype(np.float32)
    mask[5, 5] = odd
    tifffile.imwrite(tmp_path / "m.tif", mask)
    with pytest.raises(MaskError, match=r"m\.tif: holds samples that are not numbers.*write 0 or 1"):
        read_mask(tmp_path / "m.tif")


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("threshold", [None, 1])
def test_minus_one_alone_is_not_clear(tmp_path: Path, kind: type, threshold: int | None) -> None:
    hole = shapes() > 128
    tifffile.imwrite(tmp_path / "m.tif", np.where(hole, -1, 0).astype(kind))
    with pytest.raises(MaskError, match=r"m\.tif: has values below 0 and none above.*write 0 or 1"):
        read_mask(tmp_path / "m.tif", threshold=threshold)


def test_floats_from_minus_one_to_one_are_cut_in_their_upper_half(tmp_path: Path) -> None:
    hole = shapes() > 128
    tifffile.imwrite(tmp_path / "m.tif", np.where(hole, 1, -1).astype(np.float32))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), ~hole)


@pytest.mark.parametrize("quality", [10, 30, 60, 90])
def test_jpeg_is_noisy_beside_edges_and_may_lift_its_black(tmp_path: Path, quality: int) -> None:
    Image.fromarray(solid()).save(tmp_path / "m.jpg", quality=quality)
    warned: list[str] = []
    valid = read_mask(tmp_path / "m.jpg", warn=warned.append)
    assert np.mean(valid != (solid() == 0)) < 0.005
    assert warned == []


def test_colours_of_a_palette_on_either_side_of_the_threshold(tmp_path: Path) -> None:
    image = Image.fromarray((labels(1, 2, 3, 4) > 0).astype(np.uint8) + labels(0, 1), "P")
    image.putpalette([0, 0, 0, 128, 0, 0, 64, 0, 64])
    image.save(tmp_path / "m.png")
    with pytest.raises(MaskError, match="has values between"):
        read_mask(tmp_path / "m.png")
