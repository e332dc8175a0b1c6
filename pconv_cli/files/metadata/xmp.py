"""XMP without what speaks of further images: those behind the main one are left out, and those within show the damage.

Removed are gain maps (Adobe's and Apple's), directories of what is appended (Google's container; its motion photos),
depth and unblurred images, and thumbnails. Every other byte of a packet stays.

Reference: Adobe, Gain Map Specification 1.0; Google, Ultra HDR Image Format 1.1 and Motion Photo Format 1.0; XMP
Specification, part 2.
"""

import re
from typing import NamedTuple
from xml.parsers import expat

_GAIN_MAPS = ("http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/")
_FURTHER = (
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.adobe.com/xap/1.0/g/img/",
)
_CAMERA, _OF_CAMERA = "http://ns.google.com/photos/1.0/camera/", ("MotionPhoto", "MicroVideo")
_BASIC, _THUMBNAILS = "http://ns.adobe.com/xap/1.0/", "Thumbnails"
_SEMANTICS = ("http://ns.google.com/photos/1.0/container/item/", "Semantic")
#: Namespaces that hold no property of their own.
_FRAME = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "adobe:ns:meta/", "http://www.w3.org/XML/1998/namespace", "")
_MARKERS = tuple(name.encode() for name in (*_GAIN_MAPS, *_FURTHER, _CAMERA))
_TAG_END = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*>""")


class Cleaned(NamedTuple):
    """A packet without what speaks of further images.

    Attributes:
        packet: What is left; None where that is nothing, or the packet is damaged.
        gain_map: Whether it spoke of a gain map.
        further: Whether it spoke of other images behind the main one.
    """

    packet: bytes | None
    gain_map: bool = False
    further: bool = False


def without_images(packet: bytes | None) -> Cleaned:
    """Take out of a packet what speaks of further images, or holds them."""
    if not packet or not any(name in packet for name in _MARKERS):
        return Cleaned(packet)
    text = packet.rstrip(b"\0")
    walk = _FurtherImagesWalk(text)
    try:
        walk.parser.Parse(text, True)
    except expat.ExpatError:
        return Cleaned(None, any(name.encode() in packet for name in _GAIN_MAPS), further=True)
    if not walk.cuts:
        return Cleaned(packet)
    kept, place = b"", 0
    for start, end in sorted(walk.cuts):
        kept += text[place : max(start, place)]
        place = max(end, place)
    return Cleaned(kept + text[place:] if walk.properties else None, walk.gain_map, walk.further)


class _FurtherImagesWalk:
    """One way through a packet: what is to be cut out of it, by bytes."""

    def __init__(self, text: bytes) -> None:
        self.cuts: list[tuple[int, int]] = []
        self.properties = 0
        self.gain_map = self.further = False
        self._text = text
        self._prefixes: dict[str, set[str]] = {}
        self._open: list[tuple[int, bool]] = []  # where each open element begins, and whether it goes
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end

    def _declare(self, prefix: str | None, namespace: str) -> None:
        self._prefixes.setdefault(namespace, set()).add(prefix or "")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        start = self.parser.CurrentByteIndex
        inside = bool(self._open) and self._open[-1][1]
        goes = inside or self._is_unwanted(name)
        self._open.append((start, goes))
        if attributes.get("\n".join(_SEMANTICS)) == "GainMap":
            self.gain_map = True
        if goes:
            return
        end = tag_end(self._text, start)
        for attribute in attributes:
            if self._is_unwanted(attribute):
                namespace, local = _split(attribute)
                names = "|".join(re.escape(prefix) for prefix in self._prefixes[namespace])
                self._cut(rf"\s+(?:{names}):{re.escape(local)}", start, end)
            elif _split(attribute)[0] not in _FRAME:
                self.properties += 1
        for namespace in (*_GAIN_MAPS, *_FURTHER):
            self._cut(r"\s+xmlns:[^\s=]+", start, end, re.escape(namespace))
        self.properties += _split(name)[0] not in _FRAME

    def _end(self, name: str) -> None:
        start, goes = self._open.pop()
        if goes and not (self._open and self._open[-1][1]):
            end = tag_end(self._text, start)
            is_empty = self._text[end - 2 : end] == b"/>"  # then the parser stands behind it already
            self.cuts.append((start, end if is_empty else tag_end(self._text, self.parser.CurrentByteIndex)))

    def _is_unwanted(self, name: str) -> bool:
        namespace, local = _split(name)
        if namespace in _GAIN_MAPS:
            self.gain_map = True
            return True
        if namespace in _FURTHER or (namespace == _CAMERA and local.startswith(_OF_CAMERA)):
            self.further = True
            return True
        return (namespace, local) == (_BASIC, _THUMBNAILS)

    def _cut(self, name: str, start: int, end: int, value: str = "") -> None:
        """Cut attributes out of a tag, by a pattern of their name and of their value."""
        one = value or r"[^\"]*"
        other = value or r"[^']*"
        pattern = re.compile(rf"{name}\s*=\s*(?:\"{one}\"|'{other}')".encode())
        self.cuts += [(start + found.start(), start + found.end()) for found in pattern.finditer(self._text[start:end])]


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition("\n")
    return namespace, local


def tag_end(text: bytes, start: int) -> int:
    """Find where the tag that begins at a byte of a packet ends; quotes in it may hold any character."""
    found = _TAG_END.match(text, start)
    return found.end() if found else len(text)
