"""The record of a restoration in XMP, against ElementTree's reading of the packet."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.files.metadata.provenance import NAMESPACE, Provenance, SourceType, with_provenance
from tests.records import CODES, IPTC, RDF, provenance_of

SAID = Provenance(SourceType.NETWORK, "pconv 0.1.0", "pconv", 0.0123, "2026-11-29T08:00:00Z", "ab", "photo", "cd")
TITLE = "<dc:title>A cave, 1908 &amp; after</dc:title>"
FORMER = f"{CODES}negativeFilm"


def packet(attributes: str = "", inside: str = TITLE) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:7" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'{attributes}>{inside}</r:Description></r:RDF></x:xmpmeta>      <?xpacket end="w"?>'
    ).encode()


def values_of(data: bytes) -> dict[str, list[str]]:
    """Every property of a packet, by its name with its namespace."""
    found: dict[str, list[str]] = {}
    for description in ET.fromstring(data).iter(f"{RDF}Description"):
        for name, value in description.attrib.items():
            found.setdefault(name, []).append(value)
        for child in description:
            found.setdefault(child.tag, []).append(child.text or "")
    return found


def test_a_packet_of_its_own_holds_the_record() -> None:
    written = with_provenance(None, SAID)
    assert written is not None
    values = values_of(written)
    assert values[IPTC] == [f"{CODES}compositeWithTrainedAlgorithmicMedia"]
    assert values[f"{{{NAMESPACE}}}MaskSHA256"] == ["ab"]
    assert values[f"{{{NAMESPACE}}}HoleRatio"] == ["0.012300"]
    assert provenance_of(written) == SAID


@pytest.mark.parametrize("where", ["attribute", "element", "resource"])
def test_what_stands_in_the_packet_stays_and_one_source_type_is_left(where: str) -> None:
    if where == "attribute":
        before = packet(f'e:DigitalSourceType="{FORMER}"')
    elif where == "resource":
        before = packet(inside=f'{TITLE}<e:DigitalSourceType r:resource="{FORMER}"/>')
    else:
        before = packet(inside=f"{TITLE}<e:DigitalSourceType>{FORMER}</e:DigitalSourceType>")
    written = with_provenance(before, SAID)
    assert written is not None
    values = values_of(written)
    assert values[IPTC] == [f"{CODES}compositeWithTrainedAlgorithmicMedia"]
    assert values["{http://purl.org/dc/elements/1.1/}title"] == ["A cave, 1908 & after"]
    assert values[f"{RDF}about"] == ["uuid:7", "uuid:7"]  # all descriptions of a packet are of one thing
    assert TITLE.encode() in written
    assert written.endswith(b'      <?xpacket end="w"?>')
    assert provenance_of(written) == replace(SAID, former_source_type=FORMER)


def test_a_second_restoration_replaces_the_record_and_knows_the_first_source() -> None:
    once = with_provenance(packet(f'e:DigitalSourceType="{FORMER}"'), SAID)
    other = replace(SAID, source_type=SourceType.CLASSICAL, method="telea", weights="", weights_sha256="")
    twice = with_provenance(once, other)
    assert twice is not None
    assert provenance_of(twice) == replace(other, former_source_type=FORMER)
    assert values_of(twice)[f"{{{NAMESPACE}}}Method"] == ["telea"]
    assert with_provenance(twice, other) == twice


NESTED = (
    f'<q:Region xmlns:q="urn:q"><r:Description><e:DigitalSourceType>{CODES}digitalArt</e:DigitalSourceType>'
    f"</r:Description></q:Region>",
    f'<q:Region xmlns:q="urn:q"><r:Description e:DigitalSourceType="{CODES}digitalArt"/></q:Region>',
    f'<q:Region xmlns:q="urn:q" e:DigitalSourceType="{CODES}digitalArt"/>',
    f'<q:R xmlns:q="urn:q" r:parseType="Resource"><e:DigitalSourceType r:resource="{CODES}digitalArt"/></q:R>',
    f'<q:Part xmlns:q="urn:q"><r:Bag><r:li><r:Description xmlns:p="{NAMESPACE}" p:Method="telea" p:HoleRatio="0.5">'
    f"<p:Software>pconv 0</p:Software></r:Description></r:li></r:Bag></q:Part>",
)


@pytest.mark.parametrize("nested", NESTED)
def test_what_is_said_of_other_things_in_the_packet_stays(nested: str) -> None:
    before = packet(inside=f"{nested}{TITLE}<e:DigitalSourceType>{FORMER}</e:DigitalSourceType>{nested}")
    assert provenance_of(before) is None
    once = with_provenance(before, SAID)
    assert once is not None
    assert once.count(nested.encode()) == 2
    assert provenance_of(once) == replace(SAID, former_source_type=FORMER)
    assert with_provenance(once, SAID) == once


def test_a_description_with_a_nested_one_alone_stays() -> None:
    once = with_provenance(packet(inside=NESTED[0]), SAID)
    assert once is not None
    assert NESTED[0].encode() in once
    assert provenance_of(once) == SAID


def test_packets_in_utf_16_are_read() -> None:
    written = with_provenance(packet().decode().encode("utf-16"), SAID)
    assert written is not None
    assert provenance_of(written) == SAID
    assert values_of(written)["{http://purl.org/dc/elements/1.1/}title"] == ["A cave, 1908 & after"]


@pytest.mark.parametrize("damaged", [b"<x:xmpmeta", b"no packet", packet()[:-60], b"<a/>", b'<r:RDF xmlns:r="a"/>'])
def test_nothing_is_added_to_a_damaged_packet(damaged: bytes) -> None:
    assert with_provenance(damaged, SAID) is None
    assert provenance_of(damaged) is None


@pytest.mark.parametrize("empty", [b"", b"\0\0"])
def test_an_empty_packet_is_none(empty: bytes) -> None:
    assert with_provenance(empty, SAID) == with_provenance(None, SAID)


def test_a_packet_without_a_record_has_none() -> None:
    assert provenance_of(packet()) is None
    assert provenance_of(None) is None


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=20)


@given(TEXT, TEXT, st.floats(0, 1), st.sampled_from(SourceType))
def test_any_text_comes_back(method: str, weights: str, ratio: float, source: SourceType) -> None:
    said = Provenance(source, "pconv", method, round(ratio, 6), "2026-11-29", weights=weights)
    written = with_provenance(packet(), said)
    assert provenance_of(written) == said
    assert with_provenance(written, said) == written
