"""TIFF files opened to be read in windows; light, so that tifffile is loaded where there is a TIFF."""

from pathlib import Path
from typing import TYPE_CHECKING

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.limits import SCAN_PIXELS

if TYPE_CHECKING:
    from pconv_cli.files.tiff.scans import Scan


def open_windowed(path: Path, *, is_mask: bool = False) -> "Scan | None":
    """Open a file that can be read in windows; it is to be closed, or used as a context.

    Args:
        path: Any file.
        is_mask: Whether it may have 1, 2 or 4 bits, as masks do.

    Returns:
        The file; None where it is not a TIFF, or one that has to be decoded as a whole.
    """
    if not is_tiff(path):
        return None
    from pconv_cli.files.tiff.scans import Scan

    try:
        return Scan(path, is_mask=is_mask)
    except ImageError:
        return None


def is_large(scan: "Scan") -> bool:
    """Check whether a TIFF is so large that it is worked on in windows."""
    return scan.size[0] * scan.size[1] >= SCAN_PIXELS


def is_scan(path: Path) -> bool:
    """Say whether a file is a large TIFF that can be read in windows."""
    scan = open_scan(path)
    if scan is None:
        return False
    scan.close()
    return True


def open_scan(path: Path) -> "Scan | None":
    """Open a file that is a large TIFF which can be read in windows; None: it is another."""
    scan = open_windowed(path)
    if scan is None or is_large(scan):
        return scan
    scan.close()
    return None
