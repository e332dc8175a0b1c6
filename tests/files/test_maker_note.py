"""Camera makers' notes: what their places name is there after the note has moved, or the note is left out."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.maker_note import MovableNote, movable
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

EXIF, NOTE = 34665, 37500
TEXT = b"LENS SERIAL 0123456789"
NAMES = [b"", b"Nikon\0\1\0", b"SONY DSC \0\0\0", b"AOC\0\0\0"]


def note_of(name: bytes, order: str, origin: int, *, target: int | None = None) -> bytes:
    """A note of two entries, a number and a text, whose place is counted from ``origin`` bytes before the note."""
    text = len(name) + 2 + 24 + 4
    entries = struct.pack(order + "HHIHH", 1, 3, 1, 7, 0)
    entries += struct.pack(order + "HHII", 0x95, 2, len(TEXT), origin + text if target is None else target)
    return name + struct.pack(order + "H", 2) + entries + bytes(4) + TEXT


def text_of(data: bytes, order: str, note: int, name: bytes, *, from_note: bool) -> bytes:
    """What the text's entry of a note at a place of the data names."""
    place: int = struct.unpack_from(order + "I", data, note + len(name) + 2 + 12 + 8)[0]
    place += note if from_note else 0
    return data[place : place + len(TEXT)]


def tiff_with(path: Path, make: Callable[[int], bytes]) -> None:
    """A TIFF file with an EXIF directory that holds the note ``make`` gives for its place."""
    samples = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    pointer = [(65000, 4, 1, 0, True)]
    tifffile.imwrite(path, samples, photometric="rgb", metadata=None, byteorder="<", extratags=pointer)
    with tifffile.TiffFile(path) as file:
        tag = file.pages.first.tags[65000]
    data = bytearray(path.read_bytes())
    data += bytes(len(data) % 2)
    note = make(len(data))
    struct.pack_into("<H", data, tag.offset, EXIF)
    struct.pack_into("<I", data, tag.valueoffset, len(data) + len(note) + len(note) % 2)
    place = len(data)
    data += note + bytes(len(note) % 2)
    data += struct.pack("<HHHII", 1, NOTE, 7, len(note), place) + bytes(4)
    path.write_bytes(data)


def whole(path: Path, out: Path) -> tuple[str, ...]:
    image = read_image(path)
    write_image(out, image)
    return image.notes


def in_windows(path: Path, out: Path) -> tuple[str, ...]:
    with Scan(path) as scan:
        write_scan(scan, out, np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
        return scan.notes


def as_jpeg(path: Path, out: Path) -> tuple[str, ...]:
    image = read_image(path)
    write_image(out, image.to_format(ImageFormat.JPEG))
    return image.notes


def place_of_note(path: Path) -> tuple[bytes, int | None]:
    """The file, or the EXIF block of a JPEG, and where in it the note is."""
    data = path.read_bytes()
    if data[:2] == b"\xff\xd8":
        with Image.open(io.BytesIO(data)) as image:
            data = image.info["exif"][6:]

    def directory(place: int) -> dict[int, int]:
        count: int = struct.unpack_from("<H", data, place)[0]
        entries = (struct.unpack_from("<HHII", data, place + 2 + 12 * index) for index in range(count))
        return {tag: value for tag, _, _, value in entries}

    first = directory(struct.unpack_from("<I", data, 4)[0])
    return data, directory(first[EXIF]).get(NOTE)


WRITERS = pytest.mark.parametrize("write", [whole, in_windows, as_jpeg])


@WRITERS
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("from_note", [False, True])
def test_a_note_names_the_same_text_after_it_has_moved(
    tmp_path: Path, write: Callable[[Path, Path], tuple[str, ...]], name: bytes, order: str, from_note: bool
) -> None:
    path, out = tmp_path / "a.tif", tmp_path / "out"
    tiff_with(path, lambda place: note_of(name, order, 0 if from_note else place))
    data, before = place_of_note(path)
    assert before is not None
    assert text_of(data, order, before, name, from_note=from_note) == TEXT
    assert write(path, out) == ()
    data, after = place_of_note(out)
    assert after is not None
    assert after != before
    assert text_of(data, order, after, name, from_note=from_note) == TEXT


@WRITERS
def test_a_note_without_places_stays_as_it_is(tmp_path: Path, write: Callable[[Path, Path], tuple[str, ...]]) -> None:
    note = b"a maker's private words, in no form that others know"
    tiff_with(tmp_path / "a.tif", lambda place: note)
    assert write(tmp_path / "a.tif", tmp_path / "out") == ()
    data, place = place_of_note(tmp_path / "out")
    assert place is not None
    assert data[place : place + len(note)] == note


@WRITERS
def test_a_note_that_names_places_outside_itself_is_left_out_and_reported(
    tmp_path: Path, write: Callable[[Path, Path], tuple[str, ...]]
) -> None:
    tiff_with(tmp_path / "a.tif", lambda place: note_of(b"", "<", 0, target=200))
    notes = write(tmp_path / "a.tif", tmp_path / "out")
    assert notes == ("its camera maker's note names places outside itself, and cannot be moved: left out",)
    assert place_of_note(tmp_path / "out")[1] is None


@pytest.mark.parametrize("target", [None, 3000])
def test_a_note_of_a_jpeg_becomes_one_of_a_tiff(tmp_path: Path, target: int | None) -> None:
    place = 8 + 2 + 12 + 4 + 2 + 12 + 4
    exif = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, EXIF, 4, 1, 26) + bytes(4)
    note = note_of(b"", "<", place, target=target)
    exif += struct.pack("<HHHII", 1, NOTE, 7, len(note), place) + bytes(4) + note
    Image.new("RGB", (30, 40)).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    image = read_image(tmp_path / "a.jpg").to_format(ImageFormat.TIFF)
    write_image(tmp_path / "out", image)
    data, after = place_of_note(tmp_path / "out")
    if target is None:
        assert after not in (None, place)
        assert text_of(data, "<", after or 0, b"", from_note=False) == TEXT
        assert image.notes == ()
    else:
        assert after is None
        assert "camera maker's note (it names places outside itself)" in image.notes[0]


@given(st.binary(max_size=200), st.integers(0, 5000), st.integers(0, 2**31))
def test_any_note_moves_back_to_what_it_was_or_is_left_out(note: bytes, place: int, other: int) -> None:
    moved = movable(note, place)
    if isinstance(moved, MovableNote):
        assert moved.at(place) == note
        assert len(moved.at(other)) == len(note)
    else:
        assert moved in (note, None)
