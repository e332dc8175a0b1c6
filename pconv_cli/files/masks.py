"""Mask files, and the one place where their polarity is turned: files say where the hole is, arrays what is valid."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, PictureError
from pconv_cli.files import readback_tiff
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata import Samples
from pconv_cli.files.packed import PackedMask
from pconv_cli.files.pictures import Picture, read_picture, write_picture
from pconv_cli.files.polarity import THRESHOLD, Polarity
from pconv_cli.files.readback import checking

# Rows that are looked at together, so that a mask never stands in memory in more than its own depth.
_BAND = 1024

# Side of the tiles of masks that are written, and what surely stays below 4 GiB.
_TILE = 512
_CLASSIC_PIXELS = (1 << 32) - (1 << 28)


def read_mask(
    path: Path, *, polarity: Polarity = Polarity.WHITE, threshold: int = THRESHOLD, max_pixels: int = MAX_PIXELS
) -> NDArray[np.bool_]:
    """Read a mask from a picture file of any format and depth.

    A colour counts by its brightest channel. A mask painted on a transparent ground (one colour, opacity that
    varies) is laid on the colour of no hole first.

    Args:
        path: The mask file.
        polarity: The colour of the hole.
        threshold: Value in [1, 255] (deeper samples are scaled to 255) from which a sample is white; from 1 on,
            whatever is not 0, as masks saved as numbers need it.
        max_pixels: The largest mask that is decoded.

    Returns:
        ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        MaskError: The file is damaged or too large, or does not say clearly what is hole.
    """
    try:
        picture = read_picture(path, max_pixels=max_pixels)
    except PictureError as error:
        raise MaskError(str(error)) from error
    samples = picture.samples
    if samples.dtype != np.float32 and samples.shape[2] in (1, 3):
        white = np.empty(picture.size, np.bool_)
        for top in range(0, picture.size[0], _BAND):
            white[top : top + _BAND] = _white(samples[top : top + _BAND], threshold)
    else:
        value = _values(path, picture, ground=0.0 if polarity == Polarity.WHITE else 1.0)
        white = reaches(value, threshold)
    if threshold > 1 and samples.dtype != np.float32 and not white.any() and int(picture.colours.max()) == 1:
        raise _labels(path, threshold, samples.dtype)
    return np.asarray(~white if polarity == Polarity.WHITE else white)


def read_packed_mask(
    path: Path, *, polarity: Polarity = Polarity.WHITE, threshold: int = THRESHOLD, max_pixels: int = MAX_PIXELS
) -> PackedMask:
    """Read a mask of any size into one bit a pixel: a TIFF piece by piece, any other file as `read_mask` does.

    Raises:
        MaskError: See `read_mask`.
    """

    def whole() -> PackedMask:
        return PackedMask.of(read_mask(path, polarity=polarity, threshold=threshold, max_pixels=max_pixels))

    if not is_tiff(path):
        return whole()
    from pconv_cli.files.scans import Scan, is_windowed

    if not is_windowed(path, is_mask=True):
        return whole()
    try:
        with Scan(path, is_mask=True) as scan:
            packed = PackedMask(scan.size)
            largest, known = 0, {}
            for segment in scan.segments:
                data = scan.raw(segment)
                # Most tiles are blank, and packed alike; only one of them has to be unpacked.
                key = (data, segment.height, segment.width)
                if key not in known:
                    samples = scan.decode(segment, data)
                    largest = max(largest, int(samples.max()))
                    known = {key: _white(samples, threshold)}
                white = known[key]
                packed.put(segment.window, ~white if polarity == Polarity.WHITE else white)
    except PictureError as error:
        raise MaskError(str(error)) from error
    if largest == 1 and threshold > 1:
        raise _labels(path, threshold, scan.dtype)
    return packed


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
    return reaches(alpha, threshold)


def reaches(value: NDArray[np.float32], threshold: int) -> NDArray[np.bool_]:
    """Which values in [0, 1] reach a threshold of 255ths; half a step of 16 bits less, so that rounding is none."""
    return np.asarray(value * 255 >= threshold - 0.5 / 257)


def write_mask(path: Path, mask: NDArray[np.bool_]) -> None:
    """Write a mask as an 8-bit grey PNG, white = hole, whole or not at all; the same mask gives the same bytes.

    Args:
        path: The file to write; it is a PNG whatever its suffix.
        mask: ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        OutputError: The file cannot be written, or does not read back as the mask.
    """
    samples = np.where(mask, 0, 255).astype(np.uint8)
    write_picture(path, Picture(samples[:, :, np.newaxis]))


def write_packed_mask(path: Path, mask: PackedMask) -> None:
    """Write a mask of any size as a tiled, compressed 8-bit grey TIFF, white = hole, whole or not at all.

    It can be read in windows. A BigTIFF only where it might pass 4 GiB: more editors can open the other.

    Raises:
        OutputError: The file cannot be written, or does not read back as the mask.
    """
    import tifffile

    height, width = mask.size
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary,
            _tiles(mask),
            shape=mask.size,
            dtype=np.uint8,
            tile=(_TILE, _TILE),
            photometric="minisblack",
            compression="deflate",
            bigtiff=height * width > _CLASSIC_PIXELS,
            metadata=None,
            software=False,
        )
        with checking(path), temporary.open("rb") as file:
            readback_tiff.check(file, (height, width, 1), np.dtype(np.uint8), lambda window: _white_hole(mask, window))


def _white_hole(mask: PackedMask, window: tuple[slice, slice]) -> NDArray[np.uint8]:
    """A window of a mask ``(h, w, 1)``, white = hole."""
    return mask.hole(window)[:, :, np.newaxis] * np.uint8(255)


def _tiles(mask: PackedMask) -> Iterator[NDArray[np.uint8]]:
    """The tiles of a mask, row by row, white = hole; black beyond its edge."""
    height, width = mask.size
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            hole = mask.hole((slice(top, min(height, top + _TILE)), slice(left, min(width, left + _TILE))))
            tile = np.zeros((_TILE, _TILE), np.uint8)
            tile[: hole.shape[0], : hole.shape[1]] = np.where(hole, 255, 0)
            yield tile


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


def _white(samples: Samples, threshold: int) -> NDArray[np.bool_]:
    """Which pixels ``(h, w)`` of 8 or 16 bits reach the threshold by their brightest channel."""
    brightest = samples[:, :, 0] if samples.shape[2] == 1 else samples.max(axis=2)
    return np.asarray(brightest >= (threshold if samples.dtype == np.uint8 or threshold == 1 else 257 * threshold))


def _labels(path: Path, threshold: int, dtype: np.dtype[Any]) -> MaskError:
    """Masks saved as numbers hold 0 and 1 alone."""
    return MaskError(
        f"{path}: has no value above 1 of {np.iinfo(dtype).max}, so nothing reaches the threshold of {threshold}; "
        "if 1 marks a pixel here, rewrite it: pconv masks convert MASKS --out FOLDER --threshold 1"
    )
