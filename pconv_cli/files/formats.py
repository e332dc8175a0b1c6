"""The image formats that are read and written, how their files are named and how they begin."""

import re
from pathlib import Path

from pconv_cli.arguments import Choice
from pconv_cli.files.opening import open_regular


class ImageFormat(Choice):
    """A format of image files.

    Example:
        >>> ImageFormat("tiff")
        <ImageFormat.TIFF: 'tiff'>
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


class ReadOnly(Choice):
    """A format of image files that are read and not written: their images become TIFF, or what is asked for."""

    PSD = "psd"
    RAW = "raw"
    HEIC = "heic"
    PDF = "pdf"
    GIF = "gif"
    PNM = "pnm"
    EXR = "exr"


#: The suffixes of each format, the usual one first.
SUFFIXES: dict[ImageFormat, tuple[str, ...]] = {
    ImageFormat.PNG: (".png",),
    ImageFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    ImageFormat.TIFF: (".tif", ".tiff", ".svs"),
    ImageFormat.WEBP: (".webp",),
    ImageFormat.BMP: (".bmp", ".dib"),
    ImageFormat.JP2: (".jp2", ".jpf", ".jpx"),
    ImageFormat.J2K: (".j2k", ".j2c", ".jpc"),
    ImageFormat.JXL: (".jxl",),
    ImageFormat.AVIF: (".avif",),
}

#: The formats whose files hold a C2PA manifest, with their media types.
SIGNED_FORMATS: dict[ImageFormat, str] = {
    ImageFormat.PNG: "image/png",
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.TIFF: "image/tiff",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.JXL: "image/jxl",
    ImageFormat.AVIF: "image/avif",
}

#: Those of camera raw, many of which begin as a TIFF does, and hold a thumbnail as such.
RAW_SUFFIXES = (".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw")

#: Suffixes of images that are read and not written.
READ_ONLY_SUFFIXES: frozenset[str] = frozenset({
    ".psd", ".psb", *RAW_SUFFIXES, ".heic", ".heif", ".pdf", ".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm", ".exr",
})  # fmt: skip

#: Every suffix by which a mask is found in a folder, in lower case.
MASK_SUFFIXES: frozenset[str] = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
MASK_SUFFIXES |= {".gif", ".pbm", ".pgm", ".pnm"}

#: Suffixes of images that are read, and not as masks.
NO_MASK_SUFFIXES: frozenset[str] = READ_ONLY_SUFFIXES - MASK_SUFFIXES

#: Suffixes by which annotation files are found in a folder; see `pconv_cli.masks.annotations.formats`.
ANNOTATION_SUFFIXES: frozenset[str] = frozenset({".json", ".geojson", ".xml", ".svg", ".dxf", ".psd", ".psb"})

#: Every suffix by which an image is found in a folder.
IMAGE_SUFFIXES: frozenset[str] = MASK_SUFFIXES | READ_ONLY_SUFFIXES

#: Suffixes of images that are not read: by them a user learns what was left out.
OTHER_SUFFIXES: frozenset[str] = frozenset({
    ".jxr", ".wdp", ".xcf", ".kra", ".afphoto", ".tga", ".pcx", ".ico", ".sgi", ".dds", ".svg", ".eps", ".hdr", ".pam",
    ".dpx", ".cin", ".djvu", ".jpm", ".hif", ".fits", ".fit", ".fts", ".dcm", ".ecw", ".sid", ".ndpi", ".mrxs", ".czi",
    ".raw", ".iiq", ".3fr", ".fff", ".crw", ".dcr", ".kdc", ".erf", ".mef", ".mos", ".mrw", ".rwl", ".sr2", ".x3f",
})  # fmt: skip

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def format_of_name(path: Path) -> ImageFormat | None:
    """Return the format that a file's suffix stands for, or None."""
    suffix = path.suffix.lower()
    return next((kind for kind, suffixes in SUFFIXES.items() if suffix in suffixes), None)


def names_a_file(path: Path) -> bool:
    """Say whether a path that does not exist yet reads as a file: its suffix is a short word, no version (v1.2)."""
    return not path.is_dir() and re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,4}", path.suffix) is not None


def is_tiff(path: Path) -> bool:
    """Say whether a file is a TIFF by its first bytes, and no camera raw by its name; False if it cannot be read."""
    if path.suffix.lower() in RAW_SUFFIXES:
        return False
    try:
        with open_regular(path) as file:
            return file.read(4) in _TIFF_STARTS
    except OSError:
        return False


def is_read_only(path: Path) -> bool:
    """Say whether a file is of a format that is read and not written, by its content; False if it cannot be read."""
    try:
        with open_regular(path) as file:
            return isinstance(format_of_bytes(file.read(12)), ReadOnly)
    except OSError:
        return False


def format_of_bytes(start: bytes) -> ImageFormat | ReadOnly | None:
    """Return the format of a file by its first bytes (12 are enough), or None where it is of no known kind."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if start.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if start.startswith(_TIFF_STARTS):
        return ImageFormat.TIFF
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if start.startswith(b"BM"):
        return ImageFormat.BMP
    if start.startswith(b"\0\0\0\x0cjP  \r\n\x87\n"):
        return ImageFormat.JP2
    if start.startswith(b"\xff\x4f\xff\x51"):
        return ImageFormat.J2K
    if start.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return ImageFormat.JXL
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return ImageFormat.AVIF
    return _read_only(start)


def _read_only(start: bytes) -> ReadOnly | None:
    if start.startswith(b"8BPS"):
        return ReadOnly.PSD
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"):
        return ReadOnly.HEIC
    if start[4:12] == b"ftypcrx " or start.startswith((b"FUJIFILM", b"IIRO", b"IIU\0", b"MMOR")):
        return ReadOnly.RAW
    if start.startswith(b"%PDF-"):
        return ReadOnly.PDF
    if start.startswith((b"GIF87a", b"GIF89a")):
        return ReadOnly.GIF
    if start.startswith(b"\x76\x2f\x31\x01"):
        return ReadOnly.EXR
    if start[:1] == b"P" and start[1:2] in b"123456fF" and start[2:3].isspace():
        return ReadOnly.PNM
    return None
