"""The classical methods of OpenCV and scikit-image, run near the holes alone and in the image's own depth; the pyramid.

References:
    Telea, "An image inpainting technique based on the fast marching method", 2004 (``telea``).
    Bertalmio, Bertozzi, Sapiro, "Navier-Stokes, fluid dynamics, and image and video inpainting", 2001 (``ns``).
    Damelin, Hoang, "On surface completion and image inpainting by biharmonic functions", 2018 (``biharmonic``).
"""

import cv2
import numpy as np

from pconv_cli.core.light.pyramid import fill_pyramid
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import RADIUS
from pconv_cli.methods.tiled.windows import Rgb, fill_windows

# Beyond its radius the fast march looks two pixels further (gradients, and the band it starts from); with that margin
# a window gives what the whole image gives, bit for bit.
_MARCH_MARGIN = 2

# The biharmonic stencil is 5 x 5; holes this near are solved together, which is faster than many tiny systems.
_BIHARMONIC_MARGIN = 16


class PyramidBackend:
    """``pyramid``: partial averages over the whole image, at the image's full depth, on the processor."""

    name = "pyramid"

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        return fill_pyramid(rgb, mask)


class OpenCVBackend:
    """``telea`` or ``ns``: `cv2.inpaint` with a radius of `RADIUS` pixels.

    An image whose values are all of 8 bits is handed over as such, so that the result is that of OpenCV itself; any
    other runs channel by channel in 16 bits. (OpenCV's float version of telea rounds as if values ran to 255.)
    """

    def __init__(self, name: str, flag: int) -> None:
        self.name = name
        self._flag = flag

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        method = self._in_8_bits if _has_8_bits(rgb, mask) else self._in_16_bits
        return fill_windows(rgb, mask, RADIUS + _MARCH_MARGIN, method, wanted)

    def _in_8_bits(self, rgb: Rgb, mask: Mask) -> Rgb:
        samples = np.rint(rgb * 255).astype(np.uint8)
        filled = cv2.inpaint(samples, (~mask).astype(np.uint8), RADIUS, self._flag)
        return np.asarray(filled, dtype=np.float32) / np.float32(255)

    def _in_16_bits(self, rgb: Rgb, mask: Mask) -> Rgb:
        samples = np.rint(rgb * 65535).astype(np.uint16)
        hole = (~mask).astype(np.uint8)
        channels = [cv2.inpaint(np.ascontiguousarray(samples[:, :, c]), hole, RADIUS, self._flag) for c in range(3)]
        return np.stack(channels, axis=2).astype(np.float32) / np.float32(65535)


def _has_8_bits(rgb: Rgb, mask: Mask) -> bool:
    """Say whether every valid value is one of 8 bits; the first rows settle it for deeper images."""
    for top in range(0, mask.shape[0], 64):
        values = rgb[top : top + 64][mask[top : top + 64]] * np.float32(255)
        if np.any(np.abs(values - np.rint(values)) > 1e-3):
            return False
    return True


class BiharmonicBackend:
    """``biharmonic``: `skimage.restoration.inpaint_biharmonic` on each group of near holes."""

    name = "biharmonic"

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        return fill_windows(rgb, mask, _BIHARMONIC_MARGIN, _solve_biharmonic, wanted)


def _solve_biharmonic(rgb: Rgb, mask: Mask) -> Rgb:
    from skimage.restoration import inpaint_biharmonic

    return np.asarray(inpaint_biharmonic(rgb, ~mask, channel_axis=2), dtype=np.float32)
