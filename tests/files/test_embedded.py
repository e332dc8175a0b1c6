"""XMP that holds or announces images: gain maps, thumbnails and motion photos go, and the rest stays."""

import hashlib
import io
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import GAIN_MAP
from pconv_cli.files.metadata.xmp import without_images

from .packets import CONTAINER, DC, HDRGM, RDF, TEXT, THUMB, THUMBNAILS, TITLE, of_other_names, packet

DIRECTORY = (
    '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="9"/></rdf:li></rdf:Seq>'
    "</Container:Directory>"
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
