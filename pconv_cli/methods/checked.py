"""Checks of what callers from outside hand to a method; the rooms' own calls need none."""

import numpy as np

from pconv_cli.errors import UsageError
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import Backend, DoubtfulBackend, remark_of
from pconv_cli.methods.tiled.windows import Rgb

# Cubic resampling overshoots by less; what runs to 255, or from -1, is far beyond.
_SLACK = 0.1


class CheckedBackend:
    """A backend that refuses what another one would fill wrongly, or never.

    Args:
        backend: The method.

    Attributes:
        doubts: Its own; see `pconv_cli.methods.protocol.DoubtfulBackend`.
    """

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self.doubts = backend.doubts if isinstance(backend, DoubtfulBackend) else ()
        self._backend = backend

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`.

        Raises:
            UsageError: A dtype, shape or range is not what the protocol says, or no pixel is valid.
        """
        check_fill(rgb, mask, wanted)
        # Compiled loops take arrays that lie in rows.
        rgb, mask = np.ascontiguousarray(rgb), np.ascontiguousarray(mask)
        return self._backend.fill(rgb, mask, None if wanted is None else np.ascontiguousarray(wanted))

    def remark(self) -> str:
        """Pass on the method's remark; see `pconv_cli.methods.protocol.RemarkingBackend`."""
        return remark_of(self._backend)


def check_fill(rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> None:
    """Check the arguments of `Backend.fill`, at the cost of a look at the extremes.

    Raises:
        UsageError: A dtype, shape or range is not what the protocol says, or no pixel is valid.
    """
    shape, dtype = _described(rgb)
    if dtype != np.float32:
        raise UsageError(
            f"rgb: has dtype {dtype}; fill takes float32 in [0, 1], and pconv_cli.inpaint takes the others"
        )
    if len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise UsageError(f"rgb: has shape {shape}; fill takes (H, W, 3), and pconv_cli.inpaint takes the others")
    for name, array in (("mask", mask), ("wanted", wanted)):
        if array is None:
            continue
        its_shape, its_dtype = _described(array)
        if its_dtype != np.bool_:
            raise UsageError(f"{name}: has dtype {its_dtype}; fill takes bool")
        if its_shape != shape[:2]:
            raise UsageError(f"{name}: has shape {its_shape}, but the image has {shape[:2]} pixels")
    if not mask.any():
        raise UsageError("mask: all of it is hole, which leaves nothing to fill from; here True = valid, False = hole")
    if not _within(rgb):  # holes may hold anything, but seldom do
        if not np.isfinite(known := rgb[mask]).all():
            raise UsageError("rgb: holds values that are not finite outside the holes")
        if not _within(known):
            raise UsageError(
                f"rgb: runs from {known.min():.4g} to {known.max():.4g} outside the holes; fill takes [0, 1], and "
                "pconv_cli.inpaint takes any range"
            )


def _described(array: object) -> tuple[tuple[int, ...], np.dtype[np.generic] | str]:
    """Give shape and dtype; of anything but an array its type."""
    return (array.shape, array.dtype) if isinstance(array, np.ndarray) else ((), type(array).__name__)


def _within(values: Rgb) -> bool:
    """Say whether all values lie in [0, 1], or as near as rounding and resampling leave them; NaN does not."""
    return bool(values.min() >= -_SLACK and values.max() <= 1 + _SLACK)
