"""Noise, and what stands beside samples, for formats made of boxes."""

import numpy as np
from PIL import ImageCms

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import Samples

JP2, J2K, JXL, AVIF = ImageFormat.JP2, ImageFormat.J2K, ImageFormat.JXL, ImageFormat.AVIF
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- kept --></x:xmpmeta>'
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(bits: int, channels: int, size: tuple[int, int] = (23, 37)) -> Samples:
    rng = np.random.default_rng(bits * 10 + channels)
    return rng.integers(0, 2**bits, (*size, channels)).astype(np.uint8 if bits <= 8 else np.uint16)
