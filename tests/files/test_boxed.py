"""JPEG 2000, JPEG XL and AVIF: every depth and number of channels, and what stands beside samples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError, OutputError
from pconv_cli.files.codecs.boxed import boxes, jxl_header
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.metadata.carried import FURTHER, Metadata, Samples
from pconv_cli.files.metadata.ifd import build_exif
from pconv_cli.files.stored import StoredImage

from .boxed_samples import AVIF, ICC, J2K, JP2, JXL, XMP, noise

WHOLE = [(kind, bits) for kind in (JP2, J2K, JXL) for bits in (8, 9, 10, 12, 14, 16)] + [
    (AVIF, 8),
    (AVIF, 10),
    (AVIF, 12),
]
EXIF = build_exif("<", {0x010F: (2, 8, b"pconv 7\0"), 0x0112: (3, 1, b"\x01\0")}, {})


def found_by_others(data: bytes, kind: ImageFormat, channels: int) -> NDArray[Any] | None:
    """By OpenCV, which brings OpenJPEG and libavif of its own; None where it does not read the kind."""
    if kind is JXL or channels == 2:
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found[:, :, np.newaxis] if channels == 1 else found[:, :, [2, 1, 0, 3][:channels]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("kind", "bits"), WHOLE)
def test_samples_stay_in_every_depth_and_known_ones_after_a_fill(
    tmp_path: Path, kind: ImageFormat, bits: int, channels: int
) -> None:
    path, samples, mask = tmp_path / f"a.{kind}", noise(bits, channels), np.ones((23, 37), bool)
    mask[4:9, 5:30] = False
    own = bits if bits not in (8, 16) else 0
    write_image(path, StoredImage(samples, kind, bits=own))
    image = read_image(path)
    assert (image.format, image.bits, image.depth, image.notes) == (kind, own, bits, ())
    assert read_header(path).has_alpha == (channels in (2, 4))
    np.testing.assert_array_equal(image.samples, samples)
    if kind is not J2K:  # OpenCV remarks on bare codestreams on the terminal
        found = found_by_others(path.read_bytes(), kind, channels)
        if found is not None:
            np.testing.assert_array_equal(found, samples)

    filled = image.with_holes_filled(np.ones((23, 37, 3), np.float32), mask, opaque=True)
    write_image(path, filled)
    again = read_image(path).samples
    np.testing.assert_array_equal(again[mask], samples[mask])
    assert (again[~mask] == 2**bits - 1).all()  # in the file's own scale, alpha too


def test_jpeg_xl_keeps_floats_and_says_srgb(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for channels in (1, 2, 3, 4):
        samples = make_samples("float32", channels)
        write_image(tmp_path / "a.jxl", StoredImage(samples, JXL))
        np.testing.assert_array_equal(read_image(tmp_path / "a.jxl").samples, samples)
        (box,) = [b for b in boxes.walk((tmp_path / "a.jxl").read_bytes()) if b.kind == b"jxlc"]
        said = jxl_header.read((tmp_path / "a.jxl").read_bytes()[box.content : box.end])
        assert (said.colours, said.lossy, said.is_grey) == ("sRGB", False, channels < 3)


@pytest.mark.parametrize("kind", [JP2, JXL, AVIF])
@pytest.mark.parametrize("bits", [8, 12])
def test_profile_exif_and_xmp_stay(tmp_path: Path, kind: ImageFormat, bits: int) -> None:
    icc = ICC if kind is not JXL else None  # see below
    metadata = Metadata(icc=icc, exif=EXIF, xmp=XMP)
    write_image(tmp_path / "a", StoredImage(noise(bits, 3), kind, metadata, bits=bits % 8 and bits))
    for _ in range(2):  # from another format, and from its own
        image = read_image(tmp_path / "a")
        found = image.metadata
        assert (found.icc, found.exif, found.xmp, image.notes) == (icc, EXIF, XMP, ())
        write_image(tmp_path / "a", image)
    np.testing.assert_array_equal(read_image(tmp_path / "a").samples, noise(bits, 3))


@pytest.mark.parametrize(("bits", "channels"), [(8, 3), (8, 4), (10, 4)])
def test_avif_with_xmp_alone_of_any_length_is_written(tmp_path: Path, bits: int, channels: int) -> None:
    """OpenCV does not know the format where metadata begins near the end of the first 500 bytes."""
    for length in (0, 50, 1000):
        xmp = XMP.replace(b"kept", b"k" * length)
        stored = StoredImage(noise(bits, channels), AVIF, Metadata(xmp=xmp), bits=bits % 8 and bits)
        write_image(tmp_path / "a.avif", stored)
        image = read_image(tmp_path / "a.avif")
        np.testing.assert_array_equal(image.samples, noise(bits, channels))
        assert image.metadata.xmp == xmp


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_says_exif_orientations_as_properties(tmp_path: Path, orientation: int) -> None:
    exif = build_exif("<", {0x0112: (3, 1, bytes([orientation, 0]))}, {})
    write_image(tmp_path / "a.avif", StoredImage(noise(8, 4), AVIF, Metadata(icc=ICC, exif=exif, xmp=XMP)))
    with Image.open(tmp_path / "a.avif") as image:  # by libavif of Pillow's
        assert image.getexif().get(0x0112, 1) == orientation
        assert (image.info["icc_profile"], image.info["xmp"]) == (ICC, XMP)
        np.testing.assert_array_equal(np.asarray(image), noise(8, 4))
    assert read_header(tmp_path / "a.avif").orientation == orientation
    stored = read_image(tmp_path / "a.avif")
    assert stored.metadata.orientation == orientation
    assert stored.size == (23, 37)


def test_a_fourth_channel_that_is_no_alpha_stays_one(tmp_path: Path) -> None:
    further = noise(8, 1)
    write_image(tmp_path / "a", StoredImage(noise(8, 3), JP2, Metadata(own={FURTHER: further})))
    assert not read_header(tmp_path / "a").has_alpha
    image = read_image(tmp_path / "a")
    assert image.samples.shape[2] == 3
    write_image(tmp_path / "b", image)
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode((tmp_path / "b").read_bytes())[:, :, 3:], further)


def test_small_and_narrow_images_are_written(tmp_path: Path) -> None:
    for size in ((1, 1), (1, 40), (33, 2), (5, 64)):
        for kind in (JP2, J2K, JXL, AVIF):
            samples = noise(8, 3, size)
            write_image(tmp_path / "a", StoredImage(samples, kind))
            np.testing.assert_array_equal(read_image(tmp_path / "a").samples, samples)


def test_twelve_bits_spread_over_sixteen_where_a_format_has_no_twelve(tmp_path: Path) -> None:
    samples = noise(12, 4)
    write_image(tmp_path / "a.png", StoredImage(samples, JP2, bits=12).to_format(ImageFormat.PNG))
    written = read_image(tmp_path / "a.png").samples
    np.testing.assert_array_equal(written, np.rint(samples / 4095 * 65535))
    assert StoredImage(samples, JP2, bits=12).to_format(ImageFormat.PNG).notes == ("its 12 bits are spread over 16",)
    assert StoredImage(samples, JP2, bits=12).to_format(JXL).bits == 12
    with pytest.raises(ImageError, match="avif holds samples of 8, 10 or 12 bits, not 16"):
        write_image(tmp_path / "a.avif", StoredImage(noise(16, 3), AVIF))


def test_masks_of_ten_bits_are_black_and_white(tmp_path: Path) -> None:
    hole = np.zeros((23, 37, 1), np.uint16)
    hole[3:9] = 1023
    for kind in (JP2, JXL, AVIF):
        write_image(tmp_path / "m", StoredImage(hole, kind, bits=10))
        np.testing.assert_array_equal(read_mask(tmp_path / "m"), hole[:, :, 0] == 0)


def test_other_channels_than_written_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = imagecodecs.jpeg2k_encode

    def wrong(samples: Samples, **options: Any) -> bytes:
        broken = samples.copy()
        broken[3, 3] ^= 1
        return bytes(encode(broken, **options))

    monkeypatch.setattr(imagecodecs, "jpeg2k_encode", wrong)
    for kind in (JP2, J2K):
        for channels in (1, 2, 3, 4):
            with pytest.raises(OutputError, match="does not read back"):
                write_image(tmp_path / "a", StoredImage(noise(8, channels), kind))
    assert list(tmp_path.iterdir()) == []
