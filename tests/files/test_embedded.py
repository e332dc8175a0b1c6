"""Images within and behind images: gain maps, thumbnails and previews, none of which may go on showing the damage."""

import base64
import hashlib
import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import GAIN_MAP, without_previews, without_thumbnail
from pconv_cli.files.metadata.xmp import without_images

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
CAMERA = "http://ns.google.com/photos/1.0/camera/"
DC = "http://purl.org/dc/elements/1.1/"


def jpeg_of(seed: int, side: int = 16) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)).save(file, "JPEG")
    return file.getvalue()


THUMB = jpeg_of(1)
TEXT = base64.b64encode(THUMB).decode()


def packet(attributes: str = "", inside: str = "", quote: str = '"') -> bytes:
    text = (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="t">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:g="{HDRGM}" '
        f'xmlns:Container="{CONTAINER}" xmlns:Item="{CONTAINER}item/" xmlns:GCamera="{CAMERA}" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/" {attributes}>'
        f"{inside}</rdf:Description></rdf:RDF></x:xmpmeta>\n   \n<?xpacket end='w'?>"
    )
    return text.replace('"', quote).encode()


DIRECTORY = (
    '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="9"/></rdf:li></rdf:Seq>'
    "</Container:Directory>"
)
TITLE = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">敦煌 &lt;45&gt; g:Version="1"</rdf:li></rdf:Alt></dc:title>'
THUMBNAILS = (
    f"<xmp:Thumbnails><rdf:Alt><rdf:li><xmpGImg:image>{TEXT}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize(
    ("attributes", "inside"),
    [
        ('g:Version="1.0"', ""),
        ('g:Version="1.0" g:HDRCapacityMax="3>2"', DIRECTORY),
        ("", f"<g:Version>1.0</g:Version>{DIRECTORY}"),
        ("", f"<g:GainMapMax><rdf:Seq><rdf:li>2</rdf:li></rdf:Seq></g:GainMapMax>{DIRECTORY}<g:Version/>"),
        ("", DIRECTORY),
    ],
)
def test_what_announces_a_gain_map_goes_and_other_xmp_stays(attributes: str, inside: str, quote: str) -> None:
    title = TITLE.replace('g:Version="1"', "g:Version=1")
    xmp = packet(f'dc:format="a" {attributes} xmp:Rating="5"', inside + title + THUMBNAILS, quote)
    found = without_images(xmp)
    assert found.gain_map
    assert found.packet is not None
    for gone in (b"hdr-gain-map", b"g:", b"Container", b"container", b"GainMap", b"Thumbnails", THUMB[:30]):
        assert gone not in found.packet.replace(b"g:Version=1<", b"")
    tree = ElementTree.fromstring(found.packet)
    description = next(tree.iter(f"{{{RDF}}}Description"))
    assert description.attrib == {
        f"{{{RDF}}}about": "", f"{{{DC}}}format": "a", "{http://ns.adobe.com/xap/1.0/}Rating": "5",
    }  # fmt: skip
    assert [child.tag for child in description] == [f"{{{DC}}}title"]
    assert title.replace('"', quote).encode() in found.packet


def of_other_names(xmp: bytes) -> bytes:
    """A packet none of whose names is one of images."""
    for number, name in enumerate((HDRGM, CONTAINER, CAMERA, "http://ns.adobe.com/xap/1.0/g/img/")):
        xmp = xmp.replace(name.encode(), b"urn:%d" % number)
    return xmp


def test_xmp_that_speaks_of_no_image_stays_byte_for_byte() -> None:
    for xmp in (packet('dc:format="a"', TITLE), b"\0 no packet", packet() + b"\0\0"):
        plain = of_other_names(xmp)
        assert without_images(plain) == (plain, False, False)
    assert without_images(None).packet is None


def test_a_packet_that_says_nothing_else_goes_and_so_does_a_broken_one() -> None:
    assert without_images(packet('g:Version="1.0"', DIRECTORY)).packet is None
    broken = packet('g:Version="1.0"', DIRECTORY)[:-60]
    assert without_images(broken) == (None, True, True)


def test_motion_photos_are_not_announced_and_the_rest_of_the_camera_stays() -> None:
    found = without_images(packet('GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="5" GCamera:Capture="b"'))
    assert (found.gain_map, found.further) == (False, True)
    assert found.packet is not None
    assert re.findall(rb"GCamera:\w+", found.packet) == [b"GCamera:Capture"]


NAMES = st.sampled_from([f"{prefix}:{local}" for prefix in ("dc", "g", "Container", "a") for local in ("x", "y", "z")])
WORDS = st.text("ab<>&\"'敦 ", max_size=5)
TREES = st.recursive(
    st.tuples(NAMES, st.dictionaries(NAMES, WORDS, max_size=3), WORDS, st.just([])),
    lambda below: st.tuples(NAMES, st.dictionaries(NAMES, WORDS, max_size=3), WORDS, st.lists(below, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=60)
@given(trees=st.lists(TREES, max_size=4))
def test_any_packet_loses_what_it_has_to_and_nothing_else(trees: list[Any]) -> None:
    spaces = {"dc": DC, "g": HDRGM, "Container": CONTAINER, "a": "urn:a"}

    def full(name: str) -> str:
        prefix, local = name.split(":")
        return f"{{{spaces[prefix]}}}{local}"

    def build(tree: Any, above: ElementTree.Element, wanted: bool) -> None:
        name, attributes, text, below = tree
        is_unwanted = name.startswith(("g:", "Container:"))
        if wanted and is_unwanted:
            return
        kept = {full(k): v for k, v in attributes.items() if not (wanted and k.startswith(("g:", "Container:")))}
        one = ElementTree.SubElement(above, full(name), kept)
        one.text = text
        for child in below:
            build(child, one, wanted)

    def packet_of(wanted: bool) -> ElementTree.Element:
        root = ElementTree.Element(f"{{{RDF}}}RDF")
        description = ElementTree.SubElement(root, f"{{{RDF}}}Description")
        for tree in trees:
            build(tree, description, wanted)
        return root

    found = without_images(ElementTree.tostring(packet_of(wanted=False), encoding="utf-8"))
    expected = packet_of(wanted=True)
    if found.packet is None:
        assert len(expected[0]) == 0
    else:
        read = ElementTree.canonicalize(found.packet.decode(), rewrite_prefixes=True)
        assert read == ElementTree.canonicalize(
            ElementTree.tostring(expected, encoding="unicode"), rewrite_prefixes=True
        )


def gain_mapped(path: Path, xmp: bytes | None, *, iso: bool = False) -> None:
    file = io.BytesIO()
    extra = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"
    segment = struct.pack(">BBH", 0xFF, 0xE2, len(extra) + 2) + extra if iso else b""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=95, extra=segment, **({"xmp": xmp} if xmp else {}))
    path.write_bytes(file.getvalue() + THUMB)


@pytest.mark.parametrize("kind", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP])
@pytest.mark.parametrize("how", ["xmp", "iso", "both"])
def test_a_gain_map_is_left_out_and_reported_in_one_line(tmp_path: Path, kind: ImageFormat, how: str) -> None:
    xmp = packet('g:Version="1.0"', DIRECTORY + TITLE) if how != "iso" else packet("", TITLE)
    gain_mapped(tmp_path / "a.jpg", xmp, iso=how != "xmp")
    image = read_image(tmp_path / "a.jpg")
    assert image.notes == (GAIN_MAP,)
    write_image(tmp_path / "b", image.to_format(kind))
    data = (tmp_path / "b").read_bytes()
    assert THUMB not in data
    again = read_image(tmp_path / "b")
    assert again.notes == ()
    assert again.metadata.xmp is not None
    assert b"GainMap" not in again.metadata.xmp
    assert "敦煌".encode() in again.metadata.xmp
    assert b"21496" not in data


def test_extended_xmp_loses_its_images_alone(tmp_path: Path) -> None:
    def extended(inside: str) -> Path:
        body = packet('dc:source="far"', inside).split(b"?>\n")[1].split(b"\n   ")[0]
        guid = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
        note = f'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="{guid}"'
        head = b"http://ns.adobe.com/xmp/extension/\0" + guid.encode() + struct.pack(">II", len(body), 0)
        segment = struct.pack(">BBH", 0xFF, 0xE1, len(head) + len(body) + 2) + head + body
        Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", xmp=packet(note, TITLE), extra=segment)
        return tmp_path / "a.jpg"

    image = f'<i:Data xmlns:i="http://ns.google.com/photos/1.0/image/">{TEXT}</i:Data>'
    stored = read_image(extended(image + TITLE))
    write_image(tmp_path / "b.jpg", stored)
    data = (tmp_path / "b.jpg").read_bytes()
    assert TEXT.encode() not in data
    with Image.open(tmp_path / "b.jpg") as again:
        (part,) = [content for _, content in again.applist if b"xmp/extension" in content[:40]]
    guid, body = part[35:67], part[75:]
    assert hashlib.md5(body, usedforsecurity=False).hexdigest().upper().encode() == guid
    assert b'n:HasExtendedXMP="' + guid in data
    assert b"far" in body
    assert "敦煌".encode() in body


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
    for block in (b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10" + bytes(99), b"\xff\xd8\xff" * 50, THUMB[:-9]):
        assert without_previews(block) == block
