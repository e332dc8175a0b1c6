"""Directories of TIFF tags as raw bytes, so that EXIF blocks pass from file to file without loss.

Not Pillow's ``Exif``, which decodes values and writes them again: here a tag stays as its bytes are, known or not, and
cameras' private notes keep their places.

Reference: TIFF 6.0, section 2 (image file directory); BigTIFF has the same with longer counts and offsets.
"""

import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pconv_cli.files.metadata.maker_note import MAKER_NOTE, MovableNote, movable

#: Tag to (type, count, raw value in the directory's byte order).
Entries = dict[int, tuple[int, int, bytes]]

EXIF_POINTER = 34665
GPS_POINTER = 34853
_INTEROPERABILITY_POINTER = 40965
#: Entries may share bytes, such as one fraction for both resolutions; a whole block seen twice is more than that needs.
_SHARED = 2
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


class GreedyError(ValueError):
    """Entries claim far more bytes than there are: they share them."""


@dataclass(frozen=True, slots=True)
class IfdEntry:
    """One entry of a directory as it stands there.

    Attributes:
        tag: Its number.
        kind: The type of its values, by number.
        count: How many values there are.
        stored: The values, where they fit in; else the place where they begin.
        length: Bytes that the values take; 0 where the type is unknown.
    """

    tag: int
    kind: int
    count: int
    stored: bytes
    length: int

    @property
    def is_elsewhere(self) -> bool:
        """Whether the values stand outside of the entry."""
        return self.length > len(self.stored)


def read_fields(
    read: Callable[[int, int], bytes], offset: int, order: str, *, big: bool = False
) -> tuple[list[IfdEntry], int]:
    """Read the entries of one directory, without the values that stand elsewhere.

    Args:
        read: Gives the bytes at (offset, length) of the file or block.
        offset: Where the directory begins.
        order: Byte order, ``"<"`` or ``">"``.
        big: Whether the file is a BigTIFF.

    Returns:
        The entries, and where the next directory begins (0: there is none).

    Raises:
        struct.error: The directory lies outside the file.
    """
    count_form, entry_form, next_form = ("Q", "HHQ8s", "Q") if big else ("H", "HHI4s", "I")
    (total,) = struct.unpack(order + count_form, read(offset, struct.calcsize(order + count_form)))
    start, step = offset + struct.calcsize(order + count_form), struct.calcsize(order + entry_form)
    fields = []
    for index in range(total):
        tag, kind, count, stored = struct.unpack(order + entry_form, read(start + index * step, step))
        fields.append(IfdEntry(tag, kind, count, stored, _TYPE_SIZES.get(kind, 0) * count))
    follows = read(start + total * step, struct.calcsize(order + next_form))
    return fields, int.from_bytes(follows, "little" if order == "<" else "big")


def read_entries(
    read: Callable[[int, int], bytes],
    offset: int,
    order: str,
    *,
    room: int,
    big: bool = False,
    skip: Collection[int] = (),
) -> Entries:
    """Read one directory with its values.

    Args:
        read: See `read_fields`.
        offset: See there.
        order: See there.
        room: Bytes that the values may take. Entries may share bytes, so that a small file can claim any amount.
        big: See there.
        skip: Tags whose values are not read.

    Returns:
        The entries; those of unknown type or that point outside are left out, and so is a maker's note that cannot be
        moved (see `pconv_cli.files.metadata.maker_note`). Of a tag that is there twice, the first counts, as for
        readers: tifffile writes a description of its own behind that of the user.

    Raises:
        struct.error: The directory itself lies outside the file.
        GreedyError: The values take more than ``room``.
    """
    fields = [field for field in read_fields(read, offset, order, big=big)[0] if field.tag not in skip]
    entries: Entries = {}
    for field in fields:
        if not field.length or field.tag in entries or field.tag == _INTEROPERABILITY_POINTER:
            continue
        value: bytes | None = field.stored[: field.length]
        if field.is_elsewhere:
            place = struct.unpack(order + ("Q" if big else "I"), field.stored)[0]
            value = read(place, min(field.length, room + 1))
            room -= len(value)
            if room < 0:
                raise GreedyError("its tags claim more bytes than they may")
            if len(value) < field.length:
                continue
            value = movable(value, place) if field.tag == MAKER_NOTE else value
        if value is not None:
            entries[field.tag] = (field.kind, field.count, value)
    return entries


def write_entries(entries: Entries, offset: int, order: str, *, big: bool = False) -> bytes:
    """Lay out one directory that will stand at ``offset``, its long values right behind it."""
    count_form, entry_form, offset_form, inline = ("Q", "HHQ", "Q", 8) if big else ("H", "HHI", "I", 4)
    head = struct.pack(order + count_form, len(entries))
    behind = offset + len(head) + len(entries) * (struct.calcsize(order + entry_form) + inline) + inline
    values = b""
    for tag in sorted(entries):
        kind, count, value = entries[tag]
        head += struct.pack(order + entry_form, tag, kind, count)
        if len(value) <= inline:
            head += value.ljust(inline, b"\0")
        else:
            place = behind + len(values)
            head += struct.pack(order + offset_form, place)
            value = value.at(place) if isinstance(value, MovableNote) else value
            values += value + b"\0" * (len(value) % 2)
    return head + b"\0" * inline + values  # no next directory


def build_exif(order: str, first: Entries, below: dict[int, Entries]) -> bytes:
    """Make an EXIF block of a first directory and of those it points to (by their pointer tags)."""
    pointers: Entries = dict.fromkeys(below, (4, 1, b"\x00\x00\x00\x00"))
    offset = 8 + len(write_entries({**first, **pointers}, 8, order))
    blocks = b""
    for tag, entries in below.items():
        pointers[tag] = (4, 1, struct.pack(order + "I", offset + len(blocks)))
        blocks += write_entries(entries, offset + len(blocks), order)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return start + write_entries({**first, **pointers}, 8, order) + blocks


def split_exif(exif: bytes) -> tuple[str, Entries, dict[int, Entries]]:
    """Take an EXIF block apart: byte order, first directory, and the EXIF and GPS directories below it.

    Raises:
        GreedyError: Its entries claim far more bytes than it has.
        ValueError: It is not an EXIF block.
        struct.error: It is damaged.
    """
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        raise ValueError("not an EXIF block")

    def read(offset: int, length: int) -> bytes:
        return exif[offset : offset + length]

    room = _SHARED * len(exif)
    first = read_entries(read, struct.unpack(order + "I", exif[4:8])[0], order, room=room)
    below = {}
    for tag in (EXIF_POINTER, GPS_POINTER):
        if tag in first:
            kind, count, value = first.pop(tag)
            if kind in (4, 13) and count == 1:
                below[tag] = read_entries(read, struct.unpack(order + "I", value)[0], order, room=room)
    return order, first, below


def is_greedy(block: bytes) -> bool:
    """Check whether the entries of a block (EXIF, say) claim far more bytes than it has, which decoders would read."""
    try:
        split_exif(block)
    except GreedyError:
        return True
    except (ValueError, struct.error):
        return False
    return False


def loses_note(exif: bytes) -> bool:
    """Check whether taking an EXIF block apart loses its maker's note, because that cannot be moved."""

    def read(offset: int, length: int) -> bytes:
        return exif[offset : offset + length]

    try:
        order, _, below = split_exif(exif)
        first, _ = read_fields(read, struct.unpack(order + "I", exif[4:8])[0], order)
        pointer = next((field.stored for field in first if field.tag == EXIF_POINTER), None)
        return pointer is not None and drops_note(read, struct.unpack(order + "I", pointer)[0], order, below)
    except (ValueError, struct.error):
        return False


def drops_note(
    read: Callable[[int, int], bytes], offset: int, order: str, below: dict[int, Entries], *, big: bool = False
) -> bool:
    """Check whether an EXIF directory has a maker's note that `read_entries` left out; see `read_fields`."""
    fields, _ = read_fields(read, offset, order, big=big)
    return MAKER_NOTE not in below.get(EXIF_POINTER, {}) and any(field.tag == MAKER_NOTE for field in fields)
