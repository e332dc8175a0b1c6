"""Huge TIFF files, read in windows: only the tiles or strips that a window touches are decoded.

Reference: TIFF 6.0, section 14 (predictor).
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC

from pconv_cli.errors import ImageError
from pconv_cli.files.colour.alpha import unassociated
from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.files.limits import MAX_SCAN_PIXELS
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.tiff.codecs import check_as_decoded, check_segment
from pconv_cli.files.tiff.no_data import no_data_of
from pconv_cli.files.tiff.page import checked_page, has_alpha, main_pages, only_page, open_tiff, settle_segments
from pconv_cli.files.tiff.samples import check_kind, is_multiband, lab_of, turned
from pconv_cli.files.tiff.segments import Segment, dtype_of, is_plain, segments_of, why_whole
from pconv_cli.files.tiff.tags import ICC, LOSSLESS, XMP, orientation_of, read_tags
from pconv_cli.tiling.rect import Rect

#: Bytes of decoded segments that are kept, so that windows that overlap decode little twice. Strips run through the
#: whole width, so that a row of windows needs all of theirs.
_TILE_CACHE, _STRIP_CACHE = 96 << 20, 512 << 20


class Scan:
    """A TIFF file of one page that is open for reading in windows; a context manager.

    Args:
        path: The file.
        is_mask: Whether it is a mask, of which fewer bits a sample are read.
        number: Number of the page, from 0; None: there has to be one alone.
        level: Where the directory of a smaller copy of the page begins; None: the page itself.
        file: The file, open, which several scans of one thread share, and which stays open; None: it is opened.

    Attributes:
        path: The file.
        page: The page in tifffile's words.
        size: (height, width) in pixels.
        channels: Samples a pixel, alpha or another further channel included.
        is_multiband: Whether there are more channels than colours and one other.
        has_alpha: Whether the last channel is an alpha.
        is_associated: Whether the colours are multiplied by it.
        dtype: Type of the samples as they are given: uint8, uint16, float32 ...
        lab: How Lab samples are stored, by TIFF's number; 0 where they are no Lab.
        no_data: The sample that stands for "no data"; None: there is none.
        notes: What a user should know about how it is read and written.
        tags: What stands beside the samples.
        segments: The tiles or strips, in the file's order.

    Raises:
        ImageError: The file is damaged, of no supported kind, or one that cannot be read in windows (a palette,
            planes apart, one compressed strip for the whole image, ...).
    """

    def __init__(
        self,
        path: Path,
        *,
        is_mask: bool = False,
        number: int | None = None,
        level: int | None = None,
        file: tifffile.TiffFile | None = None,
    ) -> None:
        self.path = path
        self._is_shared = file is not None
        with decoding(path):
            self.file = open_tiff(path) if file is None else file
            try:
                self.page = self._page(path, number, level)
                check_kind(self.page, path, bands=number is not None)
                self.size = (int(self.page.imagelength), int(self.page.imagewidth))
                check_size(path, self.size, MAX_SCAN_PIXELS)
                reason = why_whole(self.page, is_mask)
                if reason:
                    remedy = "it as a tiled TIFF" if number is None else "the page as an image of its own"
                    raise ImageError(f"{path}: {reason}, so it cannot be read in windows; save {remedy}")
                settle_segments(self.page)
                check_as_decoded(self.page)
                self.segments = list(segments_of(self.page))
                self.tags = read_tags(self.file, self.page, alone=number is None)
                self.is_multiband = is_multiband(self.page)
                self.channels = int(self.page.samplesperpixel)
                self.has_alpha = has_alpha(self.page)
                self.is_associated = EXTRASAMPLE.ASSOCALPHA in self.page.extrasamples
                self.lab = lab_of(self.page)
                self.no_data = no_data_of(self.page)
                self.dtype = np.dtype(np.uint8) if self.page.bitspersample < 8 else dtype_of(self.page)
                self.notes = self.tags.notes
                if not self.keeps_segments:
                    name = COMPRESSION(self.page.compression).name
                    self.notes += (f"compressed by {name}: written with lossless compression",)
            except BaseException:
                self.close()
                raise
        self.forget()

    def forget(self) -> None:
        """Free the segments that were decoded for windows; they are decoded again where they are asked for."""
        self._cache: OrderedDict[int, Samples] = OrderedDict()
        self._room = _TILE_CACHE if self.page.is_tiled else _STRIP_CACHE

    def _page(self, path: Path, number: int | None, level: int | None) -> tifffile.TiffPage:
        """The file's only page, or one of several, or a smaller copy of it, by where its directory begins."""
        if number is None:
            return only_page(self.file, path)
        page = main_pages(self.file)[number]
        if level is not None:
            own = [one.aspage() for one in page.pages or ()]
            every = own + [self.file.pages[index].aspage() for index in range(len(self.file.pages))]
            page = next(one for one in every if one.offset == level)
        return checked_page(page, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it is shared."""
        if not self._is_shared:
            self.file.close()

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1 to 8; windows are read as they are stored."""
        return orientation_of(self.page)

    @property
    def icc(self) -> bytes | None:
        """The colour profile."""
        profile = self.page.tags.valueof(ICC)
        return bytes(profile) if profile else None

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet, as it is carried over."""
        entry = self.tags.entries.get(XMP)
        return None if entry is None else entry[2]

    @property
    def keeps_segments(self) -> bool:
        """Whether segments are lossless, so that their bytes can stay."""
        return self.page.compression in LOSSLESS

    def read(self, rect: Rect) -> Samples:
        """Read the samples ``(h, w, C)`` of a rectangle.

        Raises:
            ImageError: A segment is damaged.
        """
        samples = np.empty((*rect.size, self.channels), self.dtype)
        for number in self._touched(rect):
            place = self.segments[number].rect
            part = place.overlap(rect)
            if part is not None:
                samples[part.relative_to(rect).slices] = self._cached(number)[part.relative_to(place).slices]
        return samples

    def window(self, rect: Rect) -> Samples:
        """Read the samples ``(h, w, C)`` of a rectangle as methods see them; see `seen`.

        Raises:
            ImageError: A segment is damaged.
        """
        return self.seen(self.read(rect))

    def seen(self, samples: Samples) -> Samples:
        """Give samples ``(h, w, C)`` as methods see them: alpha unassociated, other further channels removed."""
        if self.is_associated:
            return unassociated(samples)
        return samples if self.has_alpha or self.channels in (1, 3) else samples[:, :, :-1]

    def decode(self, segment: Segment, data: bytes | None = None) -> Samples:
        """Decode one segment (or its bytes, where they are read already) into samples ``(h, w, C)``.

        Raises:
            ImageError: It is damaged.
        """
        shape = (segment.height, segment.width, self.channels)
        if not segment.length:
            return self._polarised(np.zeros(shape, self.dtype))
        data = self.raw(segment) if data is None else data
        page = self.page
        samples: NDArray[Any]
        with decoding(self.path):
            if is_plain(page):
                wide = int(page.tilewidth) if page.is_tiled else segment.width
                stored = np.frombuffer(data, dtype_of(page).newbyteorder(self.file.byteorder))
                rows = stored.size // (wide * self.channels)
                samples = stored[: rows * wide * self.channels].reshape(1, rows, wide, self.channels).astype(self.dtype)
            else:
                check_segment(page, data, (segment.height, segment.width))
                tables = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
                samples = np.asarray(page.decode(data, segment.entry, **tables)[0])
            samples = samples[0, : segment.height, : segment.width]
            if samples.shape != shape:
                raise ValueError(f"a tile or strip holds {samples.shape[:2]} pixels, not {shape[:2]}")
            if page.bitspersample < 8:
                samples = samples.astype(np.uint8) * np.uint8(255 // (2**page.bitspersample - 1))
            return self._polarised(samples)

    def raw(self, segment: Segment) -> bytes:
        """Read the bytes of a segment as they stand in the file.

        Raises:
            ImageError: The file ends before them.
        """
        with decoding(self.path):
            self.file.filehandle.seek(segment.offset)
            data = bytes(self.file.filehandle.read(segment.length))
            if len(data) != segment.length:
                raise ValueError("the file ends before its last tile or strip")
            return data

    def _polarised(self, samples: NDArray[Any]) -> Samples:
        return turned(samples) if self.page.photometric == PHOTOMETRIC.MINISWHITE else samples

    def _cached(self, number: int) -> Samples:
        samples = self._cache.get(number)
        if samples is None:
            samples = self.decode(self.segments[number])
            self._cache[number] = samples
            self._room -= samples.nbytes
            while self._room < 0 and len(self._cache) > 1:
                self._room += self._cache.popitem(last=False)[1].nbytes
        self._cache.move_to_end(number)
        return samples

    def _touched(self, rect: Rect) -> Iterator[int]:
        """Give the numbers of the segments that a rectangle touches."""
        wide = int(self.page.tilewidth) if self.page.is_tiled else self.size[1]
        across = -(-self.size[1] // wide)
        first = bisect_right(self.segments, rect.top, key=attrgetter("top")) - 1  # the last one that begins by there
        for start in range(first // across * across, len(self.segments), across):
            if self.segments[start].top >= rect.bottom:
                break
            yield from (start + column for column in range(rect.left // wide, (rect.right - 1) // wide + 1))
