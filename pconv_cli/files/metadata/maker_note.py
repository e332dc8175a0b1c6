"""Cameras' private notes in EXIF, moved within a file without breaking the places that they name.

Most notes are a directory of TIFF entries behind a maker's name. Some makers count places from the start of the note,
and such a note may stand anywhere; others from the start of the file, and what they name is lost where the note moves.
Nobody says which, but the places do: those from the start of the file lie where the note lies.
"""

import struct
from typing import NamedTuple

MAKER_NOTE = 37500

#: Bytes of a name before the directory: none (Canon, Minolta), AOC (Pentax), OLYMP and old Nikon, Panasonic and Sony.
_NAMES = (0, 6, 8, 10, 12)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_IFD = 13
_MOST_ENTRIES = 1000


class MovableNote(bytes):
    """A note whose places are counted from the note's start, ready to be put anywhere."""

    order: str
    fields: tuple[int, ...]

    def at(self, place: int) -> bytes:
        """Give the note for a place in a file, within the first 4 GiB."""
        note = bytearray(self)
        for field in self.fields:
            target = struct.unpack_from(self.order + "I", note, field)[0]
            struct.pack_into(self.order + "I", note, field, target + place)
        return bytes(note)


class _Pointer(NamedTuple):
    field: int
    target: int
    length: int
    is_directory: bool


def movable(note: bytes, place: int) -> bytes | None:
    """Make a note fit to be moved.

    Args:
        note: The note.
        place: Where it stands, counted as its EXIF block counts.

    Returns:
        The note, or a `MovableNote` where its places are those of the file; None where they name what is not in the
        note, so that it cannot be moved whole.
    """
    for name in _NAMES:
        for order in ("<", ">"):
            pointers = _pointers(note, name, order)
            if pointers is None:
                continue
            if all(0 <= one.target - place <= len(note) - one.length for one in pointers):
                return _counted_from_start(note, place, order, pointers) if pointers else note
            # Relative to the note, or to its directory: it says so by being within.
            return note if all(one.target + one.length <= len(note) for one in pointers) else None
    return note  # no directory, and so no places that anybody knows


def _pointers(note: bytes, start: int, order: str) -> list[_Pointer] | None:
    """The places that a directory within the note names; None where there is no directory."""
    if len(note) < start + 2 or (start and not note[:1].isalpha()):
        return None
    count = struct.unpack_from(order + "H", note, start)[0]
    if not 0 < count <= _MOST_ENTRIES or start + 2 + 12 * count > len(note):
        return None
    pointers = []
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        _, kind, values, target = struct.unpack_from(order + "HHII", note, entry)
        if kind not in _SIZES:
            return None
        length = values * _SIZES[kind]
        if length > len(note):
            return None
        if length > 4 or kind == _IFD:
            pointers.append(_Pointer(entry + 8, target, length, kind == _IFD))
    return pointers


def _counted_from_start(note: bytes, place: int, order: str, pointers: list[_Pointer]) -> MovableNote | None:
    if any(one.is_directory for one in pointers):  # with places of its own, of which nobody knows how they are counted
        return None
    moved = bytearray(note)
    for one in pointers:
        struct.pack_into(order + "I", moved, one.field, one.target - place)
    movable_note = MovableNote(moved)
    movable_note.order, movable_note.fields = order, tuple(one.field for one in pointers)
    return movable_note
