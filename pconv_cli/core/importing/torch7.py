"""Files of Torch7 (``.t7``), read without Torch7; functions in them are skipped and never run.

A file is one object. Numbers, strings, booleans and nil stand for themselves. Tables, objects of Torch's classes and
functions have an index, and are written once: later ones of that index refer to the first. Tensors are sizes, strides
and an offset into a storage, an object of its own; here they become views of the file's bytes, each checked against the
length of its storage.

References:
    torch/torch7, ``File.lua``, ``generic/Tensor.c`` and ``generic/Storage.c``, for the binary format of 64 bits.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.importing.reading import damaged, unreadable

# Kinds of objects.
_NIL, _NUMBER, _STRING, _TABLE, _TORCH, _BOOLEAN = range(6)
_FUNCTIONS = (6, 7, 8)

_VALUES = {
    "Byte": np.uint8,
    "Char": np.int8,
    "Short": np.int16,
    "Int": np.int32,
    "Long": np.int64,
    "Float": np.float32,
    "Double": np.float64,
    "Cuda": np.float32,
    "CudaDouble": np.float64,
    "CudaLong": np.int64,
}

#: No tensor has more dimensions than this.
_DIMENSIONS = 8


@dataclass
class TorchObject:
    """An object of one of Torch's classes that is neither tensor nor storage.

    Attributes:
        kind: The class, such as ``nn.SpatialConvolution``.
        version: Version of the class's own format.
        fields: Its table, which may lead back to itself.
    """

    kind: str
    version: float
    fields: dict[Any, Any] = field(default_factory=dict, repr=False)

    def modules(self) -> list["TorchObject"]:
        """List the modules that run one after the other in it, or in it alone."""
        nodes = self.fields.get("forwardnodes")  # of nngraph's graphs, in the order in which they run
        if isinstance(nodes, dict):
            inner = [node.fields.get("data") for node in _listed(nodes) if isinstance(node, TorchObject)]
            found = [data.get("module") for data in inner if isinstance(data, dict)]
        elif isinstance(self.fields.get("modules"), dict):
            found = _listed(self.fields["modules"])
        else:
            return [self]
        return [module for each in found if isinstance(each, TorchObject) for module in each.modules()]


def read_torch7(path: Path) -> Any:
    """Read a file.

    Returns:
        Its object: tables as dictionaries, strings as `str`, tensors as arrays that are not to be changed, functions as
        None, and what else is of one of Torch's classes as `TorchObject`.

    Raises:
        ModelError: The file cannot be read, or is damaged or of another kind.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        return _Reader(data).read()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, "file of Torch7") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._place = memoryview(data), 0
        self._known: dict[int, Any] = {}

    def read(self) -> Any:
        kind = self._int()
        if kind == _NIL:
            return None
        if kind == _NUMBER:
            return struct.unpack("<d", self._take(8))[0]
        if kind == _STRING:
            return self._text()
        if kind == _BOOLEAN:
            return self._int() == 1
        if kind not in (_TABLE, _TORCH, *_FUNCTIONS):
            raise ValueError(f"object of kind {kind}")
        index = self._int()
        if index in self._known:
            return self._known[index]
        if kind == _TABLE:
            return self._table(index)
        if kind == _TORCH:
            return self._object(index)
        self._known[index] = None
        self._take(self._int())
        self.read()  # what the function has been given
        return None

    def _table(self, index: int) -> dict[Any, Any]:
        table: dict[Any, Any] = {}
        self._known[index] = table
        for _ in range(self._int()):
            key = self.read()
            table[key if isinstance(key, str | float | bool) else id(key)] = self.read()
        return table

    def _object(self, index: int) -> Any:
        name, version = self._text(), 0.0
        if name.startswith("V "):
            version, name = float(name[2:]), self._text()
        stem = name.removeprefix("torch.")
        for what, read in (("Storage", self._storage), ("Tensor", self._tensor)):
            if stem.endswith(what) and stem.removesuffix(what) in _VALUES:
                self._known[index] = read(stem.removesuffix(what))
                return self._known[index]
        made = TorchObject(name, version)
        self._known[index] = made
        fields = self.read()
        if not isinstance(fields, dict):
            raise ValueError(f"{name} without a table")
        made.fields = fields
        return made

    def _storage(self, values: str) -> NDArray[Any]:
        kind = np.dtype(_VALUES[values]).newbyteorder("<")
        return np.frombuffer(self._take(self._long() * kind.itemsize), kind)

    def _tensor(self, values: str) -> NDArray[Any]:
        count = self._int()
        if not 0 <= count <= _DIMENSIONS:
            raise ValueError(f"{count} dimensions")
        sizes, strides = ([self._long() for _ in range(count)] for _ in range(2))
        offset, storage = self._long() - 1, self.read()
        if storage is None or not count:
            return np.zeros(0, _VALUES[values])
        last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        sound = min(*sizes, offset + 1) > 0 and min(strides) >= 0 and last < len(storage)
        if not sound or storage.dtype != _VALUES[values]:
            raise ValueError("a tensor beyond its storage")
        steps = [stride * storage.itemsize for stride in strides]
        view: NDArray[Any] = np.lib.stride_tricks.as_strided(storage[offset:], sizes, steps, writeable=False)
        return view

    def _take(self, count: int) -> memoryview:
        if not 0 <= count <= len(self._data) - self._place:
            raise ValueError("ends too early")
        self._place += count
        return self._data[self._place - count : self._place]

    def _int(self) -> int:
        return int(struct.unpack("<i", self._take(4))[0])

    def _long(self) -> int:
        return int(struct.unpack("<q", self._take(8))[0])

    def _text(self) -> str:
        return bytes(self._take(self._int())).decode("latin-1")


def _listed(table: dict[Any, Any]) -> list[Any]:
    """Give what a table holds under 1, 2 and so on."""
    return [table[float(number)] for number in range(1, len(table) + 1) if float(number) in table]
