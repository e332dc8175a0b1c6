"""What stands in a TIFF beside its samples: its tags as bytes, and how it is laid out, as far as both can be kept."""

import struct
from typing import Any, NamedTuple

import numpy as np
import tifffile
from tifffile import COMPRESSION, DATATYPE, EXTRASAMPLE, PHOTOMETRIC, PLANARCONFIG, PREDICTOR, RESUNIT

from pconv_cli.files.limits import MAX_TAG_BYTES
from pconv_cli.files.metadata import ifd, photoshop
from pconv_cli.files.metadata.carried import LOST_NOTE, SIGNED, XMP_TAG, Metadata
from pconv_cli.files.metadata.embedded import without_previews
from pconv_cli.files.metadata.xmp import without_images
from pconv_cli.files.tiff.no_data import NO_DATA, entry_of, holds_other_numbers, no_data_of
from pconv_cli.files.tiff.page import C2PA, LAYERS, TABLES, directories, is_signed

LOSSLESS = {
    COMPRESSION.NONE,
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.ZSTD,
    COMPRESSION.PACKBITS,
    COMPRESSION.LZMA,
}
#: By tifffile's name "deflate" it would be the old code 32946, which fewer programs read.
DEFLATE = COMPRESSION.ADOBE_DEFLATE
#: Names, makers, times and rights, which an EXIF block has under the same numbers.
NAMES = (270, 271, 272, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095)
ORIENTATION, XMP, IPTC, ICC = 274, XMP_TAG, 33723, 34675
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_SUB_IFDS, _PHOTOSHOP = 330, 34377
#: tifffile writes no pointers to EXIF and GPS; unassigned tags one higher keep their places, and are renamed after.
PLACEHOLDER = 1
_PLACEHOLDERS = (ifd.EXIF_POINTER + PLACEHOLDER, ifd.GPS_POINTER + PLACEHOLDER)
#: Places of segments, and places that are free, belong to the old file.
_PLACES = (*TABLES, 288, 289)
#: Tags that belong to JPEG.
OF_JPEG = (347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532)
#: Size, coding and layout, which an encoder writes itself: of bilevel images, inks and volumes, too.
_CODING = (*range(254, 260), 262, *range(263, 267), 277, 278, 284, 292, 293, 317, 321, 322, 323)
_CODING += (*range(326, 329), *range(332, 335), 336, 338, 339, 559, *range(32995, 32999))
#: Ranges and curves of the samples, which are true for as long as the samples are coded as they were.
_OF_SAMPLES = (280, 281, 290, 291, 300, 301, 320, 340, 341, 342, 532)
_NOTE = 37500
#: Types of a tag that points to a directory.
_DIRECTORIES = (13, 18)


def orientation_of(page: tifffile.TiffPage) -> int:
    """Give the EXIF orientation of a page, 1 to 8; 1 (upright) where it has none, or an odd one."""
    orientation = page.tags.valueof(ORIENTATION, default=1)
    return int(orientation) if orientation in range(1, 9) else 1


class Tags(NamedTuple):
    """The tags of a page as bytes, without those that would be untrue in another file or show the damage.

    Attributes:
        entries: The page's own.
        below: The directories of EXIF and GPS, by the tag that points there.
        notes: What a user should know of what is left out.
    """

    entries: ifd.Entries
    below: dict[int, ifd.Entries]
    notes: tuple[str, ...]


def read_tags(file: tifffile.TiffFile, page: tifffile.TiffPage, *, alone: bool = True) -> Tags:
    """Read the tags of a page; a directory of EXIF or GPS that is broken is left out.

    Args:
        file: The file.
        page: The page.
        alone: Whether the page is written without the others, and those below it.
    """
    order, big, handle = file.byteorder, file.is_bigtiff, file.filehandle

    def read(offset: int, length: int) -> bytes:
        room = handle.size - offset
        if room <= 0:  # where not every system can seek
            return b""
        handle.seek(offset)
        return bytes(handle.read(min(length, room)))

    entries = ifd.read_entries(read, page.offset, order, room=MAX_TAG_BYTES, big=big, skip=(LAYERS, *_PLACES))
    below, notes = {}, []
    for tag, name in ((ifd.EXIF_POINTER, "EXIF"), (ifd.GPS_POINTER, "GPS")):
        if tag in entries:
            place = int.from_bytes(entries.pop(tag)[2], "little" if order == "<" else "big")
            try:
                below[tag] = ifd.read_entries(read, place, order, room=min(handle.size, MAX_TAG_BYTES), big=big)
                if tag == ifd.EXIF_POINTER and ifd.drops_note(read, place, order, below, big=big):
                    notes.append(LOST_NOTE)
            except (struct.error, ValueError):
                notes.append(f"its {name} is damaged: left out")
    # Previews and layers would go on showing the image as it was.
    further = [tag for tag, entry in entries.items() if tag == _SUB_IFDS or entry[0] in _DIRECTORIES]
    if alone and (further or len(directories(file)) > 1):
        notes.append("further images inside it (previews, SubIFDs) are left out")
    notes += ["Photoshop's layers are left out"] if LAYERS in page.tags else []
    notes += [SIGNED] if entries.pop(C2PA, None) or (alone and is_signed(file)) else []
    for tag in further:
        entries.pop(tag, None)
    _drop_thumbnails(entries)
    if ifd.EXIF_POINTER in below and _NOTE in below[ifd.EXIF_POINTER]:
        kind, count, value = below[ifd.EXIF_POINTER][_NOTE]
        below[ifd.EXIF_POINTER][_NOTE] = (kind, count, without_previews(value))
    return Tags(entries, below, tuple(notes))


def metadata_of(file: tifffile.TiffFile, page: tifffile.TiffPage) -> tuple[Metadata, tuple[str, ...]]:
    """Return what is kept of a TIFF beside its samples, and what a user should know of what is not."""
    entries, below, notes = read_tags(file, page)
    left = {*_CODING, *OF_JPEG, *_PLACEHOLDERS, _X_RESOLUTION, _Y_RESOLUTION, _UNIT, ICC}
    left = left | set(_OF_SAMPLES) if _is_recoded(page) else left - set(_OF_SAMPLES)
    if holds_other_numbers(page):
        number = no_data_of(page)
        left |= {NO_DATA} if number is None else set()
        entries |= {} if number is None else {NO_DATA: entry_of(number)}
    layout, of_layout = _layout(page)
    resolution, dpi, of_resolution = resolution_of(page)
    own = {"order": file.byteorder, "below": below, "big": file.is_bigtiff, **layout, **resolution}
    own["tags"] = [
        (tag, *_for_tifffile(entry, file.byteorder), True) for tag, entry in entries.items() if tag not in left
    ]
    first = {tag: entry for tag, entry in entries.items() if tag in (ORIENTATION, *NAMES)}
    exif = ifd.build_exif(file.byteorder, first, below) if below or first else None
    icc, xmp, iptc = (entries[tag][2] if tag in entries else None for tag in (ICC, XMP, IPTC))
    iptc = photoshop.upright(iptc) if iptc else photoshop.iptc_of(entries.get(_PHOTOSHOP, (7, 0, b""))[2])
    return Metadata(icc=icc, exif=exif, xmp=xmp, iptc=iptc, dpi=dpi, own=own), notes + of_layout + of_resolution


def stays(page: tifffile.TiffPage) -> bool:
    """Say whether a page keeps its layout and resolution when it is written again."""
    return not _layout(page)[1] and not resolution_of(page)[2]


def _for_tifffile(entry: tuple[int, int, bytes], order: str) -> tuple[int, int, Any]:
    """An entry as tifffile takes it: of fractions in bytes it would write twice as many."""
    kind, count, value = entry
    form = {5: "I", 10: "i"}.get(kind)
    return entry if form is None else (kind, count, struct.unpack(f"{order}{2 * count}{form}", value))


def _is_recoded(page: tifffile.TiffPage) -> bool:
    """Say whether samples are written in another coding than they are read from."""
    is_other = page.photometric in (PHOTOMETRIC.PALETTE, PHOTOMETRIC.YCBCR, PHOTOMETRIC.SEPARATED)
    return is_other or page.bitspersample < 8


def _layout(page: tifffile.TiffPage) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return how a page is coded, as far as tifffile writes it, and notes on the rest."""
    notes: tuple[str, ...] = ()
    lossless = page.compression in LOSSLESS
    if page.bitspersample > 8 and page.bitspersample % 8:  # which tifffile packs, and does not compress
        packed = page.compression != COMPRESSION.NONE
        notes += ("its packed samples are written without compression",) if packed else ()
    layout: dict[str, Any] = {"compression": page.compression if lossless else DEFLATE, "predictor": None}
    if lossless and page.predictor != PREDICTOR.NONE:
        layout["predictor"] = True  # tifffile's choice for the depth
        wanted = PREDICTOR.FLOATINGPOINT if np.dtype(page.dtype).kind == "f" else PREDICTOR.HORIZONTAL
        if page.predictor != wanted:
            notes += (f"its predictor {PREDICTOR(page.predictor).name} becomes {wanted.name}",)
    layout["white_is_zero"] = page.photometric == PHOTOMETRIC.MINISWHITE and page.bitspersample >= 8
    layout["apart"] = page.samplesperpixel > 1 and page.planarconfig != PLANARCONFIG.CONTIG
    if page.is_tiled and page.tilelength % 16 == page.tilewidth % 16 == 0:
        layout["tile"] = (page.tilelength, page.tilewidth)
    elif page.is_tiled:
        notes += ("its tiles have sides that are no multiples of 16: written in strips",)
    else:
        layout["rowsperstrip"] = min(page.rowsperstrip, page.imagelength)
    if page.samplesperpixel in (2, 4):
        layout["extrasamples"] = page.extrasamples or (EXTRASAMPLE.UNSPECIFIED,)  # without a tag, it is not alpha
    return layout, notes


def resolution_of(page: tifffile.TiffPage) -> tuple[dict[str, Any], tuple[float, float] | None, tuple[str, ...]]:
    """Give a page's resolution as tifffile writes it, in pixels an inch where its unit is known, and notes."""
    found = [page.tags[tag] for tag in (_X_RESOLUTION, _Y_RESOLUTION) if tag in page.tags]
    if len(found) < 2:
        return {}, None, ()
    try:
        x, y = (_number(tag) for tag in found)
    except (TypeError, ValueError, ZeroDivisionError):
        return {}, None, ("its resolution is not a number: left out",)
    unit = page.tags.valueof(_UNIT, default=RESUNIT.INCH)
    notes: tuple[str, ...] = ()
    if unit not in tuple(RESUNIT):
        unit, notes = RESUNIT.NONE, ("its resolution has no known unit: written without one",)
    per_inch = {RESUNIT.INCH: 1.0, RESUNIT.CENTIMETER: 2.54}.get(unit)
    dpi = (x * per_inch, y * per_inch) if per_inch and x > 0 and y > 0 else None
    written = tuple(tag.value if tag.dtype == DATATYPE.RATIONAL else _number(tag) for tag in found)
    return {"resolution": written, "resolutionunit": int(unit)}, dpi, notes


def _number(tag: tifffile.TiffTag) -> float:
    """A tag's fraction, or one number, that is not negative."""
    values = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    if len(values) != (2 if tag.dtype == DATATYPE.RATIONAL else 1):
        raise ValueError("more than one number")
    number = values[0] / values[1] if len(values) == 2 else float(values[0])
    if not 0 <= number < 2**32:
        raise ValueError("out of range")
    return float(number)


def _drop_thumbnails(entries: ifd.Entries) -> None:
    """Take the thumbnails, which show the damage, out of XMP and Photoshop's resources among the tags of a page."""
    if XMP in entries:
        kind, count, before_xmp = entries.pop(XMP)
        xmp = without_images(before_xmp).packet
        if xmp:
            entries[XMP] = (kind, count, xmp) if xmp == before_xmp else (1, len(xmp), xmp)
    if _PHOTOSHOP in entries:
        before = entries.pop(_PHOTOSHOP)
        resources = photoshop.without_thumbnails(before[2])
        if resources:
            entries[_PHOTOSHOP] = before if resources == before[2] else (7, len(resources), resources)
