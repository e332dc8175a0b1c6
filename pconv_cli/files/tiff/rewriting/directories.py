"""The tags of a TIFF that is written again, and where its directories and tables go."""

import struct
from typing import BinaryIO, NamedTuple

from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC

from pconv_cli.files.metadata import ifd
from pconv_cli.files.tiff.rewriting.encoding import lossless_predictor
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.tags import OF_JPEG

_COMPRESSION, _PHOTOMETRIC, _PREDICTOR = 259, 262, 317
_OFFSETS, _COUNTS = (273, 324), (279, 325)
_FURTHER, _FURTHER_KINDS = 338, (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA)


class SegmentTables(NamedTuple):
    """Where the segments of a page are."""

    offsets: list[int]
    counts: list[int]


def append_directory(scan: Scan, file: BinaryIO, tables: SegmentTables, further: ifd.Entries) -> int:
    """Write a page's directory, and those of EXIF and GPS, at the end of a file.

    Args:
        scan: The page.
        file: The file, at its end.
        tables: Where its segments are.
        further: Tags that are no others of the scan's.

    Returns:
        Where it begins.
    """
    entries, below = tags_of(scan)
    order, big = scan.file.byteorder, scan.file.is_bigtiff
    place_directories(file, entries, below, order, big=big)
    entries |= further | table_entries(scan, tables.offsets, tables.counts, order, big=big)
    place = align(file)
    file.write(ifd.write_entries(entries, place, order, big=big))
    return place


def place_directories(
    file: BinaryIO, entries: ifd.Entries, below: dict[int, ifd.Entries], order: str, *, big: bool
) -> None:
    """Write the directories of EXIF and GPS, and let the entries point there."""
    for tag, directory in below.items():
        place = align(file)
        file.write(ifd.write_entries(directory, place, order, big=big))
        entries[tag] = (4, 1, struct.pack(order + "I", place)) if not big else (16, 1, struct.pack(order + "Q", place))


def table_entries(scan: Scan, offsets: list[int], counts: list[int], order: str, *, big: bool) -> ifd.Entries:
    """Give the tables of tiles or strips as entries."""
    names = (_OFFSETS[1], _COUNTS[1]) if scan.page.is_tiled else (_OFFSETS[0], _COUNTS[0])
    kind, form = (16, "Q") if big else (4, "I")
    return {
        tag: (kind, len(values), struct.pack(f"{order}{len(values)}{form}", *values))
        for tag, values in zip(names, (offsets, counts), strict=True)
    }


def tags_of(scan: Scan) -> tuple[ifd.Entries, dict[int, ifd.Entries]]:
    """Collect the tags of the new file except for its tables of segments, and the directories below: EXIF and GPS."""
    order, entries = scan.file.byteorder, dict(scan.tags.entries)
    if not scan.is_multiband and entries.pop(_FURTHER, None) is not None and scan.channels in (2, 4):
        # As it was understood: where its type or value is odd, libtiff refuses the whole file.
        extra = next(iter(scan.page.extrasamples), 0)
        entries[_FURTHER] = (3, 1, struct.pack(order + "H", extra if extra in _FURTHER_KINDS else 0))
    if not scan.keeps_segments:
        entries = {tag: entry for tag, entry in entries.items() if tag not in OF_JPEG}
        photometric = PHOTOMETRIC.RGB if scan.channels > 2 else PHOTOMETRIC.MINISBLACK
        coding = {
            _COMPRESSION: COMPRESSION.ADOBE_DEFLATE,
            _PREDICTOR: lossless_predictor(scan),
            _PHOTOMETRIC: photometric,
        }
        entries |= {tag: (3, 1, struct.pack(order + "H", value)) for tag, value in coding.items()}
    return entries, scan.tags.below


def header(order: str, big: bool, first: int) -> bytes:
    """Return the header of a file, of byte order ``<`` or ``>``, whose first directory begins at ``first``."""
    mark = b"II" if order == "<" else b"MM"
    return mark + (struct.pack(order + "HHHQ", 43, 8, 0, first) if big else struct.pack(order + "HI", 42, first))


def align(file: BinaryIO) -> int:
    """Fill up to an even place, where directories and data have to begin, and give it."""
    place = file.tell()
    file.write(b"\0" * (place % 2))
    return place + place % 2
