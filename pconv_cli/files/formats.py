"""The picture formats that are read and written, how their files are named and how they begin."""

import re
from pathlib import Path

from pconv_cli.arguments import Choice
from pconv_cli.files.opening import open_regular


class PictureFormat(Choice):
    """A format of picture files.

    Example:
        >>> PictureFormat("tiff")
        <PictureFormat.TIFF: 'tiff'>
    """

    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"
    BMP = "bmp"
    JP2 = "jp2"
    J2K = "j2k"
    JXL = "jxl"
    AVIF = "avif"


#: The suffixes of each format, the usual one first.
SUFFIXES: dict[PictureFormat, tuple[str, ...]] = {
    PictureFormat.PNG: (".png",),
    PictureFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    PictureFormat.TIFF: (".tif", ".tiff"),
    PictureFormat.WEBP: (".webp",),
    PictureFormat.BMP: (".bmp", ".dib"),
    PictureFormat.JP2: (".jp2", ".jpf", ".jpx"),
    PictureFormat.J2K: (".j2k", ".j2c", ".jpc"),
    PictureFormat.JXL: (".jxl",),
    PictureFormat.AVIF: (".avif",),
}

#: Every suffix by which a picture is found in a folder, in lower case.
PICTURE_SUFFIXES: frozenset[str] = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)

#: Suffixes of pictures that are not read: by them a user is told what was left out.
OTHER_SUFFIXES: frozenset[str] = frozenset({
    ".gif", ".heic", ".heif", ".jxr", ".psd", ".psb", ".xcf", ".tga",
    ".pcx", ".ico", ".svg", ".hdr", ".exr", ".ppm", ".pgm", ".pbm", ".pnm", ".raw", ".dng", ".cr2", ".cr3", ".nef",
    ".arw", ".orf", ".rw2", ".raf",
})  # fmt: skip

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def format_of_name(path: Path) -> PictureFormat | None:
    """The format that a file's suffix stands for, or None."""
    suffix = path.suffix.lower()
    return next((kind for kind, suffixes in SUFFIXES.items() if suffix in suffixes), None)


def names_a_file(path: Path) -> bool:
    """Whether a path that is not there yet reads as that of a file: its suffix is a short word, no version (v1.2)."""
    return not path.is_dir() and re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,4}", path.suffix) is not None


def is_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF does; False where it cannot be read."""
    try:
        with open_regular(path) as file:
            return file.read(4) in _TIFF_STARTS
    except OSError:
        return False


def format_of_bytes(start: bytes) -> PictureFormat | None:
    """The format of a file by its first bytes (12 are enough), or None where it is of no known kind."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureFormat.PNG
    if start.startswith(b"\xff\xd8\xff"):
        return PictureFormat.JPEG
    if start.startswith(_TIFF_STARTS):
        return PictureFormat.TIFF
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if start.startswith(b"BM"):
        return PictureFormat.BMP
    if start.startswith(b"\0\0\0\x0cjP  \r\n\x87\n"):
        return PictureFormat.JP2
    if start.startswith(b"\xff\x4f\xff\x51"):
        return PictureFormat.J2K
    if start.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return PictureFormat.JXL
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return PictureFormat.AVIF
    return None
