"""Images of a run opened: here alone it is decided which are held whole, and which are read in windows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pconv_cli.errors import FileError
from pconv_cli.files.codecs import registry
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.tiff.windowed import is_large, open_windowed
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.paged.pages import PagedImage, is_paged
from pconv_cli.jobs.images.scan import ScanImage
from pconv_cli.jobs.images.sources import ChangedError, Sources
from pconv_cli.jobs.images.unpacked import open_unpacked
from pconv_cli.jobs.images.whole import WholeImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.tiling.rect import Rect

#: How often files are read that change meanwhile.
_ATTEMPTS = 3


def open_image(job: RestoreJob, options: InpaintOptions) -> OpenImage:
    """Open the image of a job, once for all that is done with it, and read nothing of it yet.

    A large TIFF is read in windows, where that can be and it is written as TIFF again. Large files of formats that are
    decoded some rows at a time are unpacked into one first.

    Raises:
        ImageError: See `OpenImage`.
    """
    unpacked = open_unpacked(job, options)
    if unpacked is not None:
        return unpacked
    scan = open_windowed(job.pair.image) if job.format in (None, ImageFormat.TIFF) else None
    with ExitStack() as opened:
        if scan is not None:
            opened.callback(scan.close)
        if is_paged(job.pair, job.format, options.max_pixels, scan):
            return PagedImage(job.pair, options)
        image: OpenImage = WholeImage(job.pair, options, scan)
        if scan is not None:
            from pconv_cli.files.tiff.rewriting.encoding import can_encode

            if is_large(scan) and can_encode(scan):
                image = ScanImage(job.pair, options, scan)
        opened.pop_all()  # the image closes it
        return image


def open_and_read(job: RestoreJob, options: InpaintOptions) -> OpenImage:
    """Open the image of a job and read what has to be known before it is filled; see `OpenImage.read`."""
    image = open_image(job, options)
    try:
        image.read()
    except BaseException as error:
        image.__exit__(type(error), error, error.__traceback__)
        raise
    return image


def read_steadily(job: RestoreJob, options: InpaintOptions) -> tuple[OpenImage, Sources]:
    """Read the image of a job, again where its files change meanwhile, and say what they held.

    Raises:
        FileError: They go on changing, or see `open_and_read`.
    """
    for attempt in range(_ATTEMPTS):
        try:
            sources = Sources(job.pair.image, job.pair.masks)
        except OSError as error:
            with open_and_read(job, options):  # says what is wrong, in its own words
                raise FileError(f"{error.filename}: cannot be read again ({error.strerror}); check the path") from error
        try:
            image = open_and_read(job, options)
            try:
                sources.check()
            except BaseException as error:
                image.__exit__(type(error), error, error.__traceback__)
                raise
            return image, sources
        except FileError as error:  # half of one file and half of another may be damaged, too
            if attempt == _ATTEMPTS - 1 or not _has_changed(sources, error):
                raise
    raise AssertionError


@contextmanager
def open_restored(path: Path, image: OpenImage, options: InpaintOptions) -> Iterator[Callable[[Rect], Samples]]:
    """Open a restored file of an image as the image itself is opened; inside this block its windows can be read.

    Args:
        path: The file.
        image: The image that it was made of.
        options: How that is read.

    Raises:
        FileError: It cannot be read, or is of another size than its image.
    """
    other = FileError(f"{path}: has another size than its image; move it away and restore it again")
    if image.is_windowed and image.format is not ImageFormat.TIFF:
        with registry.open_rows(path, image.format) as rows:
            if rows is None or rows.shape[:2] != image.size:
                raise other
            yield rows.window
        return
    if image.is_windowed or image.page is not None:
        from pconv_cli.files.tiff.scans import Scan

        with Scan(path, number=image.page) as scan:
            if image.page is None and scan.size != image.size:
                raise other
            yield scan.window
        return
    stored = read_image(path, max_pixels=options.max_pixels)
    if stored.size != image.size:
        raise other
    yield stored.window


def _has_changed(sources: Sources, error: FileError) -> bool:
    """Say whether an error while files were read came of their being changed."""
    if isinstance(error, ChangedError):
        return True
    try:
        sources.check()
    except FileError:
        return True
    return False
