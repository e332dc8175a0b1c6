"""Mask files, and the one place where their polarity is turned: files say where the hole is, arrays what is valid."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, PictureError
from pconv_cli.files.pictures import Picture, read_picture, write_picture
from pconv_cli.files.polarity import THRESHOLD, Polarity


def read_mask(path: Path, *, polarity: Polarity = Polarity.WHITE, threshold: int = THRESHOLD) -> NDArray[np.bool_]:
    """Read a mask from a picture file of any format and depth.

    A colour counts by its brightest channel. A mask painted on a transparent ground (one colour, opacity that
    varies) is laid on the colour of no hole first.

    Args:
        path: The mask file.
        polarity: The colour of the hole.
        threshold: Value in [1, 255] (deeper samples are scaled to 255) from which a sample is white.

    Returns:
        ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        MaskError: The file is damaged, or does not say clearly what is hole.
    """
    try:
        picture = read_picture(path)
    except PictureError as error:
        raise MaskError(str(error)) from error
    value = _values(path, picture, ground=0.0 if polarity == Polarity.WHITE else 1.0)
    white = value * 255 >= threshold - 0.5 / 257  # half a step of 16 bits: 8-bit values compare as they are
    if not white.any() and value.any() and _holds_labels(picture):
        raise MaskError(
            f"{path}: has no value above 1 of 255, so nothing reaches the threshold of {threshold}; "
            "if 1 marks a pixel here, rewrite it: pconv masks convert MASKS --out FOLDER --threshold 1"
        )
    return np.asarray(~white if polarity == Polarity.WHITE else white)


def mask_of_alpha(picture: Picture, *, threshold: int = THRESHOLD) -> NDArray[np.bool_]:
    """Take a picture's own transparency as its mask: a pixel is hole where its opacity lies below the threshold.

    Returns:
        ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        MaskError: The picture has no alpha channel.
    """
    alpha = picture.alpha()
    if alpha is None:
        raise MaskError("the picture has no alpha channel; give its mask as a file")
    return np.asarray(alpha * 255 >= threshold - 0.5 / 257)


def write_mask(path: Path, mask: NDArray[np.bool_]) -> None:
    """Write a mask as an 8-bit grey PNG, white = hole, whole or not at all; the same mask gives the same bytes.

    Args:
        path: The file to write; it is a PNG whatever its suffix.
        mask: ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        OutputError: The file cannot be written.
    """
    samples = np.where(mask, 0, 255).astype(np.uint8)
    write_picture(path, Picture(samples[:, :, np.newaxis]))


def _values(path: Path, picture: Picture, ground: float) -> NDArray[np.float32]:
    """Brightness ``(H, W)`` in [0, 1], a transparent ground replaced by ``ground``."""
    value = picture.brightness()
    alpha = picture.alpha()
    if alpha is None or alpha.min() == 1:
        return value
    painted = value[alpha > 0]
    if painted.size and painted.max() - painted.min() > 0.02:  # rounding of an editor is no second colour
        raise MaskError(
            f"{path}: has both shades and transparency, so that it is not clear which is the mask; "
            "save it in black and white without alpha (or use --masks alpha for a picture's own transparency)"
        )
    return np.asarray(alpha * value + (1 - alpha) * np.float32(ground), dtype=np.float32)


def _holds_labels(picture: Picture) -> bool:
    """Whether 8-bit samples hold 0 and 1 alone, as masks saved as numbers do."""
    return picture.samples.dtype == np.uint8 and int(picture.colours.max()) == 1
