"""CMYK images: refused, since filled inks look like seen ones; or, where asked for, converted to sRGB."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from pconv_cli.errors import ImageError, option
from pconv_cli.files.metadata.carried import Decoded, Metadata

BY_PROFILE = "CMYK, converted to sRGB by its colour profile: written as RGB"
BY_FORMULA = "CMYK without a colour profile that can be used, converted by a plain formula: check the colours"


def refused(path: Path) -> ImageError:
    """Return the error of a CMYK image that nobody asked to convert."""
    return ImageError(
        f"{path}: is a CMYK image, which cannot be kept as such; convert it to RGB (pconv inpaint does with "
        f"{option('cmyk_to_rgb')})"
    )


def as_srgb(image: Image.Image, metadata: Metadata) -> Decoded:
    """Convert an image of mode CMYK, by its profile where it has one (relative colorimetric), else R = (1 - C)(1 - K).

    Args:
        image: The image; 0 is not ink.
        metadata: What stands beside it; the result's profile is sRGB.
    """
    srgb = ImageCms.createProfile("sRGB")
    note = BY_FORMULA
    if metadata.icc:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(metadata.icc))
            converted = ImageCms.profileToProfile(
                image, source, srgb, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB"
            )
            note = BY_PROFILE
        except (OSError, ImageCms.PyCMSError):  # a profile that is damaged, or not of four inks
            converted = None
    else:
        converted = None
    samples = np.array(converted or image.convert("RGB"), dtype=np.uint8)
    profile = ImageCms.ImageCmsProfile(srgb).tobytes()
    own = {key: value for key, value in metadata.own.items() if key not in _OF_FOUR_INKS}
    return Decoded(samples, replace(metadata, icc=profile, own=own), (note,), converted=True)


#: What a file's own coding says of four channels and means nothing for three.
_OF_FOUR_INKS = ("qtables", "subsampling", "extrasamples", "white_is_zero")
