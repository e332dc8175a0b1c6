"""What an image file carries beside its samples, in a form that every format can take over."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.embedded import without_previews
from pconv_cli.files.metadata.ifd import loses_note, split_exif

#: Samples of an image, ``(H, W, C)`` with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; of any type.
Samples = NDArray[Any]

#: What formats have no place for, of what others have; every format drops it when it writes.
_NO_PLACE = {
    ImageFormat.PNG: ("xmp_extension", "iptc"),
    ImageFormat.TIFF: ("xmp_extension",),
    ImageFormat.WEBP: ("xmp_extension", "iptc", "dpi"),
    ImageFormat.BMP: ("icc", "exif", "xmp", "xmp_extension", "iptc"),
    ImageFormat.JP2: ("xmp_extension",),
    ImageFormat.J2K: ("icc", "exif", "xmp", "xmp_extension", "iptc", "dpi"),
    ImageFormat.JXL: ("xmp_extension", "iptc", "dpi"),
    ImageFormat.AVIF: ("xmp_extension", "iptc", "dpi"),
}
_PART_NAMES = {
    "icc": "colour profile",
    "exif": "EXIF (camera, names, dates, rights)",
    "xmp": "XMP",
    "xmp_extension": "extended XMP",
    "iptc": "captions and rights in IPTC",
    "dpi": "resolution",
}

FURTHER = "further"
"""Under this name, ``Metadata.own`` holds a channel ``(H, W, 1)`` of a TIFF that is neither colour nor alpha."""

COLOURS = "colours"
"""Under this name, ``Metadata.own`` says what says that colours are not sRGB, where no profile does; or nothing."""

LOST_NOTE = "its camera maker's note names places outside itself, and cannot be moved: left out"

SIGNED = "its C2PA manifest is left out: it signs the file as it was, and would be a broken signature"
"""What is said of content credentials."""

GAIN_MAP = "its gain map (HDR) is left out, with what announces it: it would be wrong in the holes"
"""What is said of a second image that makes the first one brighter where a display can."""

LOSSY = "compressed with loss: written without loss, as decoded"
"""What is said of a file that was compressed with loss, in a format that is written without."""

EXIF_DAMAGED = "its EXIF is damaged: left out"
"""What is said of EXIF that cannot be carried on."""

MAX_DPI = 65_535
"""Pixels an inch, the most that a JPEG can say."""

XMP_TAG = 700
"""Where a TIFF keeps XMP."""

_XMP_KEYWORD = b"XML:com.adobe.xmp\0"
PNG_XMP = _XMP_KEYWORD + bytes(4)
"""How a chunk of PNG begins that holds XMP as it is."""

JP2_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""How a box of JPEG 2000 begins that holds XMP."""

#: How TIFF calls alpha by which the colours are multiplied.
_ASSOCIATED = 1

_EXIF_PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Metadata:
    """What is kept of a file beside its samples.

    Attributes:
        icc: The colour profile.
        exif: The EXIF block, a TIFF stream without the ``Exif`` prefix.
        xmp: The XMP packet.
        xmp_extension: What of a long packet JPEG keeps apart, part by part; see `jpeg_segments`.
        iptc: Captions, credits and rights as IPTC datasets.
        dpi: Resolution in pixels an inch, (x, y).
        own: What only the file's own format understands (its chunks, tags or tables); dropped when the format changes.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    xmp_extension: tuple[bytes, ...] = ()
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_associated(self) -> bool:
        """Whether colours are stored multiplied by their alpha; see `pconv_cli.files.colour.alpha`."""
        return _ASSOCIATED in self.own.get("extrasamples", ())

    def with_xmp(self, packet: bytes) -> "Metadata":
        """Give the same with another XMP packet, also where the file's own format keeps it among its own."""
        own = dict(self.own)
        if "tags" in own:  # of a TIFF
            own["tags"] = [tag for tag in own["tags"] if tag[0] != XMP_TAG]
            own["tags"].append((XMP_TAG, 1, len(packet), packet, True))
        if "png_chunks" in own:
            chunks = [one for one in own["png_chunks"] if not one[1].startswith(_XMP_KEYWORD)]
            own["png_chunks"] = (*chunks, (b"iTXt", PNG_XMP + packet))
        if "jp2_boxes" in own:
            boxes = [one for one in own["jp2_boxes"] if not one[1].startswith(JP2_XMP)]
            own["jp2_boxes"] = (*boxes, (b"uuid", JP2_XMP + packet))
        return replace(self, xmp=packet, own=own)

    @property
    def orientation(self) -> int:
        """The EXIF orientation, 1 to 8; 1 (upright) where there is none."""
        return orientation_of(self.exif)

    @staticmethod
    def has_place_for_xmp(kind: ImageFormat) -> bool:
        """Say whether files of a format hold XMP."""
        return "xmp" not in _NO_PLACE.get(kind, ())

    def for_format(self, kind: ImageFormat, *, grey: bool) -> tuple["Metadata", list[str]]:
        """Return the same for a file of another format, and what that has no place for.

        Args:
            kind: The format.
            grey: Whether the image has one channel of colour.
        """
        no_place = _NO_PLACE.get(kind, ())
        lost = [_PART_NAMES[name] for name in no_place if getattr(self, name)]
        if ("exif" in no_place or kind is ImageFormat.JXL) and self.orientation != 1:
            lost.append(f"orientation (EXIF {self.orientation}: viewers will show it as it is stored)")
        if self.own.get(COLOURS):
            lost.append(f"colours (given by {self.own[COLOURS]} without a profile, and not sRGB)")
        if FURTHER in self.own:
            lost.append("further channel that is not alpha")
        if kind is ImageFormat.TIFF and self.exif and loses_note(self.exif):
            lost.append("camera maker's note (it names places outside itself)")
        space = _colour_space(self.icc)
        fits = space in (None, "GRAY" if grey and kind is not ImageFormat.WEBP else "RGB")  # WebP holds RGB alone
        if not fits and "icc" not in no_place:
            lost.append(f"colour profile for {space} samples")
        return replace(self, own={}, icc=self.icc if fits else None), lost


@dataclass(frozen=True)
class Header:
    """What the first bytes of an image file say.

    Attributes:
        size: (height, width) in pixels as stored.
        has_alpha: Whether there is transparency of any kind.
        orientation: EXIF orientation, 1 to 8.
        is_cmyk: Whether its samples are inks.
        pages: (height, width) of each page, where a file has several that are images of their own.
    """

    size: tuple[int, int]
    has_alpha: bool
    orientation: int
    is_cmyk: bool = False
    pages: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded file: samples, the rest, what a user should know of the reading; see `StoredImage`."""

    samples: Samples
    metadata: Metadata
    notes: tuple[str, ...] = ()
    converted: bool = False
    bits: int = 0
    lab: int = 0
    no_data: float | None = None


def with_sound_resolution(decoded: Decoded) -> Decoded:
    """Drop a resolution that other formats cannot write; a file's own coding of it stays in ``own``."""
    dpi = decoded.metadata.dpi
    if dpi is None or all(0 < value <= MAX_DPI for value in dpi):
        return decoded
    notes = () if decoded.metadata.own else ("its resolution is out of range: left out",)
    return replace(decoded, metadata=replace(decoded.metadata, dpi=None), notes=decoded.notes + notes)


def strip_exif_prefix(exif: bytes | None) -> bytes | None:
    """Return the TIFF stream of an EXIF block, without the prefix that JPEG puts before it."""
    return exif.removeprefix(_EXIF_PREFIX) if exif else None


def add_exif_prefix(exif: bytes) -> bytes:
    """Return the EXIF block as JPEG and Pillow want it."""
    return _EXIF_PREFIX + exif


def without_thumbnail(exif: bytes | None) -> bytes | None:
    """Cut thumbnail and preview out of an EXIF block: they would go on showing the damage.

    Every other byte stays in its place: makers' notes hold offsets that no one else knows.
    """
    if not exif:
        return exif
    try:
        order = {b"II": "<", b"MM": ">"}[exif[:2]]
        first: int = struct.unpack_from(order + "I", exif, 4)[0]
        pointer = first + 2 + 12 * struct.unpack_from(order + "H", exif, first)[0]
    except (KeyError, struct.error):
        return exif
    return without_previews(exif[:pointer] + bytes(len(exif[pointer : pointer + 4])) + exif[pointer + 4 :])


def _colour_space(icc: bytes | None) -> str | None:
    """The colour space of the samples that a profile is for ("GRAY", "RGB", ...), as far as it is one."""
    if not icc or icc[36:40] != b"acsp":
        return None
    return icc[16:20].decode("ascii", "replace").strip()


def upright_exif(exif: bytes | None) -> bytes | None:
    """Return the EXIF block of an image that is turned upright, every other byte in its place."""
    if not exif or orientation_of(exif) == 1:
        return exif
    order = "<" if exif[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif, first)
    for place in range(first + 2, first + 2 + 12 * count, 12):
        if struct.unpack_from(order + "H", exif, place)[0] == _ORIENTATION:
            return exif[: place + 8] + struct.pack(order + "HH", 1, 0) + exif[place + 12 :]
    return exif


def orientation_of(exif: bytes | None) -> int:
    """Read the orientation in an EXIF block, 1 to 8; 1 (upright) where there is no block or none in it."""
    if not exif:
        return 1
    try:
        order, first, _ = split_exif(exif)
    except (ValueError, struct.error):
        return 1
    kind, _, value = first.get(_ORIENTATION, (0, 0, b""))
    orientation = struct.unpack(order + "H", value[:2])[0] if kind == 3 else 1
    return orientation if 1 <= orientation <= 8 else 1
