"""Previews within a file's metadata, none of which may go on showing the damage."""

import io
import re
import struct
import zlib
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import without_thumbnail
from pconv_cli.files.metadata.embedded import without_previews

from .packets import TEXT, THUMB, THUMBNAILS, TITLE, of_other_names, packet

PNG, EMPTY, PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0nameCRC.", b"\0\0\0\0IENDCRC."


def ifd_of(order: str, entries: list[tuple[int, int, int, bytes]], offset: int, follows: int = 0) -> bytes:
    head, values = struct.pack(order + "H", len(entries)), b""
    behind = offset + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", behind + len(values))
        head += struct.pack(order + "HHI", tag, kind, count) + place
        values += value + b"\0" * (len(value) % 2) if len(value) > 4 else b""
    return head + struct.pack(order + "I", follows) + values


def exif_with_previews() -> bytes:
    """An EXIF block with a maker's note that holds a preview, and a thumbnail."""
    note = b"Maker\0\1\0" + THUMB + b"what follows"
    below = ifd_of("<", [(37500, 7, len(note), note)], 200)
    first = ifd_of("<", [(271, 2, 4, b"abc\0"), (34665, 4, 1, struct.pack("<I", 200))], 8, follows=200 + len(below))
    block = (b"II*\0\x08\0\0\0" + first).ljust(200, b"\0") + below
    at = len(block)
    sizes = [(513, 4, 1, struct.pack("<I", at + 30)), (514, 4, 1, struct.pack("<I", len(THUMB)))]
    return block + ifd_of("<", sizes, at) + THUMB


def photoshop_block(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


RESOURCES = (
    photoshop_block(1036, bytes(28) + THUMB) + photoshop_block(1028, b"\x1c\x02\x05\0\3abc")
    + photoshop_block(1058, exif_with_previews()) + photoshop_block(1060, packet("", THUMBNAILS + TITLE))
    + photoshop_block(1061, b"a digest, odd")
)  # fmt: skip


def write_with_previews(path: Path, kind: ImageFormat) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    image, xmp, exif = Image.fromarray(pixels), packet("", THUMBNAILS + TITLE), exif_with_previews()
    if kind is ImageFormat.JPEG:
        jfxx = b"JFXX\0\x10" + THUMB
        photoshop = b"Photoshop 3.0\0" + RESOURCES
        extra = struct.pack(">BBH", 0xFF, 0xE0, len(jfxx) + 2) + jfxx
        extra += struct.pack(">BBH", 0xFF, 0xED, len(photoshop) + 2) + photoshop
        image.save(path, "JPEG", quality=95, xmp=xmp, exif=b"Exif\0\0" + exif, extra=extra)
        path.write_bytes(path.read_bytes() + THUMB)
    elif kind is ImageFormat.WEBP:
        image.save(path, "WEBP", lossless=True, xmp=xmp, exif=b"Exif\0\0" + exif)
    elif kind is ImageFormat.PNG:
        file = io.BytesIO()
        image.save(file, "PNG")
        chunks = ((b"eXIf", exif), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp))
        packed = b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )
        path.write_bytes(file.getvalue()[:33] + packed + file.getvalue()[33:])
    else:
        tags = [(700, 1, len(xmp), xmp, True), (34377, 7, len(RESOURCES), RESOURCES, True)]
        with tifffile.TiffWriter(path) as writer:
            writer.write(pixels, photometric="rgb", subifds=1, extratags=tags, metadata=None)
            writer.write(np.frombuffer(THUMB, np.uint8)[None], subfiletype=1, metadata=None)
            writer.write(np.frombuffer(THUMB, np.uint8)[None], subfiletype=1, metadata=None)


@pytest.mark.parametrize("target", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP])
@pytest.mark.parametrize("kind", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP])
def test_no_preview_of_any_kind_goes_on_showing_the_damage(
    tmp_path: Path, kind: ImageFormat, target: ImageFormat
) -> None:
    write_with_previews(tmp_path / "a", kind)
    before = (tmp_path / "a").read_bytes()
    assert THUMB in before
    assert TEXT.encode() in before
    write_image(tmp_path / "b", read_image(tmp_path / "a").to_format(target))
    after = (tmp_path / "b").read_bytes()
    for one in (THUMB, TEXT.encode(), THUMB[2:60]):
        assert one not in after
    assert "敦煌".encode() in after
    if kind in (ImageFormat.JPEG, ImageFormat.TIFF) and target is kind:
        assert photoshop_block(1028, b"\x1c\x02\x05\0\3abc") in after
        assert photoshop_block(1061, b"a digest, odd") in after
    if kind is not ImageFormat.TIFF and target is not ImageFormat.TIFF:
        assert b"what follows" in after  # the maker's note stays


@pytest.mark.parametrize("inside", [THUMBNAILS + TITLE, TITLE])
def test_packed_xmp_in_png_is_read_and_loses_its_thumbnails(tmp_path: Path, inside: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (9, 7)).save(file, "PNG")
    data = b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(
        of_other_names(packet("", TITLE)) if inside == TITLE else packet("", inside)
    )
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    (tmp_path / "a.png").write_bytes(file.getvalue()[:33] + chunk + file.getvalue()[33:])
    stored = read_image(tmp_path / "a.png")
    write_image(tmp_path / "b.png", stored)
    with Image.open(tmp_path / "b.png") as image:
        image.load()
        xmp = image.info["xmp"]
    assert TEXT.encode() not in xmp
    assert "敦煌".encode() in xmp
    assert stored.metadata.xmp == xmp
    assert (chunk in (tmp_path / "b.png").read_bytes()) == (inside == TITLE)


def profile(name: str, content: bytes) -> bytes:
    """A raw profile as ImageMagick writes it."""
    digits = content.hex()
    lines = "\n".join(digits[place : place + 72] for place in range(0, len(digits), 72))
    return f"\n{name}\n{len(content):8d}\n{lines}\n".encode()


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
def test_profiles_as_digits_in_png_lose_their_previews_alone(tmp_path: Path, kind: bytes) -> None:
    contents = {
        "exif": b"Exif\0\0" + exif_with_previews(), "APP1": exif_with_previews(), "8bim": RESOURCES,
        "xmp": packet("", THUMBNAILS + TITLE), "icm": b"a profile of colours",
    }  # fmt: skip
    file = io.BytesIO()
    Image.new("RGB", (9, 7)).save(file, "PNG")
    packed = b""
    for name, content in [*contents.items(), ("broken", b""), ("xmp", packet("", THUMBNAILS))]:
        text = profile(name, content) if name != "broken" else b"no digits"
        data = f"Raw profile type {name}".encode() + b"\0" + (b"\0" + zlib.compress(text) if kind == b"zTXt" else text)
        packed += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    (tmp_path / "a.png").write_bytes(file.getvalue()[:33] + packed + file.getvalue()[33:])
    write_image(tmp_path / "b.png", read_image(tmp_path / "a.png"))
    with Image.open(tmp_path / "b.png") as image:
        image.load()
        texts = {key.removeprefix("Raw profile type "): value for key, value in image.info.items() if "Raw" in key}
    assert list(texts) == [*contents, "broken"]
    found = {name: bytes.fromhex("".join(text.split()[2:])) for name, text in texts.items() if name != "broken"}
    assert {name: int(text.split()[1]) for name, text in texts.items() if name != "broken"} == {
        name: len(content) for name, content in found.items()
    }
    assert found["icm"] == contents["icm"]
    assert found["exif"] == b"Exif\0\0" + found["APP1"]
    assert len(found["APP1"]) == len(contents["APP1"])
    assert photoshop_block(1028, b"\x1c\x02\x05\0\3abc") in found["8bim"]
    assert "敦煌".encode() in found["xmp"]
    for content in found.values():
        assert THUMB not in content
        assert TEXT.encode() not in content


def test_previews_are_blanked_in_place_and_nothing_else() -> None:
    exif = exif_with_previews()
    after = without_thumbnail(exif)
    assert after is not None
    assert len(after) == len(exif)
    assert exif.count(THUMB) == 2
    zeros = bytes(len(THUMB))
    assert [after[found.start() : found.end()] for found in re.finditer(re.escape(THUMB), exif)] == [zeros, zeros]
    for block in (PNG + EMPTY, PNG + PNG_END[:-1], PNG + PNG_END[::-1] * 9, PNG * 9):
        assert without_previews(block) == block
    assert without_previews(b"a" + PNG + EMPTY + PNG_END + b"b" + PNG) == b"a" + bytes(32) + b"b" + PNG
    for block in (b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10" + bytes(99), b"\xff\xd8\xff" * 50, THUMB[:-9]):
        assert without_previews(block) == block


def test_a_preview_goes_where_chunks_that_lead_nowhere_lead_to_it() -> None:
    chunk = b"\0\0\0\0name\0\0" + THUMB[:2]  # whose checksum ends with the first bytes of a JPEG
    assert without_previews(PNG + chunk + THUMB[2:]) == PNG + chunk[:-2] + bytes(len(THUMB))


@pytest.mark.parametrize(
    ("block", "stays"),
    [
        (b"\xff\xd8\xff\xda\x00\x02\xff\xd9" * 80_000, False),  # whole ones
        (b"\xff\xd8\xff\xda\x00\x02" * 200_000, True),  # none has an end
        (b"\xff\xd8" + b"\xff\xe0\x00\x04\xff\xd8" * 5_000, True),  # each segment begins one, and leads to the next
        ((PNG + EMPTY + PNG_END) * 20_000, False),
        (b"".join(PNG + b"\0\0\0\x08name" for _ in range(20_000)), True),  # the same of chunks
    ],
    ids=["whole", "endless", "nested", "whole PNGs", "nested PNGs"],
)
def test_a_block_of_many_takes_no_time(block: bytes, stays: bool) -> None:
    before = process_time()
    assert without_previews(block) == (block if stays else bytes(len(block)))
    assert process_time() - before < 4  # each byte a few times; by the square of them it is ten times that
