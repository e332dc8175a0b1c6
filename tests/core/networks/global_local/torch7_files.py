"""Files of Torch7, written by its rules: the writer of the tests, which shares nothing with the reader."""

import struct
from dataclasses import dataclass, field

import numpy as np

NAMES = {np.dtype("f4"): "Float", np.dtype("f8"): "Double", np.dtype("i8"): "Long", np.dtype("u1"): "Byte"}


@dataclass(eq=False)
class Torch:
    """An object of one of Torch's classes."""

    kind: str
    fields: dict = field(default_factory=dict)
    version: int = 1


@dataclass(eq=False)
class Function:
    """A function: its code, and what it was given."""

    code: bytes
    given: dict
    kind: int = 8


def number(value):
    return struct.pack("<i", value)


def text(value):
    return number(len(value)) + value.encode("latin-1")


def written(value, seen=None, cuda=False):
    """The bytes of an object; lists are tables from 1 on. Of what was written before, its index alone."""
    seen = {} if seen is None else seen
    if value is None:
        return number(0)
    if isinstance(value, bool):
        return number(5) + number(value)
    if isinstance(value, int | float):
        return number(1) + struct.pack("<d", value)
    if isinstance(value, str):
        return number(2) + text(value)
    kind = 4 if isinstance(value, Torch | np.ndarray) else value.kind if isinstance(value, Function) else 3
    known = id(value) in seen
    index = seen.setdefault(id(value), (len(seen) + 1, value))[0]
    head = number(kind) + number(index)
    if known:
        return head
    if isinstance(value, Function):
        return head + number(len(value.code)) + value.code + written(value.given, seen, cuda)
    if isinstance(value, Torch):
        return head + text(f"V {value.version}") + text(value.kind) + written(value.fields, seen, cuda)
    if isinstance(value, np.ndarray):
        name = "Cuda" if cuda and value.dtype == np.float32 else NAMES[value.dtype]
        body = head + text("V 1") + text(f"torch.{name}Tensor") + number(value.ndim)
        steps = [stride // value.itemsize for stride in value.strides]
        body += b"".join(struct.pack("<q", n) for n in (*value.shape, *steps))
        whole = value if value.base is None else value.base
        offset = (value.ctypes.data - whole.ctypes.data) // value.itemsize
        body += struct.pack("<q", offset + 1)
        return body + storage(whole, seen, name)
    pairs = enumerate(value, start=1) if isinstance(value, list) else value.items()
    body = head + number(len(value))
    for key, item in pairs:
        body += written(key, seen, cuda) + written(item, seen, cuda)
    return body


def storage(values, seen, name):
    key = ("storage", values.ctypes.data)
    known = key in seen
    head = number(4) + number(seen.setdefault(key, (len(seen) + 1, values))[0])
    if known:
        return head
    return head + text("V 1") + text(f"torch.{name}Storage") + struct.pack("<q", values.size) + values.tobytes("K")
