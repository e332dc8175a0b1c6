"""CMYK images: refused, or converted where that is asked for; never garbled."""

from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.cmyk import BY_FORMULA
from pconv_cli.files.images import read_image, write_image

INKS = np.zeros((16, 24, 4), np.uint8)
INKS[:, 8:16] = (255, 0, 0, 0)  # cyan
INKS[:, 16:] = (0, 0, 0, 255)  # black
EXPECTED = ((255, 255, 255), (0, 255, 255), (0, 0, 0))


def save(path: Path, **options: object) -> Path:
    Image.fromarray(INKS, "CMYK").save(path, **options)
    return path


def columns(path: Path) -> list[tuple[int, ...]]:
    samples = read_image(path, cmyk_to_rgb=True).samples
    assert samples.shape == (16, 24, 3)
    return [tuple(int(value) for value in samples[8, column]) for column in (3, 12, 20)]


def test_jpeg_and_tiff_of_any_layout_have_their_colours(tmp_path: Path) -> None:
    save(tmp_path / "a.jpg", quality=100, subsampling=0)
    save(tmp_path / "a.tif", compression="tiff_lzw")
    tifffile.imwrite(tmp_path / "tiled.tif", INKS, photometric="separated", tile=(16, 16), compression="deflate")
    planes = np.moveaxis(INKS, 2, 0)
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="separated", planarconfig="separate", bigtiff=True)
    for path in sorted(tmp_path.iterdir()):
        np.testing.assert_allclose(columns(path), EXPECTED, atol=3, err_msg=path.name)
        with pytest.raises(ImageError, match=r"is a CMYK image.*`cmyk_to_rgb`"):
            read_image(path)


def test_the_result_is_srgb_and_keeps_the_rest(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "A print"
    save(tmp_path / "a.jpg", dpi=(300, 300), exif=exif)
    stored = read_image(tmp_path / "a.jpg", cmyk_to_rgb=True)
    assert stored.notes == (BY_FORMULA,)
    write_image(tmp_path / "b.jpg", stored)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.mode == "RGB"
        assert image.info["dpi"] == (300, 300)
        assert image.getexif()[0x010E] == "A print"
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    save(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", read_image(tmp_path / "a.tif", cmyk_to_rgb=True))
    assert read_image(tmp_path / "b.tif").samples.shape == (16, 24, 3)


def test_a_profile_that_is_none_of_four_inks_is_said(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for number, profile in enumerate((srgb, b"no profile at all")):
        path = save(tmp_path / f"{number}.tif", icc_profile=profile)
        image = read_image(path, cmyk_to_rgb=True)
        assert image.notes == (BY_FORMULA,)


def test_inks_that_cannot_be_converted_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "deep.tif", INKS.astype(np.uint16) * 257, photometric="separated")
    tifffile.imwrite(tmp_path / "five.tif", np.zeros((16, 16, 5), np.uint8), photometric="separated")
    for name, word in (("deep.tif", "4 inks of 16 bits"), ("five.tif", "5 inks of 8 bits")):
        with pytest.raises(ImageError, match=word):
            read_image(tmp_path / name, cmyk_to_rgb=True)


def test_adobe_jpegs_with_inverted_inks(tmp_path: Path) -> None:
    """Programs of Adobe store 255 for no ink, and say so in a marker."""
    data = imagecodecs.jpeg8_encode(255 - INKS, level=100, colorspace="CMYK", outcolorspace="CMYK")
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    end = 2 + 2 + int.from_bytes(data[4:6], "big") if data[2:4] == b"\xff\xe0" else 2
    plain = data if b"Adobe" in data[:200] else data[:end] + marker + data[end:]
    (tmp_path / "a.jpg").write_bytes(plain)
    np.testing.assert_allclose(columns(tmp_path / "a.jpg"), EXPECTED, atol=6)
