"""Captions, rights and histories: IPTC, names in tags, XMP and EXIF too long for one segment of a JPEG."""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from PIL import Image, IptcImagePlugin

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.metadata.photoshop import without_thumbnails
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
#: Dataset 2:120 (caption) and 2:116 (rights).
IPTC = b"\x1c\x02\x78\x00\x05Cave " + b"\x1c\x02\x74\x00\x03CC0"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def resource(number: int, content: bytes, name: bytes = b"") -> bytes:
    named = bytes([len(name)]) + name
    named += bytes(len(named) % 2)
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + named
        + struct.pack(">I", len(content))
        + content
        + bytes(len(content) % 2)
    )


RESOURCES = resource(1005, bytes(16)) + resource(1028, IPTC) + resource(2000, b"a path", b"Path 1")
THUMBNAIL = resource(1036, b"the damage!")


def save_jpeg(path: Path, samples: Samples, segments: bytes) -> None:
    Image.fromarray(samples).save(path, extra=segments)


def segments_of(path: Path, name: bytes) -> list[bytes]:
    with Image.open(path) as image:
        return [content for _, content in image.applist if content.startswith(name)]


def convert(path: Path, out: Path, kind: ImageFormat) -> tuple[str, ...]:
    image = read_image(path).to_format(kind)
    write_image(out, image)
    return image.notes


def iptc_of(path: Path) -> dict[tuple[int, int], bytes]:
    with Image.open(path) as image:
        found = IptcImagePlugin.getiptcinfo(image)
    assert found is not None
    return {key: value for key, value in found.items() if isinstance(value, bytes)}


def test_extended_xmp_stays_bit_for_bit_in_jpeg_and_is_missed_elsewhere(
    tmp_path: Path, make_samples: Callable[..., Samples]
) -> None:
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>points to the rest</x:xmpmeta>"
    rest = np.random.default_rng(0).integers(32, 127, 150_000, np.uint8).tobytes()
    head = hashlib.md5(rest).hexdigest().upper().encode() + struct.pack(">I", len(rest))
    parts = [EXTENSION + head + struct.pack(">I", at) + rest[at : at + 65_000] for at in range(0, len(rest), 65_000)]
    segments = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)
    segments += b"".join(segment(0xE1, part) for part in reversed(parts))  # readers have to take any order
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    save_jpeg(path, make_samples("uint8", 3), segments)
    assert convert(path, out, ImageFormat.JPEG) == ()
    assert segments_of(out, EXTENSION) == segments_of(path, EXTENSION) == parts[::-1]
    with Image.open(out) as image:
        assert image.info["xmp"] == packet
    for kind in (ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP, ImageFormat.BMP):
        assert any(
            "no place for its" in note and "extended XMP" in note for note in convert(path, tmp_path / "o", kind)
        )


@pytest.mark.parametrize("kind", [ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP])
def test_xmp_too_long_for_a_segment_is_extended_in_jpeg(
    tmp_path: Path, make_samples: Callable[..., Samples], kind: ImageFormat
) -> None:
    body = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"a long history " * 9000 + b"</x:xmpmeta>"
    stored = StoredImage(make_samples("uint8", 3), kind)
    object.__setattr__(stored.metadata, "xmp", b"<?xpacket begin='' id='W5M0'?>\n" + body + b"\n<?xpacket end='w'?>")
    write_image(tmp_path / "a", stored)
    assert read_image(tmp_path / "a").metadata.xmp == stored.metadata.xmp
    assert convert(tmp_path / "a", tmp_path / "b.jpg", ImageFormat.JPEG) == ()
    parts = [part.removeprefix(EXTENSION) for part in segments_of(tmp_path / "b.jpg", EXTENSION)]
    guid = hashlib.md5(body).hexdigest().upper()
    assert {part[:32].decode() for part in parts} == {guid}
    assert {struct.unpack(">I", part[32:36])[0] for part in parts} == {len(body)}
    joined = bytearray(len(body))
    for part in parts:
        (offset,) = struct.unpack(">I", part[36:40])
        joined[offset : offset + len(part) - 40] = part[40:]
    assert joined == body
    with Image.open(tmp_path / "b.jpg") as image:
        (description,) = ElementTree.fromstring(image.info["xmp"]).iter(
            "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
        )
    assert description.get("{http://ns.adobe.com/xmp/note/}HasExtendedXMP") == guid


def test_the_longest_packet_and_exif_block_for_a_segment_go_into_one(
    tmp_path: Path, make_samples: Callable[..., Samples]
) -> None:
    extension = EXTENSION + b"0" * 40 + b"the rest"
    xmp, exif = b"x" * (65_533 - 29), b"II*\0\x08\0\0\0" + bytes(65_533 - 14)
    segments = segment(0xE1, b"Exif\0\0" + exif) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)
    save_jpeg(tmp_path / "a.jpg", make_samples("uint8", 3), segments + segment(0xE1, extension))
    convert(tmp_path / "a.jpg", tmp_path / "b.jpg", ImageFormat.JPEG)
    for name in (b"Exif", b"http"):
        assert segments_of(tmp_path / "b.jpg", name) == segments_of(tmp_path / "a.jpg", name)
    assert len(segments_of(tmp_path / "b.jpg", b"http")) == 2


def test_exif_too_long_for_a_segment_goes_into_several(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x8769] = 6, {37500: bytes(range(256)) * 300}
    Image.fromarray(make_samples("uint8", 3)).save(tmp_path / "a.png", exif=exif)
    convert(tmp_path / "a.png", tmp_path / "b.jpg", ImageFormat.JPEG)
    convert(tmp_path / "b.jpg", tmp_path / "c.jpg", ImageFormat.JPEG)
    blocks = [read_image(tmp_path / name).metadata.exif for name in ("a.png", "b.jpg", "c.jpg")]
    assert blocks[0] == blocks[1] == blocks[2]
    assert read_image(tmp_path / "c.jpg").metadata.orientation == 6


def test_photoshops_resources_stay_in_jpeg_but_for_thumbnails(
    tmp_path: Path, make_samples: Callable[..., Samples]
) -> None:
    long = resource(1028, IPTC + b"\x1c\x02\x14\x80\x04" + struct.pack(">I", 100_000) + b"k" * 100_000)
    for resources in (RESOURCES, long):
        whole = THUMBNAIL + resources
        parts = [whole[at : at + 60_000] for at in range(0, len(whole), 60_000)]
        segments = b"".join(segment(0xED, b"Photoshop 3.0\0" + part) for part in parts)
        save_jpeg(tmp_path / "a.jpg", make_samples("uint8", 3), segments)
        assert convert(tmp_path / "a.jpg", tmp_path / "b.jpg", ImageFormat.JPEG) == ()
        kept = b"".join(part.removeprefix(b"Photoshop 3.0\0") for part in segments_of(tmp_path / "b.jpg", b"Photoshop"))
        assert kept == resources


@pytest.mark.parametrize("place", ["33723", "33723 as numbers", "34377"])
def test_iptc_of_tiff_and_jpeg_in_one_another(tmp_path: Path, make_samples: Callable[..., Samples], place: str) -> None:
    padded = IPTC + bytes(-len(IPTC) % 4)
    turned = b"".join(padded[at : at + 4][::-1] for at in range(0, len(padded), 4))
    tag = {
        "33723": (33723, 7, len(IPTC), IPTC, True),
        "33723 as numbers": (33723, 4, len(turned) // 4, turned, True),
        "34377": (34377, 7, len(THUMBNAIL + RESOURCES), THUMBNAIL + RESOURCES, True),
    }[place]
    tifffile.imwrite(tmp_path / "a.tif", make_samples("uint8", 3), photometric="rgb", extratags=[tag])
    assert convert(tmp_path / "a.tif", tmp_path / "b.jpg", ImageFormat.JPEG) == ()
    assert convert(tmp_path / "b.jpg", tmp_path / "c.tif", ImageFormat.TIFF) == ()
    for name in ("b.jpg", "c.tif"):
        assert iptc_of(tmp_path / name) == {(2, 120): b"Cave ", (2, 116): b"CC0"}
    for kind in (ImageFormat.PNG, ImageFormat.WEBP):
        assert any("captions and rights in IPTC" in note for note in convert(tmp_path / "b.jpg", tmp_path / "d", kind))


def test_thumbnails_go_from_tiff_files_too(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    tag = (34377, 1, len(THUMBNAIL + RESOURCES), THUMBNAIL + RESOURCES, True)
    tifffile.imwrite(tmp_path / "a.tif", make_samples("uint8", 3, (40, 50)), photometric="rgb", extratags=[tag])
    convert(tmp_path / "a.tif", tmp_path / "b.tif", ImageFormat.TIFF)
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "c.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    for name in ("b.tif", "c.tif"):
        with tifffile.TiffFile(tmp_path / name) as file:
            assert file.pages.first.tags[34377].value == RESOURCES


def test_thumbnails_go_from_among_other_programs_resources() -> None:
    foreign = b"MeSa" + RESOURCES[4:]
    assert without_thumbnails(foreign + THUMBNAIL + RESOURCES) == foreign + RESOURCES


@pytest.mark.parametrize("cut", range(0, len(THUMBNAIL + RESOURCES), 5))
def test_resources_that_are_cut_off_are_kept_as_far_as_they_go(cut: int) -> None:
    kept = without_thumbnails((THUMBNAIL + RESOURCES)[:cut])
    head = THUMBNAIL[:cut] if cut < 12 else b""  # too little to know what it is
    assert kept == head + RESOURCES[: max(0, cut - len(THUMBNAIL))]


def test_names_and_rights_pass_between_the_tags_of_tiff_and_exif(
    tmp_path: Path, make_samples: Callable[..., Samples]
) -> None:
    names = {270: "Cave 257", 271: "Maker", 305: "Scanner 1.0", 315: "Painter", 33432: "CC0"}
    exif = Image.Exif()
    for tag, name in names.items():
        exif[tag] = name
    title = "敦煌\0".encode("utf-16-le")
    exif[40091] = title
    Image.fromarray(make_samples("uint8", 3)).save(tmp_path / "a.jpg", exif=exif)
    convert(tmp_path / "a.jpg", tmp_path / "b.tif", ImageFormat.TIFF)
    convert(tmp_path / "b.tif", tmp_path / "c.tif", ImageFormat.TIFF)
    convert(tmp_path / "c.tif", tmp_path / "d.png", ImageFormat.PNG)
    for file in ("b.tif", "c.tif", "d.png"):
        with Image.open(tmp_path / file) as image:
            found = image.getexif()
        assert {tag: found[tag] for tag in names} == names
        assert bytes(found[40091]) == title
