"""One page of a TIFF of several: opened so that it can be written again among the others, and filled."""

from pathlib import Path
from typing import TYPE_CHECKING

from pconv_cli.errors import ImageError, option
from pconv_cli.files.images import image_of_page
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.jobs.images.whole import inpaint_image
from pconv_cli.methods.protocol import Backend

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from tifffile import TiffFile

    from pconv_cli.files.tiff.scans import Scan


def open_page(path: Path, number: int, file: "TiffFile") -> "Scan":
    """Open a page of a file, by its number from 0; the file is open, and stays so.

    Raises:
        ImageError: It is of a kind that cannot be restored among others.
    """
    from pconv_cli.files.tiff.rewriting.encoding import can_encode
    from pconv_cli.files.tiff.scans import Scan

    try:
        scan = Scan(path, number=number, file=file)
    except ImageError as error:
        words = str(error).removeprefix(f"{path}: ").partition(", so it cannot be read in windows")[0]
        if len(file.pages) == 1:  # an image of many bands
            raise ImageError(
                f"{path}: {words}, which no image of many bands may; save it with the samples of each pixel together, "
                "in whole bytes"
            ) from error
        raise ImageError(
            f"{path}: its page {number + 1} cannot be restored among others: it {words}; save it as an image of its own"
        ) from error
    if not can_encode(scan):
        scan.close()
        raise ImageError(
            f"{path}: its page {number + 1} is coded in a way that is not written; save it as an image of its own"
        )
    return scan


def filled_page(
    scan: "Scan",
    samples: Samples,
    holes: PackedMask,
    backend: Backend,
    named: tuple[int, int, int] | None,
    left: PackedMask | None = None,
) -> Samples:
    """Fill the holes of a page.

    Args:
        scan: The page, open.
        samples: ``(H, W, C)``, all of it.
        holes: Its mask.
        backend: The method.
        named: On a page of many bands, those that stand for red, green and blue, from 0; None: none is named.
        left: The holes that get a neutral tone instead; None: none.

    Raises:
        ImageError: A band is named that there is not.
    """
    if scan.is_multiband:
        return _with_bands(scan, samples, holes, backend, named, left)
    return inpaint_image(image_of_page(scan, samples), holes.whole(), backend, left=left).stored


def _with_bands(
    scan: "Scan",
    samples: Samples,
    holes: PackedMask,
    backend: Backend,
    named: tuple[int, int, int] | None,
    left: PackedMask | None,
) -> Samples:
    """The same for an image of many bands, whose alpha stays."""
    from pconv_cli.jobs.images.bands import fill_bands

    extra = list(scan.page.extrasamples)
    alphas = {scan.channels - len(extra) + number for number, kind in enumerate(extra) if kind in (1, 2)}
    bands = [band for band in range(scan.channels) if band not in alphas]
    beyond = [band + 1 for band in named or () if band not in bands]
    if beyond:
        raise ImageError(f"{scan.path}: has bands 1 to {len(bands)}, and {option('rgb')} names {beyond[0]}")
    return fill_bands(samples, holes.whole(), bands, named, backend, left, no_data=scan.no_data)
