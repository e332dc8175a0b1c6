"""What a restored image says of its restoration, as XMP: IPTC's digital source type, and a record of our own.

The record is one ``rdf:Description`` that is put into the packet that stands in the file, whose other bytes stay. A
record that stands there already, of a former restoration, is replaced.

Reference: IPTC Photo Metadata Standard 2025.1, "Digital Source Type"; IPTC NewsCodes, digitalsourcetype; Adobe, XMP
Specification, part 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from pconv_cli.files.metadata.xmp import tag_end

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC, _SOURCE_TYPE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "DigitalSourceType"
_CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: The namespace of the record.
NAMESPACE = "urn:x-pconv:provenance:1.0:"
_SEPARATOR = "\n"
_RDF_ROOT = f"{_RDF}{_SEPARATOR}RDF"
_DESCRIPTION = f"{_RDF}{_SEPARATOR}Description"
_RESOURCE = f"{_RDF}{_SEPARATOR}resource"

NOT_RECORDED = "its XMP is damaged: how it was restored cannot be recorded in it"
"""What is said where a record finds no place."""


class SourceType(StrEnum):
    """How an image came to be, in the terms of IPTC; the value is the end of the code's address."""

    NETWORK = "compositeWithTrainedAlgorithmicMedia"
    CLASSICAL = "algorithmicallyEnhanced"


@dataclass(frozen=True)
class Provenance:
    """What a restored image says of its restoration.

    Attributes:
        source_type: Whether a trained network had a part in the fill.
        software: Name and version of the program.
        method: The method, as reports call it.
        hole_ratio: Share of the image that was filled, 0 to 1.
        date: When, as ISO 8601.
        mask_sha256: SHA-256 of the mask's file; empty: the image's transparency was the mask.
        weights: Name of the network's weights; empty: no network.
        weights_sha256: SHA-256 of their file; empty: no network.
        left_losses: How many losses were left in a neutral tone, since they are too wide.
        left_ratio: Their share of the image, 0 to 1.
        former_source_type: What the image said of its source before, an IPTC address; empty: nothing.
    """

    source_type: SourceType
    software: str
    method: str
    hole_ratio: float
    date: str
    mask_sha256: str = ""
    weights: str = ""
    weights_sha256: str = ""
    left_losses: int = 0
    left_ratio: float = 0.0
    former_source_type: str = ""


#: Names of the properties in the record, by field; the source type has IPTC's.
_PROPERTIES = {
    "software": "Software",
    "method": "Method",
    "hole_ratio": "HoleRatio",
    "date": "Date",
    "mask_sha256": "MaskSHA256",
    "weights": "Weights",
    "weights_sha256": "WeightsSHA256",
    "left_losses": "LeftLosses",
    "left_ratio": "LeftRatio",
    "former_source_type": "FormerSourceType",
}


def with_provenance(packet: bytes | None, said: Provenance) -> bytes | None:
    """Put a record into an XMP packet, in place of one that is there.

    Args:
        packet: What stands in the file; None or empty: nothing.
        said: The record; its ``former_source_type`` is taken from the packet where that has one.

    Returns:
        The packet with the record in UTF-8; None where the packet there is damaged, so that nothing can be added.
    """
    if not packet or not packet.strip(b"\0"):
        body = _description(said, "")
        text = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">{body}</rdf:RDF></x:xmpmeta>'
        return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{text}<?xpacket end="w"?>'.encode()
    text_bytes = _as_utf8(packet)
    walk = _walked(text_bytes)
    if walk is None or walk.insert_at is None:
        return None
    former = said.former_source_type or walk.former or walk.source_type
    if walk.has_record:  # the source type is that of the former restoration
        former = walk.former
    record = _description(replace(said, former_source_type=former), walk.about).encode()
    kept, place = b"", 0
    for start, end in sorted([*walk.cuts, (walk.insert_at, walk.insert_at)]):
        kept += text_bytes[place : max(start, place)]
        kept += record if start == end == walk.insert_at else b""
        place = max(end, place)
    return kept + text_bytes[place:]


def source_type_address(said: Provenance) -> str:
    """Give the address of the IPTC code of a source type, as XMP and C2PA name it."""
    return f"{_CODES}{said.source_type}"


def _description(said: Provenance, about: str) -> str:
    values: Mapping[str, str] = {title: _text(getattr(said, name)) for name, title in _PROPERTIES.items()}
    if not said.left_losses:
        values = {title: value for title, value in values.items() if not title.startswith("Left")}
    lines = [f"<pconv:{title}>{escape(value)}</pconv:{title}>" for title, value in values.items() if value]
    return (
        f'<rdf:Description rdf:about={quoteattr(about)} xmlns:rdf="{_RDF}" xmlns:Iptc4xmpExt="{_IPTC}" '
        f'xmlns:pconv="{NAMESPACE}"><Iptc4xmpExt:{_SOURCE_TYPE}>{source_type_address(said)}</Iptc4xmpExt:{_SOURCE_TYPE}>'
        f"{''.join(lines)}</rdf:Description>"
    )


def _text(value: str | float) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _as_utf8(packet: bytes) -> bytes:
    """The packet in UTF-8, the one encoding into which a record is put; others have a byte order mark."""
    for mark, codec in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if packet.startswith(mark):
            return packet.decode(codec, "replace").rstrip("\0").encode()
    return packet.rstrip(b"\0")


@dataclass
class _Open:
    """An element that is open: where it begins, whether it goes, and what was found in it."""

    start: int
    goes: bool
    ours: bool = False
    others: bool = False


def _walked(text: bytes) -> "_RecordWalk | None":
    walk = _RecordWalk(text)
    try:
        walk.parser.Parse(text, True)
    except expat.ExpatError:
        return None
    return walk


class _RecordWalk:
    """One way through a packet: what a record replaces, by bytes, and where the new one goes."""

    def __init__(self, text: bytes) -> None:
        self.cuts: list[tuple[int, int]] = []
        self.insert_at: int | None = None
        self.about = ""
        self.source_type = self.former = ""
        self.has_record = False
        self._text = text
        self._open: list[_Open] = []
        self._root = 0  # how many elements are open in rdf:RDF, itself one of them; 0: not met yet
        self._name = ""
        self._prefixes: dict[str, set[str]] = {}
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.StartElementHandler = self._begin
        self.parser.CharacterDataHandler = self._characters
        self.parser.EndElementHandler = self._end

    def _declare(self, prefix: str | None, namespace: str) -> None:
        self._prefixes.setdefault(namespace, set()).add(prefix or "")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        start = self.parser.CurrentByteIndex
        depth = len(self._open)
        if not self._root and name == _RDF_ROOT:
            self._root = depth + 1
        # What stands deeper is said of other things: of an ingredient, of a region.
        own = bool(self._root) and depth == self._root + 1 and _is_ours(name)
        self._name = name if own else ""
        if own and _RESOURCE in attributes:  # its value, said as an address
            self._note(name, attributes[_RESOURCE])
        goes = own or (bool(self._open) and self._open[-1].goes)
        if self._open:
            self._open[-1].ours |= own
            self._open[-1].others |= not own
        self._open.append(_Open(start, goes))
        if goes:
            return
        is_node = bool(self._root) and depth == self._root
        if is_node and name == _DESCRIPTION:
            self.about = self.about or attributes.get(f"{_RDF}{_SEPARATOR}about", "")
        end = tag_end(self._text, start)
        for attribute, value in attributes.items():
            if attribute == f"{_RDF}{_SEPARATOR}about":
                continue
            if not is_node or not _is_ours(attribute):
                self._open[-1].others = True
            else:
                self._note(attribute, value)
                self._open[-1].ours = True
                namespace, _, local = attribute.rpartition(_SEPARATOR)
                names = "|".join(re.escape(prefix) for prefix in self._prefixes[namespace])
                pattern = rf"""\s+(?:{names}):{re.escape(local)}\s*=\s*(?:"[^"]*"|'[^']*')""".encode()
                self.cuts += [
                    (start + found.start(), start + found.end())
                    for found in re.finditer(pattern, self._text[start:end])
                ]

    def _characters(self, data: str) -> None:
        if self._name:
            self._note(self._name, data)

    def _note(self, name: str, value: str) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        if namespace == _IPTC:
            self.source_type = value
            return
        self.has_record = True
        if local == _PROPERTIES["former_source_type"]:
            self.former = value

    def _end(self, name: str) -> None:
        here = self.parser.CurrentByteIndex
        element = self._open.pop()
        start, goes = element.start, element.goes
        if name == _DESCRIPTION and element.ours and not element.others:
            goes = True  # nothing would be left in it
        self._name = ""
        if name == _RDF_ROOT and len(self._open) + 1 == self._root:
            first = tag_end(self._text, start)
            self.insert_at = None if self._text[first - 2 : first] == b"/>" else here
        if goes and not (self._open and self._open[-1].goes):
            end = tag_end(self._text, start)
            is_empty = self._text[end - 2 : end] == b"/>"  # then the parser stands behind it already
            self.cuts.append((start, end if is_empty else tag_end(self._text, here)))


def _is_ours(name: str) -> bool:
    namespace, _, local = name.rpartition(_SEPARATOR)
    return namespace == NAMESPACE or (namespace, local) == (_IPTC, _SOURCE_TYPE)
