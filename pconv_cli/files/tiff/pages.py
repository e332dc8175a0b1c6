"""TIFF files of several images (pages, OME-TIFF, pyramids) written again with some of them changed.

The new file is the old one, with new tiles and strips, and new directories, behind it: whatever is not changed keeps
its bytes and its place, be it a page, a level, or what no program but its maker's knows.

Reference: TIFF 6.0, section 2; Adobe, TIFF Technical Note 1 (trees of directories: SubIFDs).
"""

import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray

from pconv_cli.errors import ImageError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.decoding import decoding
from pconv_cli.files.metadata import ifd
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.readback import checking
from pconv_cli.files.tiff import readback as readback_tiff
from pconv_cli.files.tiff.layout import check_layout, read_layout
from pconv_cli.files.tiff.page import C2PA, directories, is_same_smaller, main_pages, open_tiff
from pconv_cli.files.tiff.rewriting.directories import append_directory
from pconv_cli.files.tiff.rewriting.writer import append_segments
from pconv_cli.files.tiff.samples import is_multiband
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.tags import XMP

_SUB_IFDS = 330
_CLASSIC_LIMIT = (1 << 32) - (64 << 20)


class ChangedPage(NamedTuple):
    """A page or level with other samples.

    Attributes:
        scan: The page, open.
        samples: ``(H, W, C)``, all of it, as the scan gives them.
        changed: For each of ``scan.segments`` whether its samples changed.
        xmp: Its XMP packet; None: as it was.
    """

    scan: Scan
    samples: Samples
    changed: NDArray[np.bool_]
    xmp: bytes | None = None


def page_sizes(path: Path) -> list[tuple[int, int]]:
    """Give (height, width) of each page of a file, previews and levels not counted."""
    with open_tiff(path) as file:
        return [(int(page.imagelength), int(page.imagewidth)) for page in main_pages(file)]


@contextmanager
def shared_pages(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a file once for the scans of all its pages, each directory of which is then read once.

    Raises:
        ImageError: It is damaged.
    """
    with ExitStack() as opened:
        with decoding(path):
            file = opened.enter_context(open_tiff(path))
            file.pages.cache = True
        yield file


def has_levels(path: Path) -> bool:
    """Say whether the first page of a file has smaller copies of itself, as SubIFDs or as further pages."""
    with open_tiff(path) as file:
        return bool(level_offsets(file, 0))


def has_bands(path: Path) -> bool:
    """Say whether the first page of a file has many bands."""
    with open_tiff(path) as file:
        return is_multiband(main_pages(file)[0])


def level_offsets(file: tifffile.TiffFile, number: int) -> list[int]:
    """Find where the directories of smaller copies of a page begin, the largest first."""
    pages = main_pages(file)
    page = pages[number]
    others = [one.aspage() for one in page.pages or ()]
    if len(pages) == 1:
        others += [one for one in directories(file) if one.offset != page.offset]
    return [one.offset for one in others if is_same_smaller(one, page)]


@contextmanager
def pages_written(source: Path, target: Path, changes: Iterable[ChangedPage]) -> Iterator[None]:
    """Write a file again with some of its pages and levels changed; it moves into place when the block ends well.

    Args:
        source: The file.
        target: The file to write.
        changes: What changed, levels before the page that they belong to; one at a time is asked for, written and read
            back.

    Raises:
        ImageError: The file would grow beyond the 4 GiB that its kind of TIFF can hold.
        OutputError: The file cannot be written, or does not read back as it was meant.
    """
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
        with temporary.open("r+b") as file:
            tree = _Tree(file)
            file.seek(0, 2)
            for change in changes:
                _append(file, tree, change, target)
                file.flush()
                with checking(target), temporary.open("rb") as again:
                    scan = change.scan
                    layout = read_layout(again, tree.moved[scan.page.offset])
                    check_layout(layout, (*scan.size, scan.channels), scan.dtype)
                    readback_tiff.check_segments(again, layout, change.samples)
            if not tree.big and file.seek(0, 2) > _CLASSIC_LIMIT:
                raise ImageError(f"{source}: would grow beyond 4 GiB; save it as BigTIFF first")
            tree.repoint(file)
        with checking(target), temporary.open("rb") as again:
            if set(_Tree(again).all_offsets()) != {tree.moved.get(one, one) for one in tree.all_offsets()}:
                raise ValueError("its directories are not those that were meant")
        yield


def _append(file: BinaryIO, tree: "_Tree", change: ChangedPage, target: Path) -> None:
    """Write a page's new segments and its new directory behind the rest of the file."""
    scan, old = change.scan, change.scan.page.offset
    tables = append_segments(scan, file, change.changed, change.samples, target)
    subs = tree.subs.get(old, [])
    further: ifd.Entries = {XMP: (1, len(change.xmp), change.xmp)} if change.xmp else {}
    if subs:
        form, kind = ("Q", 18) if tree.big else ("I", 13)
        places = [tree.moved.get(one, one) for one in subs]
        further[_SUB_IFDS] = (kind, len(places), struct.pack(f"{tree.order}{len(places)}{form}", *places))
    place = append_directory(scan, file, tables, further)
    tree.moved[old] = place


class _Tree:
    """The directories of a file: the chain of pages, and those below each.

    Attributes:
        order: Byte order, ``"<"`` or ``">"``.
        big: Whether it is a BigTIFF.
        chain: Where pages begin, in their order. A directory that holds nothing but a C2PA manifest is no page, and is
            left out, since the manifest signs the old file.
        subs: Where the directories below a page begin, by the page's own place.
        moved: Where directories are written again, by their old place.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        start = self._read(0, 16)
        self.order = "<" if start[:2] == b"II" else ">"
        self.big = start[2:4] in (b"+\0", b"\0+")
        self._form = "Q" if self.big else "I"
        self._head = 8 if self.big else 4
        (place,) = struct.unpack_from(self.order + self._form, start, self._head)
        self.chain: list[int] = []
        self.subs: dict[int, list[int]] = {}
        self.moved: dict[int, int] = {}
        seen: set[int] = set()
        while place and place not in seen:
            seen.add(place)
            fields, follows = ifd.read_fields(self._read, place, self.order, big=self.big)
            if {field.tag for field in fields} != {C2PA}:
                self.chain.append(place)
                self.subs[place] = self._places_of(fields)
            place = follows

    def all_offsets(self) -> Iterator[int]:
        """Give the places of all directories, pages and those below them."""
        for place in self.chain:
            yield place
            yield from self.subs[place]

    def repoint(self, file: BinaryIO) -> None:
        """Let the header and the pages' chain point to where directories are now."""
        places = [self.moved.get(place, place) for place in self.chain]
        for before, place in zip([None, *places], [*places, 0], strict=True):
            file.seek(self._head if before is None else self._next(before))
            file.write(struct.pack(self.order + self._form, place))

    def _next(self, place: int) -> int:
        """Where a directory names the next one."""
        count, entry = ("Q", 20) if self.big else ("H", 12)
        head = struct.calcsize(self.order + count)
        (total,) = struct.unpack(self.order + count, self._read(place, head))
        return place + head + int(total) * entry

    def _places_of(self, fields: list[ifd.IfdEntry]) -> list[int]:
        for field in fields:
            if field.tag == _SUB_IFDS and field.length:
                values = field.stored[: field.length]
                if field.is_elsewhere:
                    (place,) = struct.unpack(self.order + self._form, field.stored)
                    values = self._read(place, field.length)
                size = field.length // field.count
                form = {4: "I", 8: "Q"}[size]
                return list(struct.unpack(f"{self.order}{field.count}{form}", values))
        return []

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)
