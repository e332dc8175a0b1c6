import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.decoding import decoding
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, read_size, write_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage


def message_of(path: Path) -> str:
    """The one line in which reading an image fails; it names the file."""
    with pytest.raises(ImageError) as caught:
        read_image(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", list(ImageFormat))
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_image_is_one_clear_line(
    tmp_path: Path, make_samples: Callable[..., Samples], kind: ImageFormat, depth: str, share: float
) -> None:
    if depth == "uint16" and kind not in (ImageFormat.PNG, ImageFormat.TIFF):
        depth = "uint8"
    path = tmp_path / f"a.{kind}"
    write_image(path, StoredImage(make_samples(depth, 3, (40, 50)), kind))
    data = path.read_bytes()
    path.write_bytes(data[: max(14, int(len(data) * share))])
    assert "whole copy" in message_of(path)


def test_text_and_nothing_named_png(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("this is not an image")
    assert "is not an image of a known kind; save it" in message_of(tmp_path / "text.png")
    (tmp_path / "empty.png").touch()
    assert "is empty" in message_of(tmp_path / "empty.png")
    with pytest.raises(ImageError, match="is empty"):
        read_size(tmp_path / "empty.png")
    assert "no such file" in message_of(tmp_path / "missing.png")
    (tmp_path / "folder.png").mkdir()
    assert "cannot be opened" in message_of(tmp_path / "folder.png")


def test_a_signature_and_noise(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 300, np.uint8).tobytes()
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0", b"RIFF\0\0\0\0WEBP", b"BM"):
        (tmp_path / "a").write_bytes(start + noise)
        assert re.search(r"\(\D*[a-z]{3}\D*\); replace", message_of(tmp_path / "a"))  # a reason in words
        with pytest.raises(ImageError):
            read_size(tmp_path / "a")


def test_a_flipped_bit_in_a_png_is_noticed(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for depth in ("uint8", "uint16"):
        write_image(tmp_path / "a.png", StoredImage(make_samples(depth, 3, (30, 30))))
        data = bytearray((tmp_path / "a.png").read_bytes())
        data[len(data) // 2] ^= 0x10
        (tmp_path / "a.png").write_bytes(data)
        assert "damaged" in message_of(tmp_path / "a.png")


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_a_wrong_checksum_in_a_png_is_noticed(tmp_path: Path, make_samples: Callable[..., Samples], depth: str) -> None:
    """Also where all samples can be unpacked before it comes."""
    write_image(tmp_path / "a.png", StoredImage(make_samples(depth, 3, (30, 30))))
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[-13] ^= 1  # the last byte before IEND
    (tmp_path / "a.png").write_bytes(data)
    assert re.search("(IDAT.*wrong|IDAT: CRC error)", message_of(tmp_path / "a.png"))


def test_cmyk_is_refused_with_a_remedy(tmp_path: Path) -> None:
    image = Image.new("CMYK", (8, 8))
    for name in ("a.jpg", "a.tif"):
        image.save(tmp_path / name)
        assert "CMYK" in message_of(tmp_path / name)
        assert "convert it to RGB (pconv inpaint does with `cmyk_to_rgb`)" in message_of(tmp_path / name)


def test_several_pages_and_animations_are_refused(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (8, 8)), Image.new("RGB", (8, 8), "red")
    for name, word in (("a.tif", "2 pages"), ("a.png", "animated PNG"), ("a.webp", "animated WebP")):
        first.save(tmp_path / name, save_all=True, append_images=[second])
        assert word in message_of(tmp_path / name)


def test_a_preview_beside_the_image_is_no_second_page(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(samples, photometric="rgb")
        writer.write(samples[::4, ::4], photometric="rgb", subfiletype=1)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, samples)


def test_a_page_that_is_followed_by_itself_ends(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint8), byteorder="<")
    data = bytearray((tmp_path / "a.tif").read_bytes())
    first = int.from_bytes(data[4:8], "little")
    follows = first + 2 + 12 * int.from_bytes(data[first : first + 2], "little")
    data[follows : follows + 4] = data[4:8]
    (tmp_path / "a.tif").write_bytes(data)
    assert read_image(tmp_path / "a.tif").samples.shape == (8, 8, 1)


@pytest.mark.parametrize("depth", ["int64", "uint64", "complex64"])
def test_other_depths_of_tiff_are_named(tmp_path: Path, depth: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 8), depth))
    assert depth in message_of(tmp_path / "a.tif")


def test_more_channels_than_colours_and_alpha_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 8, 5), np.uint8), photometric="rgb")
    assert "5 channels" in message_of(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", np.ones((8, 8), np.float32), photometric="miniswhite")
    assert "0 is white" in message_of(tmp_path / "b.tif")


def test_a_image_that_pillow_takes_for_a_bomb_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (50, 50), "red").save(tmp_path / "a.jpg")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert read_image(tmp_path / "a.jpg").size == (50, 50)
    assert Image.MAX_IMAGE_PIXELS == 100


def declaring(kind: ImageFormat, width: int, height: int) -> bytes:
    """A file of some 100 bytes that declares a size."""
    if kind is ImageFormat.PNG:
        ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        parts = [b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
        framed = [struct.pack(">I", len(p) - 4) + p + struct.pack(">I", zlib.crc32(p)) for p in (ihdr, *parts)]
        return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
    if kind is ImageFormat.BMP:
        return (
            b"BM" + struct.pack("<IIIIiiHHIIiiII", 154, 0, 54, 40, width, height, 1, 24, 0, 0, 1, 1, 0, 0) + bytes(100)
        )
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 100)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("kind", [ImageFormat.PNG, ImageFormat.BMP, ImageFormat.TIFF])
def test_a_small_file_that_declares_a_huge_image_is_refused_at_once(tmp_path: Path, kind: ImageFormat) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(declaring(kind, 2_000_000, 1_000_000))
    assert "declares 2000000x1000000 pixels, more than the limit of 400 million" in message_of(path)
    with pytest.raises(ImageError, match="declares 2000000x1000000 pixels"):
        read_size(path)
    path.write_bytes(declaring(kind, 20_000, 20_000))
    assert read_size(path) == (20_000, 20_000)  # at the limit


def test_a_second_header_in_a_png_does_not_hide_the_first(tmp_path: Path) -> None:
    huge, small = (declaring(ImageFormat.PNG, side, side) for side in (2_000_000, 10))
    (tmp_path / "a.png").write_bytes(huge[:33] + small[8:])
    assert "declares 2000000x2000000 pixels" in message_of(tmp_path / "a.png")


def test_what_no_decoder_knows_is_said_in_words(tmp_path: Path) -> None:
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", 10, 10, 8, 7, 0, 0, 0)  # there is no colour type 7
    framed = struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + framed)
    message = message_of(tmp_path / "a.png")
    assert "object at" not in message
    assert "cannot be decoded" in message
    for length in (8, 14, 20):
        (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:length])
        assert "(its header is missing)" in message_of(tmp_path / "b.png")
    late = declaring(ImageFormat.PNG, 10, 10)
    word = b"tEXtTitle\0first"
    framed = struct.pack(">I", len(word) - 4) + word + struct.pack(">I", zlib.crc32(word))
    (tmp_path / "b.png").write_bytes(late[:8] + framed + late[8:])
    assert "(its header is missing)" in message_of(tmp_path / "b.png")


@pytest.mark.parametrize("error", [ValueError("p\u0590\0\0"), UnicodeDecodeError("utf-8", b"\xdf", 0, 1, "invalid")])
def test_stray_bytes_of_a_decoder_are_no_reason(tmp_path: Path, error: Exception) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(ImageError) as caught, decoding(tmp_path / "a.png"):
        raise error
    assert "(its first bytes are right, but what follows cannot be decoded)" in str(caught.value)


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize(
    ("kind", "content", "turned", "name"),
    [
        (b"iCCP", b"x\0\0garbage", 0, "colour profile"),
        (b"iCCP", b"no name", 0, "colour profile"),
        (b"pHYs", b"short", 0, "resolution"),
        (b"gAMA", b"", 0, "gAMA"),
        (b"tEXt", b"Title\0A mural", 1, "tEXt"),
        (b"eXIf", b"II*\0\x08\0\0\0\0\0", 1, "EXIF"),
    ],
)
def test_a_broken_part_beside_the_samples_of_a_png_is_left_out_and_that_is_reported(
    tmp_path: Path,
    make_samples: Callable[..., Samples],
    depth: str,
    kind: bytes,
    content: bytes,
    turned: int,
    name: str,
) -> None:
    samples = make_samples(depth, 3)
    write_image(tmp_path / "a.png", StoredImage(samples))
    data = (tmp_path / "a.png").read_bytes()
    body = kind + content
    broken = struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body) ^ turned)
    (tmp_path / "a.png").write_bytes(data[:33] + broken + data[33:])
    image = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(image.samples, samples)
    assert image.notes == (f"its {name} is damaged: left out",)
    write_image(tmp_path / "b.png", image)
    assert (tmp_path / "b.png").read_bytes() == data
