"""A huge image of another format than TIFF, unpacked into a tiled TIFF beside its output, and restored as a scan is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pconv_cli.errors import ImageError
from pconv_cli.files.atomic import atomic_path, scratch_path
from pconv_cli.files.codecs import registry
from pconv_cli.files.formats import ImageFormat, ReadOnly
from pconv_cli.files.images import read_format
from pconv_cli.files.limits import SCAN_PIXELS
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.metadata.provenance import Provenance
from pconv_cli.files.readback import Unfaithful, checking, encoding
from pconv_cli.jobs.images.scan import ScanImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.methods.protocol import Backend
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where it is needed
    from pconv_cli.files.tiff.scans import Scan

#: Pixels of the written file that are compared at a time.
_STRIP = 8_000_000


def open_unpacked(job: RestoreJob, options: InpaintOptions) -> "UnpackedImage | None":
    """Open the image of a job, where it is large, and of a format that is decoded some rows at a time.

    Returns:
        The image, not unpacked yet; None where it is another, or is to be written in a third format, or its mask is
        its own transparency.

    Raises:
        ImageError: It is damaged, or of a kind that is not read.
    """
    path = job.pair.image
    if job.pair.mask is None or job.pair.pixels < SCAN_PIXELS:
        return None
    kind = read_format(path)
    own = kind if isinstance(kind, ImageFormat) else ImageFormat.TIFF
    written = job.format or own
    if kind is ImageFormat.TIFF or written not in (own, ImageFormat.TIFF) or not registry.reads_rows(kind):
        return None
    with registry.open_rows(path, kind) as rows:
        if rows is None:
            return None
        return UnpackedImage(job, options, kind, written, (rows.shape[0], rows.shape[1]))


class UnpackedImage(ScanImage):
    """An image that is unpacked when the first sample of it is asked for; see `OpenImage`.

    Args:
        job: The image, and where it goes.
        options: How it is read.
        kind: Its format.
        written: The format that it is written in.
        size: (height, width) in pixels.
    """

    def __init__(
        self,
        job: RestoreJob,
        options: InpaintOptions,
        kind: ImageFormat | ReadOnly,
        written: ImageFormat,
        size: tuple[int, int],
    ) -> None:
        super().__init__(job.pair, options, None)
        self._folder = job.target.parent
        self._kind, self._written, self._size = kind, written, size
        self._metadata = Metadata()
        self._work = ExitStack()  # what is unpacked, until the image is closed
        self._own_notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """See `OpenImage`."""
        return self._size

    @property
    def format(self) -> ImageFormat:
        """The format that it is written in."""
        return self._written

    @property
    def notes(self) -> tuple[str, ...]:
        """See `OpenImage`; of a copy there is nothing to say."""
        return () if self.is_copied else (*self._own_notes, *super().notes)

    @property
    def is_copied(self) -> bool:
        """See `OpenImage`."""
        return not self.has_holes and self._kind is self._written

    def read(self) -> None:
        """See `OpenImage`; what is copied is not unpacked."""
        if not self.is_copied:
            super().read()

    def record(self, said: Provenance) -> None:
        """See `OpenImage`."""
        if Metadata.has_place_for_xmp(self._written):
            super().record(said)

    def fill(self, backend: Backend, target: Path) -> None:
        """See `OpenImage`; where it is no TIFF that is written, a TIFF is filled first, and then encoded."""
        if self._written is ImageFormat.TIFF or self.is_copied:
            super().fill(backend, target)
            return
        place = self._work.enter_context(scratch_path(self._folder, ".tif"))
        super().fill(backend, place)
        self._output.close()  # moves the TIFF into its place
        self._filled = place
        with measured("encode"):
            self._output.enter_context(self._encoded(place, target))

    def write(self, target: Path, check: Callable[[], None]) -> None:
        """See `OpenImage`."""
        super().write(target, check)
        if self._restored is not None and self._written is not ImageFormat.TIFF:
            self._restored = self._filled  # the same samples, in windows

    @contextmanager
    def _encoded(self, place: Path, target: Path) -> Iterator[None]:
        """Encode the filled TIFF, and read that back; it moves into place when the block ends well."""
        from pconv_cli.files.codecs.boxed import jpeg2000_tiles
        from pconv_cli.files.tiff.scans import Scan

        metadata = self._metadata.with_xmp(self._recorded) if self._recorded else self._metadata
        with atomic_path(target) as temporary, Scan(place) as scan:
            shape, bits = (*scan.size, scan.channels), 8 * scan.dtype.itemsize
            with encoding(target), temporary.open("wb") as file:
                jpeg2000_tiles.write_tiles(file, shape, bits, scan.read, metadata, self._written)
            with checking(target), registry.open_rows(temporary, self._written) as rows:
                if rows is None or (rows.shape, rows.dtype) != (shape, scan.dtype):
                    raise Unfaithful("it is of another size or depth")
                step = max(1, _STRIP // shape[1])
                for top in range(0, shape[0], step):
                    rect = Rect.between(top, 0, min(shape[0], top + step), shape[1])
                    if not np.array_equal(rows.window(rect), scan.read(rect)):
                        raise Unfaithful(f"its rows from {top} on differ")
            yield

    def _open(self) -> "Scan":
        from pconv_cli.files.tiff.scans import Scan
        from pconv_cli.files.tiff.unpacked import unpack

        source = self.pair.image
        place = self._work.enter_context(scratch_path(self._folder, ".tif"))
        with registry.open_rows(source, self._kind) as rows:
            if rows is None:  # another file by now
                raise ImageError(f"{source}: was changed while it was read; run the same command again")
            lost = unpack(rows, source, place)
            self._metadata, self._own_notes = rows.metadata, rows.notes
        if isinstance(self._kind, ReadOnly):
            self._own_notes = (f"is read, and not written, as {self._kind.value}", *self._own_notes)
        elif self._kind is not self._written and lost:
            self._own_notes += (f"written as tiff, which has no place for its {' and '.join(lost)}",)
        elif self._kind is self._written:
            self._own_notes += ("is large, and so written in tiles",)
        return Scan(place)

    def _close(self, error: BaseException | None) -> None:
        try:
            super()._close(error)
        finally:
            self._work.close()
