"""A method that remembers its fills, for runs that fill the same holes again and change only what comes after it."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import Backend, remark_of
from pconv_cli.methods.tiled.windows import Rgb


@dataclass(frozen=True, eq=False)
class _Fill:
    """What a method made of an image's holes, ``(pixels, 3)``, and what it said."""

    values: NDArray[np.float32]
    remark: str


class RememberingBackend:
    """A method whose fills are kept, as long as there is room for more.

    Runs take their images in the same order. So what came first is kept, and what finds no room is filled again: if
    the oldest fill gave way, each would be gone just before it is wanted.

    Args:
        method: The method; the same image and mask always get the same fill.
        room: Bytes of all fills.
    """

    def __init__(self, method: Backend, room: int) -> None:
        self.name = method.name
        self._method, self._room = method, room
        self._fills: dict[bytes, _Fill] = {}
        self._remark = ""

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        key = _key(rgb, mask, wanted)
        known = self._fills.get(key)
        if known is not None:
            self._remark = known.remark
            filled = rgb.copy()
            filled[~mask] = known.values
            return filled
        filled = self._method.fill(rgb, mask, wanted)
        self._remark = remark_of(self._method)
        values = filled[~mask]
        if values.nbytes <= self._room:
            self._room -= values.nbytes
            self._fills[key] = _Fill(values, self._remark)
        return filled

    def remark(self) -> str:
        """Pass on the method's remark on this fill; see `pconv_cli.methods.protocol.RemarkingBackend`."""
        remark, self._remark = self._remark, ""
        return remark


def _key(rgb: Rgb, mask: Mask, wanted: Mask | None) -> bytes:
    digest = hashlib.sha256(repr((rgb.shape, wanted is None)).encode())
    for part in (rgb, mask, *(() if wanted is None else (wanted,))):
        digest.update(np.ascontiguousarray(part).data)
    return digest.digest()
