from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import MaskError
from pconv_cli.files.masks.codec import mask_of_alpha, read_mask, write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage

Mask = NDArray[np.bool_]


def save(path: Path, array: NDArray[np.uint8]) -> Path:
    Image.fromarray(array).save(path)
    return path


def test_a_mask_file_is_8_bit_grey_white_in_the_hole_and_reads_back(tmp_path: Path, square_mask: Mask) -> None:
    path = tmp_path / "m.png"
    write_mask(path, square_mask)
    with Image.open(path) as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), np.where(square_mask, 0, 255))
    np.testing.assert_array_equal(read_mask(path), square_mask)
    np.testing.assert_array_equal(read_mask(path, polarity=Polarity.BLACK), ~square_mask)


def test_the_same_mask_gives_the_same_bytes(tmp_path: Path, square_mask: Mask) -> None:
    write_mask(tmp_path / "a.png", square_mask)
    write_mask(tmp_path / "b.png", square_mask)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("threshold", [1, 77, 128, 255])
def test_the_threshold_is_met_exactly(tmp_path: Path, threshold: int) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = save(tmp_path / "m.png", ramp)
    np.testing.assert_array_equal(read_mask(path, threshold=threshold), ramp < threshold)
    np.testing.assert_array_equal(read_mask(path, threshold=threshold, polarity=Polarity.BLACK), ramp >= threshold)
    tifffile.imwrite(tmp_path / "m.tif", ramp.astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif", threshold=threshold), ramp < threshold)


def test_every_kind_of_file_gives_the_same_mask(tmp_path: Path, square_mask: Mask) -> None:
    white = (~square_mask * 255).astype(np.uint8)
    image = Image.fromarray(white)
    image.convert("1").save(tmp_path / "bits.png")
    image.convert("RGB").save(tmp_path / "rgb.bmp")
    image.convert("P").save(tmp_path / "palette.png")
    image.convert("RGBA").save(tmp_path / "opaque.webp", lossless=True)
    image.save(tmp_path / "lossy.jpg", quality=60)
    image.convert("RGB").convert("CMYK").save(tmp_path / "inks.tif")
    image.convert("RGB").convert("CMYK").save(tmp_path / "inks.jpg", quality=95)
    image.convert("1").save(tmp_path / "fax.tif", compression="group4")
    tifffile.imwrite(tmp_path / "float.tif", white.astype(np.float32) / 255)
    tifffile.imwrite(tmp_path / "float255.tif", white.astype(np.float32))
    Image.fromarray((~square_mask * 65535).astype(np.uint16)).save(tmp_path / "deep.png")
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(read_mask(path), square_mask, err_msg=path.name)


@pytest.mark.parametrize(("paint", "polarity"), [(255, Polarity.WHITE), (0, Polarity.BLACK)])
def test_paint_on_a_transparent_ground_is_the_hole(
    tmp_path: Path, square_mask: Mask, paint: int, polarity: Polarity
) -> None:
    layers = np.full((13, 17, 4), paint, np.uint8)
    layers[..., 3] = ~square_mask * 255
    layers[0, 0, :3] = 99  # what stands under full transparency has no meaning
    path = save(tmp_path / "m.png", layers)
    np.testing.assert_array_equal(read_mask(path, polarity=polarity), square_mask)


@pytest.mark.parametrize(("paint", "polarity"), [(0, Polarity.WHITE), (255, Polarity.BLACK)])
def test_paint_in_the_colour_of_no_hole_is_not_read_as_no_hole(
    tmp_path: Path, square_mask: Mask, paint: int, polarity: Polarity
) -> None:
    layers = np.full((13, 17, 4), paint, np.uint8)
    layers[..., 3] = ~square_mask * 255
    other = Polarity.BLACK if polarity == Polarity.WHITE else Polarity.WHITE
    path = save(tmp_path / "m.png", layers)
    with pytest.raises(MaskError, match=rf"m\.png: is painted in {other} on a .* pass `polarity` {other}"):
        read_mask(path, polarity=polarity)
    np.testing.assert_array_equal(read_mask(path, polarity=other), square_mask)
    layers[..., 3] = 0  # nothing is painted
    assert read_mask(save(path, layers), polarity=polarity).all()


def test_shades_and_transparency_together_are_refused(
    tmp_path: Path, square_mask: Mask, make_samples: Callable[..., Samples]
) -> None:
    layers = make_samples("uint8", 4)
    layers[..., 3] = ~square_mask * 255
    path = save(tmp_path / "photo.png", np.asarray(layers, np.uint8))
    with pytest.raises(MaskError, match=r"photo\.png: has both shades and transparency.*`masks` alpha"):
        read_mask(path)


@pytest.mark.parametrize(("depth", "top"), [("uint8", 255), ("uint16", 65535)])
def test_a_mask_of_zeros_and_ones_is_not_read_as_empty(tmp_path: Path, square_mask: Mask, depth: str, top: int) -> None:
    path = save(tmp_path / "labels.png", (~square_mask).astype(depth))
    with pytest.raises(
        MaskError,
        match=rf"labels\.png: has no value above 1 of {top}, .*`threshold` 1, or rewrite it with pconv masks convert",
    ):
        read_mask(path)
    np.testing.assert_array_equal(read_mask(path, threshold=1), square_mask)


def test_all_hole_and_no_hole_are_read_as_they_are(tmp_path: Path) -> None:
    for value in (0, 255):
        path = save(tmp_path / "m.png", np.full((4, 5), value, np.uint8))
        assert (read_mask(path) == (value == 0)).all()


def test_a_damaged_mask_is_a_mask_error(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_text("no mask")
    with pytest.raises(MaskError, match=r"m\.png: is not an image"):
        read_mask(tmp_path / "m.png")


def test_transparency_is_the_hole_of_alpha(square_mask: Mask) -> None:
    for depth, top in (("uint8", 255), ("uint16", 65535), ("float32", 1)):
        samples = np.full((13, 17, 4), top, depth)
        samples[~square_mask, 3] = 0
        np.testing.assert_array_equal(mask_of_alpha(StoredImage(samples)), square_mask)
    with pytest.raises(MaskError, match="no alpha channel"):
        mask_of_alpha(StoredImage(np.zeros((2, 2, 3), np.uint8)))
