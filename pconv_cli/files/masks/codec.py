"""Mask files, and the one place where their polarity is turned: files say where the hole is, arrays what is valid."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError, MaskError, option
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.formats import SUFFIXES, ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import OPAQUE, Polarity
from pconv_cli.files.masks.values import MaskValues, reaches
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.readback import checking
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import readback as readback_tiff
from pconv_cli.files.tiff.windowed import open_windowed
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

# Rows that are looked at together, so that a mask never stands in memory in more than its own depth.
_BAND, _SCAN_BAND = 1024, 256

# Side of the tiles of masks that are written, and what surely stays below 4 GiB.
_TILE = 512
_CLASSIC_PIXELS = (1 << 32) - (1 << 28)


def _nobody(message: str) -> None:
    """Drop a warning."""


def read_mask(
    path: Path,
    *,
    polarity: Polarity = Polarity.WHITE,
    threshold: int | None = None,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _nobody,
) -> NDArray[np.bool_]:
    """Read a mask from an image file of any format and depth.

    A colour counts by its brightest channel. A mask painted on a transparent ground (one colour, opacity that
    varies) is laid on the colour of no hole first.

    Args:
        path: The mask file.
        polarity: The colour of the hole.
        threshold: Value in [1, 255] (deeper samples are scaled to 255) from which a sample is white; from 1 on,
            whatever is not 0, as masks saved as numbers need it. None: `THRESHOLD`, and what is neither black nor
            reaches it has to be the soft rim of something that does.
        max_pixels: The largest mask that is decoded.
        warn: Called with a sentence where a soft rim is so wide that the damage under it may stay.

    Returns:
        ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        MaskError: The file is damaged or too large, or does not say clearly what is hole.
    """
    try:
        image = read_image(path, max_pixels=max_pixels, cmyk_to_rgb=True).as_srgb().whole_bytes()
    except ImageError as error:
        raise MaskError(str(error)) from error
    if image.samples.dtype not in (np.uint8, np.uint16, np.float32):
        image = _as_floats(image)
    samples = image.samples
    if samples.dtype == np.float32 and not np.isfinite(image.colours).all():
        raise MaskError(
            f"{path}: holds samples that are not numbers, so it is unclear whether they are hole; write 0 or 1 for them"
        )
    if samples.dtype == np.float32 and image.colours.max() <= 0 and image.colours.min() < 0:  # -1, as some write true
        raise MaskError(
            f"{path}: has values below 0 and none above, so it is unclear whether they are hole; write 0 or 1 for them"
        )
    if samples.dtype == np.float32 or samples.shape[2] in (2, 4):
        value = 255 * _values(path, image, ground=0.0 if polarity == Polarity.WHITE else 1.0)
        values = MaskValues(path, np.dtype(np.float32), threshold, polarity)
    else:
        value = None
        values = MaskValues(path, samples.dtype, threshold, polarity, image.format)

    def bands() -> Iterator[NDArray[Any]]:
        for top in range(0, image.size[0], _BAND):
            yield _brightest(samples[top : top + _BAND]) if value is None else value[top : top + _BAND]

    white = np.concatenate([values.white(band) for band in bands()])
    values.check(bands, warn)
    return np.asarray(~white if polarity == Polarity.WHITE else white)


def _as_floats(image: StoredImage) -> StoredImage:
    """A mask of some other type of samples as float32; whole numbers by the largest that theirs holds."""
    most = 1.0 if image.samples.dtype.kind == "f" else image.top
    return replace(image, samples=(image.samples / most).astype(np.float32))


def read_packed_mask(
    path: Path,
    *,
    polarity: Polarity = Polarity.WHITE,
    threshold: int | None = None,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _nobody,
) -> PackedMask:
    """Read a mask of any size into one bit a pixel: a TIFF piece by piece, any other file as `read_mask` does.

    Raises:
        MaskError: See `read_mask`.
    """

    def whole() -> PackedMask:
        mask = read_mask(path, polarity=polarity, threshold=threshold, max_pixels=max_pixels, warn=warn)
        return PackedMask.of(mask)

    opened = open_windowed(path, is_mask=True)
    if opened is None:
        return whole()
    try:
        with opened as scan:
            packed = PackedMask(scan.size)
            values, known = MaskValues(path, scan.dtype, threshold, polarity), {}
            for segment in scan.segments:
                data = scan.raw(segment)
                # Most tiles are blank, and packed alike; only one of them has to be unpacked.
                key = (data, segment.height, segment.width)
                if key not in known:
                    known = {key: values.white(_brightest(scan.decode(segment, data)))}
                white = known[key]
                packed.put(segment.rect, ~white if polarity == Polarity.WHITE else white)
            height, width = scan.size

            def bands() -> Iterator[NDArray[Any]]:
                for top in range(0, height, _SCAN_BAND):
                    yield _brightest(scan.read(Rect(top, 0, min(_SCAN_BAND, height - top), width)))

            values.check(bands, warn)
    except ImageError as error:
        raise MaskError(str(error)) from error
    return packed


def mask_of_alpha(image: StoredImage, *, threshold: int | None = None) -> NDArray[np.bool_]:
    """Take an image's own transparency as its mask: a pixel is hole where its opacity lies below the threshold.

    Args:
        image: The image.
        threshold: Opacity in [1, 255]. None: `OPAQUE`, so that nothing of a soft rim stays half transparent.

    Returns:
        ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        MaskError: The image has no alpha channel.
    """
    alpha = image.alpha()
    if alpha is None:
        raise MaskError("the image has no alpha channel; give its mask as a file")
    return reaches(alpha, OPAQUE if threshold is None else threshold)


def write_mask(path: Path, mask: NDArray[np.bool_]) -> None:
    """Write a mask as an 8-bit grey PNG, white = hole, whole or not at all; the same mask gives the same bytes.

    Args:
        path: The file to write; it is a PNG whatever its suffix.
        mask: ``(H, W)`` bool, True = valid, False = hole.

    Raises:
        OutputError: The file cannot be written, or does not read back as the mask.
    """
    samples = np.where(mask, 0, 255).astype(np.uint8)
    write_image(path, StoredImage(samples[:, :, np.newaxis]))


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
            readback_tiff.check(file, (height, width, 1), np.dtype(np.uint8), lambda rect: _white_hole(mask, rect))


def write_mask_by_name(path: Path, mask: PackedMask) -> None:
    """Write a mask as its file is named: a TIFF as `write_packed_mask` does, any other as `write_mask` does.

    Raises:
        OutputError: See there.
    """
    if path.suffix.lower() in SUFFIXES[ImageFormat.TIFF]:
        write_packed_mask(path, mask)
    else:
        write_mask(path, mask.whole())


def _white_hole(mask: PackedMask, rect: Rect) -> NDArray[np.uint8]:
    """Give a rectangle of a mask ``(h, w, 1)``, white = hole."""
    return mask.hole(rect)[:, :, np.newaxis] * np.uint8(255)


def _tiles(mask: PackedMask) -> Iterator[NDArray[np.uint8]]:
    """The tiles of a mask, row by row, white = hole; black beyond its edge."""
    for rect in tiles_of(Rect.whole(mask.size), _TILE):
        tile = np.zeros((_TILE, _TILE), np.uint8)
        tile[: rect.height, : rect.width] = np.where(mask.hole(rect), 255, 0)
        yield tile


def _values(path: Path, image: StoredImage, ground: float) -> NDArray[np.float32]:
    """Brightness ``(H, W)`` in [0, 1], a transparent ground replaced by ``ground``."""
    value = image.brightness()
    alpha = image.alpha()
    if alpha is None or alpha.min() == 1:
        return value
    painted = value[alpha > 0]
    if painted.size and painted.max() - painted.min() > 0.02:  # rounding of an editor is not a second colour
        raise MaskError(
            f"{path}: has both shades and transparency, so it is unclear which of them is the mask; "
            f"save it in black and white without alpha (or use {option('masks')} alpha for an image's own "
            "transparency)"
        )
    if painted.size and abs(float(painted[0]) - ground) <= 0.02:  # in the colour of what is no hole
        colour = "black" if ground == 0 else "white"
        raise MaskError(
            f"{path}: is painted in {colour} on a transparent ground, so it holds no hole; if the paint marks it, "
            f"pass {option('polarity')} {colour}; if there is none, save it without transparency"
        )
    return np.asarray(alpha * value + (1 - alpha) * np.float32(ground), dtype=np.float32)


def _brightest(samples: Samples) -> NDArray[Any]:
    """The brightest channel of each pixel, ``(h, w)``."""
    return np.asarray(samples[:, :, 0] if samples.shape[2] == 1 else samples.max(axis=2))
