"""TIFF files opened, and what their tags say held against the file, before anything of them is decoded.

No tag is trusted: a few bytes can claim any amount of memory, and a wrong table of tiles or
strips gives black where there is an image.

Reference: TIFF 6.0, sections 2 (directories), 3 (strips) and 15 (tiles).
"""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC, PLANARCONFIG

from pconv_cli.errors import ImageError
from pconv_cli.files.limits import MAX_TAG_BYTES, MAX_TILE_BYTES
from pconv_cli.files.metadata import ifd
from pconv_cli.files.opening import open_regular
from pconv_cli.files.tiff.codecs import FAX, check_coding

#: Tags that hold one whole number; decoders go astray where they hold more, or text.
_NUMBERS = {
    256: "width",
    257: "height",
    259: "compression",
    262: "kind of colours",
    266: "order of bits",
    277: "number of channels",
    278: "number of rows of a strip",
    284: "layout of channels",
    317: "predictor",
    322: "tile width",
    323: "tile height",
}
_WHOLE = (3, 4, 16)  # types of whole numbers, none of them negative
_DEPTHS, _PHOTOMETRIC = 258, 262
#: What else says how samples are coded: the palette, the kinds of samples, JPEG's tables, of YCbCr the shares.
_OF_CODING = (320, 338, 339, 347, 529, 530, 531, 532)
C2PA = 52545
_DNG = 50706
#: Where tiles and strips begin, and how long they are.
_OFFSETS, _COUNTS = (324, 273), (325, 279)
TABLES = (*_OFFSETS, *_COUNTS)
_TILE_SIDES = (322, 323)
#: Bytes of the shorter kind of header.
_HEADER = 8
#: Photoshop's layers, which are large, and not read.
LAYERS = 37724
#: All tags together may claim this many times the bytes of their file, since some share theirs.
_SHARED = 2


def open_tiff(path: Path) -> tifffile.TiffFile:
    """Open a TIFF file whose directories claim no more than there is; it is to be closed, or used as a context.

    Raises:
        ValueError: They claim more, hold no number where one belongs, or lie behind the end of the file.
    """
    with open_regular(path) as file:
        _check_directories(file, path.stat().st_size)
    return tifffile.TiffFile(path)


def directories(file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """List the directories of a file, but for one that holds nothing but a C2PA manifest, as signed files have it."""
    found = [file.pages[index].aspage() for index in range(len(file.pages))]  # "on and on" would never end in a ring
    return [page for page in found if {tag.code for tag in page.tags} != {C2PA}]


def is_signed(file: tifffile.TiffFile) -> bool:
    """Say whether a file holds a C2PA manifest, beside a page or in a directory of its own."""
    return any(C2PA in file.pages[index].aspage().tags for index in range(len(file.pages)))


def digest_of_pages(path: Path) -> str:
    """Give all pages and levels of a file, as they are coded, in a few digits; not where they stand in it."""
    digest = hashlib.sha256()
    with open_tiff(path) as file, open_regular(path) as data:
        for page in directories(file):
            for one in (page, *(level.aspage() for level in page.pages or ())):
                of_coding = {tag.code: tag.value for tag in one.tags if tag.code in (*_OF_CODING, *_NUMBERS, _DEPTHS)}
                digest.update(repr(sorted(of_coding.items())).encode())
                for offset, count in zip(one.dataoffsets, one.databytecounts, strict=True):
                    data.seek(offset)
                    digest.update(data.read(count))
    return digest.hexdigest()


def main_pages(file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """List the images of a file: what says that it is a smaller copy does not count, where there is anything else."""
    found = directories(file)
    if file.is_svs:  # the others are levels, the label and the slide, and do not all say so
        return found[:1]
    return [page for page in found if not page.is_reduced] or found


def is_same_smaller(page: tifffile.TiffPage, whole: tifffile.TiffPage) -> bool:
    """Say whether a page has the proportions of another, and is smaller: as a level of a pyramid is."""
    height, width = int(page.imagelength), int(page.imagewidth)
    tall, broad = int(whole.imagelength), int(whole.imagewidth)
    same = abs(height * broad - width * tall) <= max(tall, broad)
    return same and height < tall and width < broad and page.samplesperpixel == whole.samplesperpixel


def only_page(file: tifffile.TiffFile, path: Path) -> tifffile.TiffPage:
    """Find the file's image; a smaller preview beside it does not count.

    Raises:
        ImageError: There are several, or its coding is not read.
        ValueError: There is none, or its palette is missing.
    """
    pages = main_pages(file)
    if not pages:
        raise ValueError("it holds no image")
    if len(pages) != 1:
        raise ImageError(f"{path}: has {len(pages)} pages; save each page as an image of its own")
    return checked_page(pages[0], path)


def checked_page(page: tifffile.TiffPage, path: Path) -> tifffile.TiffPage:
    """Give a page whose coding is read.

    Raises:
        ImageError: It is not.
    """
    _check_coding(page, path)
    return page


def has_alpha(page: tifffile.TiffPage) -> bool:
    """Check whether a page's further channel is alpha; without its tag it is another one, such as infrared."""
    return any(extra in (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA) for extra in page.extrasamples)


def settle_segments(page: tifffile.TiffPage) -> None:
    """Give a page a table of its tiles or strips that can be relied on.

    Where samples are not compressed, lengths follow from the size of the image, and those in the file count for
    nothing: some programs write none, or zeros. Only what has neither place nor length is left out on purpose.

    Raises:
        ValueError: Some tile or strip is not in the file, or its length is not known.
    """
    if min(page.imagelength, page.imagewidth, page.samplesperpixel) < 1:
        raise ValueError("it has no pixels")
    if sum(tag in page.tags for tag in _TILE_SIDES) == 1:  # tifffile then takes strips
        raise ValueError("its tiles have no width or no height")
    size = page.parent.filehandle.size
    # By the tags: tifffile cuts tables that are too long, and makes up what is missing.
    offsets, counts = (
        np.array(next((page.tags[tag].value for tag in tags if tag in page.tags), ()), np.uint64)
        for tags in (_OFFSETS, _COUNTS)
    )
    lengths = _lengths_of_segments(page, len(offsets))
    if len(lengths) == 1 and not counts.any() and page.compression in FAX:  # which ends by itself
        counts = np.array(page.databytecounts, np.uint64)
    if len(counts) != len(lengths):
        counts = np.zeros_like(lengths)
    if (counts[offsets == 0] > 0).any():
        raise ValueError("a tile or strip has a length and no place")
    there = offsets > 0
    if (offsets[there] < _HEADER).any():
        raise ValueError("a tile or strip lies in the header")
    if page.compression == COMPRESSION.NONE:
        doubtful = there & (counts < lengths)
        if (_room_behind(offsets, size)[doubtful] < lengths[doubtful]).any():
            raise ValueError("a tile or strip holds less than its size requires")
        counts = np.where(there, lengths, 0)
    elif (there & (counts == 0)).any():
        raise ValueError("the length of a compressed tile or strip is missing")
    if (offsets > size).any() or (offsets[there] + counts[there] > size).any():
        raise ValueError("the file ends before its last tile or strip")
    page.dataoffsets, page.databytecounts = tuple(offsets.tolist()), tuple(counts.tolist())


def _check_directories(file: BinaryIO, size: int) -> None:
    """Walk the directories of all pages, and hold what they claim against the size of the file."""

    def read(offset: int, length: int) -> bytes:
        if not 0 <= offset < size:  # where not every system can seek
            return b""
        file.seek(offset)
        return file.read(min(length, size - offset))

    start = read(0, 16)
    order = "<" if start[:2] == b"II" else ">"
    big = start[2:4] in (b"+\0", b"\0+")
    claimed, seen = 0, set[int]()
    try:
        (offset,) = struct.unpack_from(order + ("Q" if big else "I"), start, 8 if big else 4)
        while offset and offset not in seen:
            seen.add(offset)
            fields, offset = ifd.read_fields(read, offset, order, big=big)
            _check_numbers(fields, order)
            claimed += sum(field.length for field in fields if field.is_elsewhere)
            held = sum(field.length for field in fields if field.tag not in (LAYERS, *TABLES))
            if claimed > _SHARED * size or held > MAX_TAG_BYTES:
                raise ValueError("its tags claim more bytes than the file has, or than the tags of an image can need")
    except struct.error as error:
        if len(seen) < 2:
            raise ValueError("its first directory is missing") from error
        # tifffile and others leave out the pages from there on without a word.
        raise ValueError(f"it is cut short: the directory of its page {len(seen)} lies beyond its end") from error


def _check_numbers(fields: list[ifd.IfdEntry], order: str) -> None:
    """Check what has to be one number, and the length of tables of segments by the size of the image."""
    pixels = 1
    for field in fields:
        if field.tag in _NUMBERS:
            if field.kind not in _WHOLE or field.count != 1 or field.is_elsewhere:
                raise ValueError(f"its {_NUMBERS[field.tag]} is not one whole number")
            if field.tag in (256, 257, 277):
                number = field.stored[: field.length]
                pixels *= max(1, int.from_bytes(number, "little" if order == "<" else "big"))
    if any(field.count > pixels for field in fields if field.tag in TABLES):
        raise ValueError("it has more tiles or strips than pixels")


def _check_coding(page: tifffile.TiffPage, path: Path) -> None:
    """Refuse what tifffile takes for something else, or cannot decode."""
    if _DNG in page.tags:
        raise ImageError(f"{path}: is a DNG (camera raw) by its tags; name it .dng, so that it is developed")
    check_coding(page, path)
    if _PHOTOMETRIC not in page.tags:  # decoders guess, and not all the same
        raise ValueError("it does not say whether 0 is black or white")
    if _DEPTHS in page.tags and 1 < page.tags[_DEPTHS].count < page.samplesperpixel:  # libtiff refuses it
        raise ValueError("it does not say the depth of each channel")
    if not isinstance(page.bitspersample, int):
        raise ImageError(f"{path}: has channels of different depths, which is not supported; save it as plain RGB")
    if not 1 <= page.bitspersample <= 64:  # before anything is reckoned with it: 2 to the power of an offset never ends
        raise ValueError("its samples have no depth")
    if page.photometric == PHOTOMETRIC.PALETTE:
        table = page.colormap
        if table is None or table.shape != (3, 2**page.bitspersample):
            raise ValueError("its palette is missing or has too few entries")


def _lengths_of_segments(page: tifffile.TiffPage, number: int) -> NDArray[np.uint64]:
    """Bytes of each tile or strip once it is unpacked.

    Args:
        page: The page.
        number: How many there are in its table; what its size asks for can be any number.

    Raises:
        ValueError: There are others, or a tile is far larger than the image.
    """
    together = page.samplesperpixel if page.planarconfig == PLANARCONFIG.CONTIG else 1
    planes = page.samplesperpixel // together
    height, width = int(page.imagelength), int(page.imagewidth)
    if not page.is_tiled:
        rows = int(page.rowsperstrip)
        if rows < 1:
            raise ValueError("its strips have no rows")
        _check_number(planes * -(-height // rows), number)
        each = np.full(-(-height // rows), rows, np.uint64)
        each[-1] = height - rows * (len(each) - 1)
        return np.tile(each * np.uint64(_packed(width * together * page.bitspersample)), planes)
    tall, wide = int(page.tilelength), int(page.tilewidth)
    if tall < 1 or wide < 1:
        raise ValueError("its tiles have no size")
    tile = tall * _packed(wide * together * page.bitspersample)
    whole = height * _packed(width * together * page.bitspersample)
    if tile > max(MAX_TILE_BYTES, 4 * whole):
        raise ValueError("its tiles are far larger than the image")
    _check_number(planes * -(-height // tall) * -(-width // wide), number)
    return np.full(number, tile, np.uint64)


def _check_number(wanted: int, number: int) -> None:
    if number != wanted:
        raise ValueError("its table of tiles or strips does not have the length that its size requires")


def _room_behind(offsets: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Bytes from each place to the next one that is another, or to the end of the file."""
    ends = np.append(np.unique(offsets), np.uint64(max(size, int(offsets.max(initial=0)))))
    behind = np.searchsorted(ends, offsets, side="right").clip(max=len(ends) - 1)
    return np.asarray(ends[behind] - offsets, np.uint64)


def _packed(bits: int) -> int:
    """Whole bytes that hold a number of bits."""
    return -(-bits // 8)
