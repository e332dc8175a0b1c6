"""JPEG written again without a second loss: blocks without a hole keep their coefficients (package jpeglib).

A JPEG is made of units (8 x 8 pixels, or 16 x 16 and the like where colours have fewer samples), each of which is
transformed and rounded by itself. Units that a hole touches are transformed again, with the file's own tables; of all
others the rounded numbers are copied. Only how these are packed, which loses nothing, is done again.

Reference: ITU-T T.81, annex A (sampling, units, transform, quantisation); T.871 (JFIF) for the colours.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import PconvError
from pconv_cli.files.atomic import atomic_path, scratch_path
from pconv_cli.files.codecs import photo
from pconv_cli.files.codecs.muted import muted
from pconv_cli.files.decoding import decoding
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.readback import Unfaithful, checking, encoding, reduced_jpeg
from pconv_cli.tiling.rect import Rect

#: The libraries that jpeglib holds by which files are written (progressive ones by the second), and read back.
_WRITER, _PROGRESSIVE, _READER = "turbo210", "mozjpeg403", "9f"
#: Ways to store colours that are known, in libjpeg's words.
_COLOURS = ("JCS_YCbCr", "JCS_GRAYSCALE")
#: The version is the whole process's.
_LOCK = threading.Lock()
_BLOCK = 8
#: What a coefficient of 8-bit samples may be.
_LEAST, _MOST = -1023, 1023
#: Units that are transformed together.
_TOGETHER = 4096
#: Full colour as brightness and two differences, each row of which gives one (T.871).
_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
#: The cosine transform (DCT-II) of a side of a block, orthonormal; importing SciPy for it takes half a second.
_COSINES = np.cos(np.pi / 16 * np.outer(np.arange(8), 2 * np.arange(8) + 1)) / 2
_COSINES[0] /= 2**0.5
_TABLES_OR_FRAME = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
_SEGMENTS = frozenset({*range(0xE0, 0xF0), 0xFE})


class _Unkept(Exception):
    """Blocks that cannot be kept: the image has to be encoded as others are."""


def lacks_package() -> bool:
    """Say whether the package by which blocks are kept is missing."""
    return find_spec("jpeglib") is None


def can_rewrite(source: Path) -> bool:
    """Say whether a JPEG can be written again so: the package is there, and its colours are grey or YCbCr."""
    if lacks_package():
        return False
    import jpeglib

    try:
        with _LOCK, muted(), jpeglib.version(_WRITER):
            return jpeglib.read_dct(str(source)).jpeg_color_space.name in _COLOURS
    except OSError:  # a coding that this library does not know
        return False


def rewrite(
    source: Path, target: Path, samples: Samples, holes: PackedMask, metadata: Metadata, check: Callable[[], None]
) -> bool:
    """Write a JPEG again with other samples in its holes, whole or not at all, and say whether its blocks can be kept.

    Damaged or odd data may hold numbers that decoders accept and no encoder writes; nothing is written then.

    Args:
        source: The file that the image was read from, see `can_rewrite`.
        target: The file to write.
        samples: ``(H, W, 1 or 3)`` uint8, all of them, filled.
        holes: Where they may be others than in the source.
        metadata: What stands beside them.
        check: Called before the file moves into place, and by an error keeps it from that.

    Raises:
        OutputError: It cannot be written, or does not read back as it was meant.
    """
    try:
        with _LOCK, muted(), _temporary_files_in(target.parent):
            _rewrite(source, target, samples, holes, metadata, check)
    except _Unkept:
        return False
    return True


def _rewrite(
    source: Path, target: Path, samples: Samples, holes: PackedMask, metadata: Metadata, check: Callable[[], None]
) -> None:
    """Do what `rewrite` says, or raise `_Unkept`."""
    import jpeglib

    with scratch_path(target.parent, ".jpg") as place:
        with jpeglib.version(_WRITER):
            with decoding(source):
                image = jpeglib.read_dct(str(source))
            with _unkept():
                image.load()
        planes = [image.Y, *((image.Cb, image.Cr) if samples.shape[2] == 3 else ())]
        _transform_anew(planes, image, samples, holes)
        version, flags = (_PROGRESSIVE, []) if image.progressive_mode else (_WRITER, ["+OPTIMIZE_CODING"])
        with _unkept(), jpeglib.version(version):
            image.write_dct(str(place), flags=flags)
        with encoding(target):
            data = _with_segments(place.read_bytes(), samples, metadata)
        with atomic_path(target) as temporary:
            temporary.write_bytes(data)
            with checking(target), jpeglib.version(_READER):
                reduced_jpeg(data, holes.size)
                again = jpeglib.read_dct(str(temporary))
                again.load()
                found = [again.Y, *((again.Cb, again.Cr) if len(planes) == 3 else ())]
                if not all(np.array_equal(one, other) for one, other in zip(found, planes, strict=True)):
                    raise Unfaithful("its coefficients differ")
                same = _same_tables(image, again, len(planes)) and _same_beyond(temporary, samples, holes, image)
            if not same:
                raise _Unkept
            check()


def _same_tables(image: Any, again: Any, count: int) -> bool:
    """Say whether the colours of two files have the same tables."""
    return all(np.array_equal(image.get_component_qt(one), again.get_component_qt(one)) for one in range(count))


def _same_beyond(file: Path, samples: Samples, holes: PackedMask, image: Any) -> bool:
    """Say whether a file decodes to the same samples in all units that have no hole and are not beside one that has.

    The same coefficients may not: decoders smooth a progressive file whose last scans are missing, and no other.
    """
    tall, wide = _size_of_unit(image)
    found = photo.decode(file, ImageFormat.JPEG).samples
    rows, columns = (-(-side // unit) for side, unit in zip(holes.size, (tall, wide), strict=True))
    near = np.zeros((rows, columns), np.bool_)
    for row, column in _units(holes, tall, wide):
        near[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = True
    for row in range(rows):
        band = slice(row * tall, (row + 1) * tall)
        differs = (found[band] != samples[band]).any(axis=0).any(axis=1)  # one after the other is much the faster
        if (differs & ~np.repeat(near[row], wide)[: differs.size]).any():
            return False
    return True


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let the library put its temporary files into a folder, under names by which a killed run's are known and removed.

    It makes them by `tempfile` in the folder for all programs, and leaves them there when it fails. Only its own name
    for that module is replaced; `_LOCK` is held.
    """
    from jpeglib import dct_jpeg

    with ExitStack() as stack:

        def named(suffix: str, **_: Any) -> IO[bytes]:
            place = stack.enter_context(scratch_path(folder, suffix))
            return stack.enter_context(open(str(place), "wb"))  # noqa: PTH123 - whose name is a str

        module, dct_jpeg.tempfile = dct_jpeg.tempfile, SimpleNamespace(NamedTemporaryFile=named)
        stack.callback(setattr, dct_jpeg, "tempfile", module)
        yield


@contextmanager
def _unkept() -> Iterator[None]:
    """Raise `_Unkept` for whatever the library raises inside this block, but not for what the system refuses."""
    try:
        yield
    except (PconvError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _Unkept from error


def _transform_anew(planes: list[NDArray[np.int16]], image: Any, samples: Samples, holes: PackedMask) -> None:
    """Put new coefficients into the units that holes touch, in place."""
    sampling = [(int(down), int(across)) for down, across in image.samp_factor]
    tall, wide = _size_of_unit(image)
    units = _units(holes, tall, wide)
    for start in range(0, len(units), _TOGETHER):
        some = units[start : start + _TOGETHER]
        pixels = np.stack([_unit(samples, row * tall, column * wide, tall, wide) for row, column in some])
        colours = pixels @ _YCC.T if samples.shape[2] == 3 else pixels - 128
        colours[..., 0] -= 128 if samples.shape[2] == 3 else 0
        for number, (down, across) in enumerate(sampling):
            table = image.get_component_qt(number).astype(np.float64)
            shape = (len(some), down * _BLOCK, tall // (down * _BLOCK), across * _BLOCK, wide // (across * _BLOCK))
            reduced = colours[..., number].reshape(shape).mean(axis=(2, 4))
            blocks = reduced.reshape(len(some), down, _BLOCK, across, _BLOCK).swapaxes(2, 3)
            rounded = np.rint(_COSINES @ blocks @ _COSINES.T / table).clip(_LEAST, _MOST).astype(np.int16)
            _put(planes[number], rounded, some)


def _size_of_unit(image: Any) -> tuple[int, int]:
    """Height and width of a unit in pixels."""
    return _BLOCK * max(int(one[0]) for one in image.samp_factor), _BLOCK * max(
        int(one[1]) for one in image.samp_factor
    )


def _units(holes: PackedMask, tall: int, wide: int) -> list[tuple[int, int]]:
    """The units that holes touch, by row and column."""
    height, width = holes.size
    units = []
    for row in range(-(-height // tall)):
        rect = Rect.between(row * tall, 0, min(height, (row + 1) * tall), width)
        columns = np.flatnonzero(holes.hole(rect).any(axis=0)) // wide
        units += [(row, int(column)) for column in np.unique(columns)]
    return units


def _unit(samples: Samples, top: int, left: int, tall: int, wide: int) -> NDArray[np.float64]:
    """The pixels of a unit; beyond the image's edge, those at the edge."""
    found = samples[top : top + tall, left : left + wide].astype(np.float64)
    if found.shape[:2] == (tall, wide):
        return found
    return np.pad(found, [(0, tall - found.shape[0]), (0, wide - found.shape[1]), (0, 0)], mode="edge")


def _put(plane: NDArray[np.int16], blocks: NDArray[np.int16], units: list[tuple[int, int]]) -> None:
    """Put blocks ``(n, down, across, 8, 8)`` of units where they belong; those beyond the plane are filling."""
    down, across = blocks.shape[1:3]
    for unit, (row, column) in zip(blocks, units, strict=True):
        place = plane[row * down : (row + 1) * down, column * across : (column + 1) * across]
        place[...] = unit[: place.shape[0], : place.shape[1]]


def _with_segments(data: bytes, samples: Samples, metadata: Metadata) -> bytes:
    """The tables, frame and scans of a JPEG behind the segments that are written beside an image."""
    beside = photo.encode(np.ascontiguousarray(samples[:_BLOCK, :_BLOCK]), metadata, ImageFormat.JPEG)
    return beside[: _end_of_segments(beside)] + data[_end_of_segments(data) :]


def _end_of_segments(data: bytes) -> int:
    """Where the tables and the frame begin, which follow the segments of what stands beside an image."""
    place = 2
    while data[place + 1] in _SEGMENTS:
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    if data[place] != 0xFF or data[place + 1] not in _TABLES_OR_FRAME:
        raise ValueError("what follows its segments is no table and no frame")
    return place
