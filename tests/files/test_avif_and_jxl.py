"""AVIF and JPEG XL: lossy files, wrong samples, orientation and profiles."""

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import ImageError, OutputError
from pconv_cli.files.codecs.boxed import boxes, jxl_colours, jxl_header
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.metadata.ifd import build_exif
from pconv_cli.files.stored import StoredImage

from .boxed_samples import AVIF, ICC, JXL, XMP, noise


def test_animated_avif_is_refused_and_lossy_mentioned(tmp_path: Path) -> None:
    frames = [Image.fromarray(noise(8, 3)), Image.fromarray(noise(8, 3)[::-1].copy())]
    frames[0].save(tmp_path / "a.avif", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="is an animated AVIF"):
        read_image(tmp_path / "a.avif")
    frames[0].save(tmp_path / "b.avif", quality=60)
    assert read_image(tmp_path / "b.avif").notes == ("compressed with loss: written without loss, as decoded",)


def test_wrong_samples_of_avif_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = imagecodecs.avif_encode
    monkeypatch.setattr(imagecodecs, "avif_encode", lambda samples, **options: encode(samples ^ 1, **options))
    for bits in (8, 10):
        for channels in (1, 2, 3, 4):
            stored = StoredImage(noise(bits, channels), AVIF, Metadata(xmp=XMP), bits=bits % 8 and bits)
            with pytest.raises(OutputError, match="does not read back"):
                write_image(tmp_path / "a", stored)


def oriented(stream: bytes, orientation: int) -> bytes:
    """A JPEG XL codestream of 10 bits whose header asks for a turn."""
    fields = jxl_header.read_fields(stream)
    reader, packed, size = jxl_header.BitReader(stream[2:]), 0, 0
    fields_of_colours = fields.colours_end - SIZE_BITS - 2
    put = [(reader.take(SIZE_BITS), SIZE_BITS), (reader.take(2) | 0b10, 2), (orientation - 1, 3), (0, 3)]
    put += [(reader.take(fields_of_colours), fields_of_colours), (1, 1)]  # brightness as usual
    put += [(reader.take(fields.end - fields.colours_end), fields.end - fields.colours_end)]
    for number, bits in put:
        packed |= number << size
        size += bits
    return stream[:2] + packed.to_bytes(-(-size // 8), "little") + stream[2 + -(-fields.end // 8) :]


SIZE_BITS = 1 + 2 + 9 + 3 + 2 + 9


def test_jpeg_xl_is_read_as_it_is_shown(tmp_path: Path) -> None:
    samples = noise(10, 3)
    stream = bytes(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=10, usecontainer=False))
    exif = build_exif("<", {0x0112: (3, 1, b"\x06\0")}, {})
    framed = [boxes.framed(b"JXL ", b"\r\n\x87\n"), boxes.framed(b"ftyp", b"jxl \0\0\0\0jxl ")]
    framed += [boxes.framed(b"Exif", bytes(4) + exif), boxes.framed(b"jxlc", oriented(stream, 6))]
    (tmp_path / "a.jxl").write_bytes(b"".join(framed))
    assert read_header(tmp_path / "a.jxl").size == (37, 23)
    image = read_image(tmp_path / "a.jxl")
    np.testing.assert_array_equal(image.samples, np.rot90(samples, -1))
    assert image.metadata.orientation == 1  # or it would be turned twice


def test_a_profile_is_packed_as_libjxl_unpacks_it(tmp_path: Path) -> None:
    """Decoders read the profile to find the samples behind it: one wrong bit, and they are lost."""
    longer = (len(ICC) + 256 * 300).to_bytes(4, "big") + ICC[4:] + bytes(range(256)) * 300
    for channels, icc in ((3, ICC), (4, ICC), (3, longer)):
        samples = noise(10, channels)
        stream = bytes(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=10, usecontainer=False))
        packed = jxl_colours.with_colours(stream, jxl_colours.of_srgb(grey=False), icc)
        np.testing.assert_array_equal(imagecodecs.jpegxl_decode(packed), samples)
        assert jxl_header.read(packed).colours == "profile"


def test_profiles_of_jpeg_xl_are_read_by_the_plugin(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jxl", StoredImage(noise(12, 3), JXL, Metadata(icc=ICC), bits=12))
    try:
        import pillow_jxl  # noqa: F401
    except ImportError:
        with pytest.raises(ImageError, match="need the package pillow-jxl-plugin; pip install"):
            read_image(tmp_path / "a.jxl")
        return
    assert read_image(tmp_path / "a.jxl").metadata.icc == ICC


def test_packed_boxes_of_jpeg_xl_are_unpacked(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jxl", StoredImage(noise(8, 3), JXL, Metadata(xmp=XMP)))
    data = (tmp_path / "a.jxl").read_bytes()
    packed = boxes.framed(b"brob", b"xml " + bytes(imagecodecs.brotli_encode(XMP)))
    (tmp_path / "b.jxl").write_bytes(data.replace(boxes.framed(b"xml ", XMP), packed))
    assert read_image(tmp_path / "b.jxl").metadata.xmp == XMP
