"""The record of a restoration, read from XMP by ElementTree and by the names that files have."""

import xml.etree.ElementTree as ET

from pconv_cli.files.metadata.provenance import Provenance, SourceType

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OURS = "{urn:x-pconv:provenance:1.0:}"


def provenance_of(packet: bytes | None) -> Provenance | None:
    """The record of what a packet is about, and not of parts of that; None: it has none, or is damaged."""
    try:
        root = ET.fromstring((packet or b"").rstrip(b"\0"))
    except ET.ParseError:
        return None
    found: dict[str, str] = {}
    for description in root.iterfind(f"{RDF}RDF/{RDF}Description"):
        found |= description.attrib
        found |= {child.tag: child.get(f"{RDF}resource", child.text or "") for child in description}
    record = {name.removeprefix(OURS): value for name, value in found.items() if name.startswith(OURS)}
    if not record:
        return None
    return Provenance(
        SourceType(found[IPTC].removeprefix(CODES)),
        software=record["Software"],
        method=record["Method"],
        hole_ratio=float(record["HoleRatio"]),
        date=record["Date"],
        mask_sha256=record.get("MaskSHA256", ""),
        weights=record.get("Weights", ""),
        weights_sha256=record.get("WeightsSHA256", ""),
        left_losses=int(record.get("LeftLosses", 0)),
        left_ratio=float(record.get("LeftRatio", 0)),
        former_source_type=record.get("FormerSourceType", ""),
    )
