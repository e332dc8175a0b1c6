"""TIFF files written again: what did not change is copied as bytes, the rest is encoded as its neighbours are.

The new file has the old one's tags, byte for byte, except for the places of its segments. It is laid out as the old one
is (tiles or strips, compression, predictor, byte order), so that a segment's bytes mean the same in both.

What is encoded is unpacked again at once, by the same thread and another library, and compared; when all is written,
the file is looked at from outside: its layout, its tables, and the bytes of those segments.
"""

import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.cores import usable_cores
from pconv_cli.errors import FileError, OutputError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata import ifd
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.readback import Unfaithful, checking
from pconv_cli.files.tiff.layout import Coding, check_layout, read_layout
from pconv_cli.files.tiff.rewriting.directories import (
    SegmentTables,
    align,
    header,
    place_directories,
    table_entries,
    tags_of,
)
from pconv_cli.files.tiff.rewriting.encoding import can_encode, coding_of, encoder_of
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.segments import Segment
from pconv_cli.files.tiff.tags import XMP, stays

#: Room for what the table and the headers take, when it is foreseen whether a file stays below 4 GiB.
_CLASSIC_LIMIT = (1 << 32) - (64 << 20)

#: Segments that are being encoded at a time.
_AHEAD = 2 * min(8, usable_cores())


def write_scan(
    scan: Scan,
    target: Path,
    changed: NDArray[np.bool_],
    samples: Callable[[int], Samples],
    check: Callable[[], None] = lambda: None,
    *,
    xmp: bytes | None = None,
) -> None:
    """Write a scan again, whole or not at all; see `scan_written`.

    Args:
        scan: See there.
        target: See there.
        changed: See there.
        samples: See there.
        check: Called before the file moves into place, and by an error keeps it from that.
        xmp: See there.

    Raises:
        ImageError: See there.
        OutputError: See there.
    """
    with scan_written(scan, target, changed, samples, xmp=xmp):
        check()


@contextmanager
def scan_written(
    scan: Scan,
    target: Path,
    changed: NDArray[np.bool_],
    samples: Callable[[int], Samples],
    *,
    xmp: bytes | None = None,
) -> Iterator[None]:
    """Write a scan again with other samples in some of its segments; it moves into place when the block ends well.

    Args:
        scan: The source, open.
        target: The file to write.
        changed: For each of ``scan.segments`` whether its samples changed; the bytes of the others are copied, where
            ``scan.keeps_segments``, and else decoded and encoded without loss.
        samples: Gives the new samples ``(h, w, C)`` of a segment by its number; called in rising order.
        xmp: The XMP packet of the new file; None: that of the source.

    Raises:
        ImageError: The source is damaged.
        OutputError: The file cannot be written, or does not read back as it was meant.
    """
    entries, below = tags_of(scan)
    entries |= {XMP: (1, len(xmp), xmp)} if xmp else {}
    big = scan.file.is_bigtiff or _largest_size(scan, changed) > _CLASSIC_LIMIT
    order = scan.file.byteorder
    coding = coding_of(scan)
    with atomic_path(target) as temporary:
        with temporary.open("wb") as file:
            file.write(header(order, big, 0))
            # First, since a maker's note cannot name places beyond 4 GiB.
            place_directories(file, entries, below, order, big=big)
            written = _write_segments(scan, file, encoder_of(scan, coding, target), changed, samples)
            entries |= table_entries(scan, written.offsets, written.counts, order, big=big)
            place = align(file)
            file.write(ifd.write_entries(entries, place, order, big=big))
            file.seek(0)
            file.write(header(order, big, place))
        with checking(target), temporary.open("rb") as again:
            _check(again, scan, coding, written)
        yield


def append_segments(
    scan: Scan, file: BinaryIO, changed: NDArray[np.bool_], samples: Samples, target: Path
) -> SegmentTables:
    """Write the changed tiles or strips of a page at the end of a file that holds the others already.

    Args:
        scan: The page.
        file: The file, a copy of the scan's.
        changed: For each segment whether its samples changed; where the scan's coding cannot stay, all are written.
        samples: ``(H, W, C)`` of the page.
        target: Where the file is going to be, for messages.

    Raises:
        OutputError: What is encoded does not unpack to the samples.
    """
    stored = scan.segments[-1].entry + 1
    offsets, counts = [0] * stored, [0] * stored
    for segment in reversed(scan.segments):  # of pieces of a strip, the first one says where it begins
        offsets[segment.entry] = segment.offset
        counts[segment.entry] += segment.length
    entries = {segment.entry for segment, new in zip(scan.segments, changed, strict=True) if new}
    encode = encoder_of(scan, coding_of(scan), target)
    begun: set[int] = set()
    file.seek(0, 2)
    for segment in scan.segments:
        if scan.keeps_segments and segment.entry not in entries:
            continue
        data = encode(samples[segment.rect.slices])
        if segment.entry not in begun:
            begun.add(segment.entry)
            offsets[segment.entry], counts[segment.entry] = align(file), 0
        file.write(data)
        counts[segment.entry] += len(data)
    return SegmentTables(offsets, counts)


def rewrite(
    scan: Scan,
    target: Path,
    samples: Samples,
    holes: PackedMask,
    check: Callable[[], None],
    *,
    xmp: bytes | None = None,
) -> bool:
    """Write a TIFF that is held whole again, with other samples in its holes, where it can keep all the rest.

    Args:
        scan: The file that it was read from, open.
        target: The file to write.
        samples: ``(H, W, C)``, all of them, as `Scan` gives them.
        holes: Where they may be others than in the source.
        check: See `write_scan`.
        xmp: See `scan_written`.

    Returns:
        Whether it was written; not where something of its layout cannot stay, or the source is another by now.

    Raises:
        OutputError: See `write_scan`.
    """
    try:
        shape = (*scan.size, scan.channels)
        # Bytes that several tiles or strips share would be written once for each.
        held = sum(segment.length for segment in scan.segments) <= scan.path.stat().st_size
        keeps = held and scan.keeps_segments and can_encode(scan) and stays(scan.page)
        if not keeps or (samples.shape, samples.dtype) != (shape, scan.dtype):
            return False
        changed = np.array([holes.has_hole(segment.rect) for segment in scan.segments])
        write_scan(scan, target, changed, lambda number: samples[scan.segments[number].rect.slices], check, xmp=xmp)
    except OutputError:
        raise
    except FileError:
        return False
    return True


class _Encoded(NamedTuple):
    """Where bytes stand that were encoded, and their checksum."""

    place: int
    length: int
    crc: int


class _Written(NamedTuple):
    """What was written: the tables of segments, and what of them was encoded."""

    offsets: list[int]
    counts: list[int]
    encoded: list[_Encoded]


def _check(file: BinaryIO, scan: Scan, coding: Coding, written: _Written) -> None:
    """Check the layout and the tables of the new file, and that what was encoded, and compared, stands in it.

    Raises:
        Unfaithful: It does not.
        ValueError: Its layout is another.
        struct.error: It is cut short.
    """
    layout = read_layout(file)
    check_layout(layout, (*scan.size, scan.channels), scan.dtype)
    if layout.coding != coding or layout.places != list(zip(written.offsets, written.counts, strict=True)):
        raise Unfaithful("its tags are not those that were meant")
    if max(offset + count for offset, count in layout.places) > file.seek(0, 2):
        raise Unfaithful("it is cut short")
    for place, length, crc in written.encoded:
        file.seek(place)
        if zlib.crc32(file.read(length)) != crc:
            raise Unfaithful("a tile or strip differs")


def _write_segments(
    scan: Scan,
    file: BinaryIO,
    encode: Callable[[Samples], bytes],
    changed: NDArray[np.bool_],
    samples: Callable[[int], Samples],
) -> _Written:
    """Write all segments one after the other.

    The pieces of a strip (see `Segment`) come one after the other, and are one strip again.
    """
    stored = scan.segments[-1].entry + 1
    offsets, counts, encoded = [0] * stored, [0] * stored, []
    waiting: deque[tuple[Segment, bytes | Future[bytes]]] = deque()

    def put() -> None:
        segment, data = waiting.popleft()
        is_encoded = isinstance(data, Future)
        data = data.result() if isinstance(data, Future) else data
        if data and not counts[segment.entry]:
            offsets[segment.entry] = align(file)
        if is_encoded:
            encoded.append(_Encoded(file.tell(), len(data), zlib.crc32(data)))
        file.write(data)
        counts[segment.entry] += len(data)

    with ThreadPoolExecutor(max_workers=min(8, usable_cores()), thread_name_prefix="encode") as pool:
        for number, segment in enumerate(scan.segments):
            if changed[number]:
                waiting.append((segment, pool.submit(encode, samples(number))))
            elif scan.keeps_segments:
                waiting.append((segment, scan.raw(segment) if segment.length else b""))
            else:
                waiting.append((segment, pool.submit(encode, scan.decode(segment))))
            while len(waiting) > _AHEAD:
                put()
        while waiting:
            put()
    return _Written(offsets, counts, encoded)


def _largest_size(scan: Scan, changed: NDArray[np.bool_]) -> int:
    """Bytes that the new file may come to: what is encoded grows a little at most, where it is noise."""
    itemsize = scan.dtype.itemsize * scan.channels
    encoded = (
        segment.height * segment.width * itemsize
        for segment, new in zip(scan.segments, changed, strict=True)
        if new or not scan.keeps_segments
    )
    return scan.path.stat().st_size + int(1.1 * sum(encoded))
