"""Reading what TensorFlow's Saver wrote (``snap-0.index`` and ``snap-0.data-...``), without TensorFlow.

The index is a sorted table of LevelDB's form: blocks of entries whose keys leave out what they share with the one
before, a block that lists the blocks, and a footer. Its values are messages of protocol buffers that say of which type
and shape a tensor is and where in the data it lies. What is read here is checked by its checksum; nothing is executed.

References:
    LevelDB's documentation, "Table format"; the comments of ``tensor_bundle.proto``.
"""

import math
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pconv_cli.core.importing.reading import damaged, unreadable
from pconv_cli.errors import ModelError
from pconv_cli.files.opening import open_regular

_KIND = "checkpoint of TensorFlow"
_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5  # of a block: how it is compressed, and its checksum

# TensorFlow's number of float32, which is what convolutions are saved in.
_FLOAT = 1


def is_bundle(path: Path) -> bool:
    """Say by its name whether a file is a part of such a checkpoint."""
    return _prefix(path) is not None


def read_bundle(path: Path, wanted: Callable[[str], bool]) -> dict[str, Tensor]:
    """Read variables.

    Args:
        path: Any of the checkpoint's files: ``*.index``, ``*.meta`` or ``*.data-...``; the others lie beside it.
        wanted: Says by its name whether a variable is read.

    Returns:
        Values by name, in float32.

    Raises:
        ModelError: A file is missing, damaged or of another kind; or a variable is not of float32, or in parts.
    """
    prefix = _prefix(path)
    if prefix is None:
        raise damaged(path, _KIND)
    index = path.with_name(f"{prefix}.index")
    found = {}
    try:
        with open_regular(index) as file:
            entries = dict(_table(file.read()))
        shards = _number(_message(entries.pop(b"")), 1, 1)
        for key, value in entries.items():
            name = key.decode()
            if wanted(name):
                found[name] = _variable(index, prefix, name, _message(value), shards)
    except OSError as error:
        raise unreadable(index, error) from error
    except (IndexError, KeyError, ValueError, struct.error, OverflowError) as error:
        raise damaged(index, _KIND) from error
    return found


def _prefix(path: Path) -> str | None:
    match = re.fullmatch(r"(.+)\.(?:index|meta|data-\d{5}-of-\d{5})", path.name)
    return match[1] if match else None


def _variable(index: Path, prefix: str, name: str, entry: "_Message", shards: int) -> Tensor:
    """Read one variable from the data."""
    if _number(entry, 1) != _FLOAT or 7 in entry:
        raise ModelError(f"{index}: {name} is not of float32, or stored in parts, which no checkpoint of this kind has")
    shape = tuple(_number(_message(side), 1) for side in _message(entry.get(2, [b""])[0]).get(2, []))
    data = index.with_name(f"{prefix}.data-{_number(entry, 3):05}-of-{shards:05}")
    size = _number(entry, 5)
    if size != 4 * math.prod(shape):
        raise ValueError(name)
    try:
        with open_regular(data) as file:
            file.seek(_number(entry, 4))
            values = file.read(size)
    except OSError as error:
        raise unreadable(data, error) from error
    if len(values) != size or _checksum(values) != _number(entry, 6):
        raise damaged(data, _KIND)
    return torch.from_numpy(np.frombuffer(values, "<f4").reshape(shape).astype(np.float32))


_Message = dict[int, list[int | bytes]]


def _number(message: _Message, field: int, default: int = 0) -> int:
    """Give a field's first number, or its default where it is left out."""
    value = message.get(field, [default])[0]
    if not isinstance(value, int):
        raise ValueError(field)
    return value


def _message(data: int | bytes) -> _Message:
    """Read a message of protocol buffers: values by the numbers of their fields."""
    if isinstance(data, int):
        raise ValueError(data)  # a number where a message belongs
    fields: _Message = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, place = _varint(data, place)
        elif kind == 5:
            (value,) = struct.unpack_from("<I", data, place)
            place += 4
        elif kind == 1:
            (value,) = struct.unpack_from("<Q", data, place)
            place += 8
        elif kind == 2:
            length, place = _varint(data, place)
            value, place = data[place : place + length], place + length
        else:
            raise ValueError(kind)
        fields.setdefault(tag >> 3, []).append(value)
    if place != len(data):
        raise ValueError(place)
    return fields


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """List the entries of a table."""
    footer = data[-_FOOTER:]
    if len(footer) != _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("footer")
    _, place = _handle(footer, 0)  # of blocks that say more of the table
    handle, _ = _handle(footer, place)
    for _, value in _block(data, *handle):
        (start, size), _ = _handle(value, 0)
        yield from _block(data, start, size)


def _handle(data: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Read where a block begins and how long it is, and where that ends."""
    start, place = _varint(data, place)
    size, place = _varint(data, place)
    return (start, size), place


def _block(data: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """List the entries of a block."""
    content, trailer = data[start : start + size], data[start + size : start + size + _TRAILER]
    compression, checksum = struct.unpack("<BI", trailer)
    if compression or checksum != _checksum(data[start : start + size + 1]):
        raise ValueError("block")
    (restarts,) = struct.unpack_from("<I", content, len(content) - 4)
    end = len(content) - 4 * (restarts + 1)
    key, place = b"", 0
    while place < end:
        shared, place = _varint(content, place)
        added, place = _varint(content, place)
        length, place = _varint(content, place)
        key = key[:shared] + content[place : place + added]
        place += added
        yield key, content[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of any length, 7 bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def _crc_table() -> list[int]:
    """Of CRC-32C (Castagnoli): what each byte adds."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc_table()


def _checksum(data: bytes) -> int:
    """Give LevelDB's checksum: CRC-32C, turned and moved on, so that data that hold checksums have another one."""
    crc, table = 0xFFFFFFFF, _CRC
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
