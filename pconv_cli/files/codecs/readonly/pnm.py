"""PBM, PGM, PPM and PFM, as text and as bytes, in their own scale.

Reference: the manual pages pbm(5), pgm(5) and ppm(5) of Netpbm; for PFM, Debevec's description of Portable FloatMap.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.metadata.carried import Decoded, Header, Metadata, Samples

#: A number, behind blanks and remarks.
_TOKEN = re.compile(rb"(?:\s|#[^\n]*\n)*([^\s#]+)")
_CHANNELS = {b"P1": 1, b"P2": 1, b"P3": 3, b"P4": 1, b"P5": 1, b"P6": 3, b"Pf": 1, b"PF": 3}
_TEXT, _BITS, _FLOATS = (b"P1", b"P2", b"P3"), (b"P1", b"P4"), (b"Pf", b"PF")


class _Start(NamedTuple):
    kind: bytes
    size: tuple[int, int]
    scale: float
    place: int


def read_header(path: Path) -> Header:
    """Read the size without decoding the samples."""
    with path.open("rb") as file:
        return Header(_start(file.read(1 << 16)).size, False, 1)


def decode(path: Path) -> Decoded:
    """Decode a file; values up to 255 are 8 bits, others 16, and floats 32."""
    data = path.read_bytes()
    start = _start(data)
    shape = (*start.size, _CHANNELS[start.kind])
    if start.kind in _FLOATS:
        order = "<f4" if start.scale < 0 else ">f4"
        samples: Samples = _from_bytes(data, start.place, order, shape)[::-1].astype(np.float32)  # from the bottom up
        return Decoded(np.ascontiguousarray(samples), Metadata(), (), converted=True)
    if start.kind in _BITS:
        black = _text(data, start, shape, digits=True) if start.kind in _TEXT else _packed(data, start)
        note = "1-bit grey: written as 8-bit grey"
        return Decoded(np.where(black > 0, np.uint8(0), np.uint8(255)), Metadata(), (note,), converted=True)
    most = int(start.scale)
    kind = np.uint8 if most < 256 else np.uint16
    if start.kind in _TEXT:
        samples = _text(data, start, shape).astype(kind)
    else:
        samples = _from_bytes(data, start.place, ">u1" if most < 256 else ">u2", shape).astype(kind)
    if samples.max(initial=0) > most:
        raise ValueError("it holds values above the largest that it says it has")
    bits = most.bit_length()
    if most == 2**bits - 1 and bits >= 8:
        return Decoded(samples, Metadata(), (), converted=True, bits=bits)
    full = int(np.iinfo(kind).max)
    spread = (samples.astype(np.uint32) * full + most // 2) // most
    return Decoded(spread.astype(kind), Metadata(), (f"its values of 0 to {most} are spread over {full}",), True)


def _start(data: bytes) -> _Start:
    kind, place = data[:2], 2
    numbers = []
    for _ in range(2 if kind in _BITS else 3):
        match = _TOKEN.match(data, place)
        if match is None:
            raise ValueError("its header is cut short")
        numbers.append(float(match[1]))
        place = match.end()
    width, height = (int(number) for number in numbers[:2])
    scale = numbers[2] if len(numbers) > 2 else 1.0
    if min(width, height) < 1 or scale == 0 or (kind not in _FLOATS and not 1 <= scale <= 65535):
        raise ValueError("its header makes no image")
    return _Start(kind, (height, width), scale, place + 1)  # one blank ends it


def _from_bytes(data: bytes, place: int, kind: str, shape: tuple[int, int, int]) -> Samples:
    count = shape[0] * shape[1] * shape[2]
    if len(data) - place < count * np.dtype(kind).itemsize:
        raise ValueError("it is cut short")
    return np.frombuffer(data, kind, count, place).reshape(shape)


def _packed(data: bytes, start: _Start) -> NDArray[np.uint8]:
    height, width = start.size
    rows = _from_bytes(data, start.place, "u1", (height, -(-width // 8), 1))
    return np.unpackbits(rows[:, :, 0], axis=1)[:, :width, np.newaxis]


def _text(data: bytes, start: _Start, shape: tuple[int, int, int], *, digits: bool = False) -> NDArray[np.int64]:
    words = re.sub(rb"#[^\n]*", b"", data[start.place - 1 :])
    found = list(re.sub(rb"\s", b"", words).decode()) if digits else words.split()
    count = shape[0] * shape[1] * shape[2]
    if len(found) < count:
        raise ValueError("it is cut short")
    return np.array(found[:count]).astype(np.int64).reshape(shape)
