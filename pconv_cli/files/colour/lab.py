"""CIELab samples as TIFF stores them, seen by methods as sRGB, and their fills turned back into Lab.

Known samples are never converted. What lies outside of sRGB is seen at its border, and a fill lies within it.

References:
    TIFF 6.0, section 23 (CIELab: a* and b* signed); Adobe, TIFF Technical Notes 2002 (ICCLab: a* and b* offset).
    IEC 61966-2-1 (sRGB); its matrix adapted to D50 by Bradford, as ICC profiles have it.
"""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.ranges import SampleRange

_TO_XYZ = np.array([
    [0.4360747, 0.3850649, 0.1430804],
    [0.2225045, 0.7168786, 0.0606169],
    [0.0139322, 0.0971045, 0.7141733],
])  # fmt: skip
_TO_RGB = np.linalg.inv(_TO_XYZ)
_WHITE = _TO_XYZ.sum(axis=1)
_BREAK = 6 / 29
#: Rows that are converted together.
_BAND = 64


class LabRange(SampleRange):
    """Lab samples of 8 or 16 bits as values in [0, 1] of sRGB; see `SampleRange`, whose place it takes.

    Here a* and b* are signed, in the type's two's complement (PhotometricInterpretation 8).
    """

    __slots__ = ()
    name: ClassVar[str] = "CIELab"

    def values(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Convert samples ``(..., 3)`` to sRGB in [0, 1], float32."""
        return np.asarray(rgb_of_lab(self._lab(samples)), np.float32)

    def samples(self, values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Convert sRGB values ``(..., 3)`` in [0, 1] to samples of a type."""
        return self._stored(lab_of_rgb(values.astype(np.float64)), dtype)

    def _lab(self, samples: NDArray[Any]) -> NDArray[np.float64]:
        signed = samples[..., 1:].view(np.dtype(f"i{samples.dtype.itemsize}"))
        lightness = samples[..., :1] * (100.0 / float(np.iinfo(samples.dtype).max))
        return np.concatenate([lightness, signed / float(256 ** (samples.dtype.itemsize - 1))], axis=-1)

    def _stored(self, lab: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        most, step = np.iinfo(dtype).max, 256 ** (dtype.itemsize - 1)
        lightness = np.rint(np.clip(lab[..., :1], 0, 100) * (most / 100)).astype(dtype)
        signed = np.dtype(f"i{dtype.itemsize}")
        limits = np.iinfo(signed)
        ab = np.clip(np.rint(lab[..., 1:] * step), limits.min, limits.max).astype(signed).view(dtype)
        return np.concatenate([lightness, ab], axis=-1)


class IccLabRange(LabRange):
    """The same where a* and b* are stored 128 higher (PhotometricInterpretation 9); of 16 bits, 65280 is L* of 100."""

    __slots__ = ()
    name: ClassVar[str] = "ICCLab"

    def _lab(self, samples: NDArray[Any]) -> NDArray[np.float64]:
        scaled = samples / float(256 ** (samples.dtype.itemsize - 1))
        return np.concatenate([scaled[..., :1] * (100 / 255), scaled[..., 1:] - 128], axis=-1)

    def _stored(self, lab: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        scaled = np.concatenate([lab[..., :1] * (255 / 100), lab[..., 1:] + 128], axis=-1)
        most = float(np.iinfo(dtype).max)
        return np.asarray(np.rint(np.clip(scaled * 256 ** (dtype.itemsize - 1), 0, most)).astype(dtype))


def lab_range(photometric: int) -> LabRange:
    """Give the range of Lab samples by TIFF's number of how they are stored, 8 or 9."""
    return (LabRange if photometric == 8 else IccLabRange)(0.0, 1.0)


def as_srgb(samples: NDArray[Any], photometric: int) -> NDArray[Any]:
    """Convert Lab samples ``(H, W, 3 or 4)`` to sRGB of the same type; alpha stays."""
    scale, dtype = lab_range(photometric), samples.dtype
    converted = samples.copy()
    for top in range(0, samples.shape[0], _BAND):
        rgb = scale.values(samples[top : top + _BAND, :, :3])
        converted[top : top + _BAND, :, :3] = np.rint(rgb * float(np.iinfo(dtype).max)).astype(dtype)
    return converted


def rgb_of_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert L*a*b* ``(..., 3)`` under D50 to sRGB in [0, 1], clipped to it.

    Example:
        >>> rgb_of_lab(np.array([[100.0, 0, 0], [0, 0, 0]])).round(3).tolist()
        [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], axis=-1)
    xyz = _WHITE * np.where(roots > _BREAK, roots**3, 3 * _BREAK**2 * (roots - 4 / 29))
    linear = np.clip(xyz @ _TO_RGB.T, 0, 1)
    return np.asarray(np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear))


def lab_of_rgb(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert sRGB ``(..., 3)`` in [0, 1] to L*a*b* under D50."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    shares = linear @ _TO_XYZ.T / _WHITE
    roots = np.where(shares > _BREAK**3, np.cbrt(shares), shares / (3 * _BREAK**2) + 4 / 29)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
