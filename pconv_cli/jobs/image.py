"""One picture, from its file to its restored file."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, MaskError, PictureError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.finding.pairing import Pair
from pconv_cli.files.formats import PictureFormat, is_tiff
from pconv_cli.files.images import Picture, evidence_of, read_picture, read_size, write_picture
from pconv_cli.files.masks.codec import mask_of_alpha, read_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.opening import open_regular
from pconv_cli.files.ranges import blank_pixels
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.doubts import check_ratio
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import Mask, hole_ratio
from pconv_cli.methods.backends import Backend
from pconv_cli.methods.tiled.sweep import NothingKnown, sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect


@dataclass(frozen=True, eq=False)
class Loaded:
    """A picture and its mask, decoded and found fit for inpainting.

    Attributes:
        pair: Where they come from.
        picture: The picture.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        doubts: Sentences on what may be meant otherwise than it is read.
    """

    pair: Pair
    picture: Picture
    mask: Mask
    doubts: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.picture.size

    @property
    def hole_ratio(self) -> float:
        """Share of the picture that is hole, 0 to 1."""
        return hole_ratio(self.mask)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about how the picture was read."""
        return self.picture.notes

    @property
    def format(self) -> PictureFormat:
        """The format of the picture's file."""
        return self.picture.format


@dataclass(frozen=True, eq=False)
class Filled:
    """A picture that is ready to be written.

    Attributes:
        picture: The picture; None where its file is to be copied as it is, or is written already.
        hole_ratio: Share of it that was hole, 0 to 1.
        note: What was out of the ordinary, or nothing.
        written: Whether its file is there already: a huge one is written while it is filled.
        holes: Where its samples may differ from its file's; None: in no place that is known.
    """

    picture: Picture | None
    hole_ratio: float
    note: str = ""
    written: bool = False
    holes: PackedMask | None = None


def load_pair(pair: Pair, options: InpaintOptions) -> Loaded:
    """Decode a picture and its mask.

    Raises:
        PictureError: The picture is damaged or too large, or nothing of it is known outside its holes.
        MaskError: The mask is damaged, of another size, not clear, or nearly all hole.
    """
    picture = read_picture(pair.picture, max_pixels=options.max_pixels, cmyk_to_rgb=options.cmyk_to_rgb)
    doubts: list[str] = []
    mask = _load_mask(pair, picture, picture.size, options, doubts.append)
    blank = blank_pixels(picture.samples)
    if blank is not None and not (mask & ~blank).any():
        raise PictureError(nothing_known(pair.picture))
    if picture.samples.dtype.kind == "f" and not np.isfinite(picture.colours[mask]).all():
        doubts.append(
            f"{pair.picture}: holds samples that are not numbers outside its holes; they stay as they are, and no "
            "fill is taken from them"
        )
    return Loaded(pair, picture, mask, tuple(doubts))


def nothing_known(picture: Path) -> str:
    """Say that there is nothing to fill a picture's holes from."""
    return (
        f"{picture}: is transparent or holds no numbers everywhere outside its holes, which leaves nothing to fill "
        "them from; leave it out"
    )


def load_mask(pair: Pair, options: InpaintOptions, warn: Callable[[str], None]) -> Mask:
    """Decode a mask as `load_pair` does, and of its picture no more than the size where the mask is a file.

    Raises:
        PictureError: The picture is damaged.
        MaskError: The mask is damaged, of another size, not clear, or nearly all hole.
    """
    picture = read_picture(pair.picture, max_pixels=options.max_pixels) if pair.mask is None else None
    size = read_size(pair.picture, max_pixels=options.max_pixels) if picture is None else picture.size
    return _load_mask(pair, picture, size, options, warn)


def _load_mask(
    pair: Pair,
    picture: Picture | None,
    size: tuple[int, int],
    options: InpaintOptions,
    warn: Callable[[str], None],
) -> Mask:
    """The mask of a pair, from its file or from the picture's own transparency."""
    threshold = options.threshold
    if pair.mask is not None:
        mask = read_mask(
            pair.mask, polarity=options.polarity, threshold=threshold, max_pixels=options.max_pixels, warn=warn
        )
        source = f"{pair.picture}: its mask {pair.mask}"
    else:
        assert picture is not None
        try:
            mask = mask_of_alpha(picture, threshold=threshold)
        except MaskError as error:
            raise MaskError(f"{pair.picture}: {error}") from error
        source = f"{pair.picture}: its transparency"
    if mask.shape != size:
        raise MaskError(f"{source} is of another size; a mask must have the size of its picture")
    mask = dilate(mask, options.dilate) if options.dilate else mask
    check_ratio(source, hole_ratio(mask), pair.mask, options)
    return mask


def inpaint_picture(picture: Picture, mask: Mask, backend: Backend, *, opaque: bool = False) -> Picture:
    """Fill the holes of one picture, and leave every other sample bit for bit as it is.

    Args:
        picture: The picture.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        backend: The method.
        opaque: Whether filled pixels become opaque where the picture has alpha (its mask came from there).
    """
    if mask.all():
        return picture
    damaged = _DamagedPicture(picture, mask)
    samples = picture.samples.copy()
    for block in sweep(damaged, backend):
        with measured("blend"):
            picture.fill(samples[block.rect.slices], block.hole, block.fill, damaged.scale, opaque=opaque)
    return replace(picture, samples=samples)


class _DamagedPicture:
    """A picture in memory as `pconv_cli.methods.tiled.sweep.DamagedImage`."""

    def __init__(self, picture: Picture, mask: Mask) -> None:
        self.holes = PackedMask.of(mask)
        self.scale = picture.range(mask)
        self._picture = picture

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`."""
        return evidence_of(self._picture.window(rect), self.scale)


def fill_loaded(loaded: Loaded, kind: PictureFormat | None, backend: Backend) -> Filled:
    """Fill a loaded picture.

    Args:
        loaded: The picture and its mask.
        kind: The format it is going to be written in; None: the picture's own.
        backend: The method.

    Raises:
        PictureError: Too little is known of it to fill its holes from.
    """
    picture = loaded.picture if kind is None else loaded.picture.to_format(kind)
    if not loaded.mask.all():
        try:
            filled = inpaint_picture(picture, loaded.mask, backend, opaque=loaded.pair.mask is None)
        except NothingKnown:  # a few known pixels, lost where the whole is reduced
            raise PictureError(nothing_known(loaded.pair.picture)) from None
        return Filled(filled, loaded.hole_ratio, holes=PackedMask.of(loaded.mask))
    if picture.format is loaded.picture.format and not picture.converted:
        return Filled(None, loaded.hole_ratio, "no hole, copied as it is")
    return Filled(picture, loaded.hole_ratio, "no hole")


def write_filled(filled: Filled, source: Path, target: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write a filled picture, whole or not at all; of a TIFF, tiles and strips without a hole keep their bytes.

    Args:
        filled: The picture.
        source: The file that it was read from.
        target: The file to write.
        check: Called where bytes of the source are copied, before the copy moves into place; by an error keeps it from
            that.

    Raises:
        PictureError: The format cannot hold the picture.
        OutputError: The file cannot be written.
    """
    if filled.picture is None:
        _copy(source, target, check)
    elif not _rewritten(filled, source, target, check):
        write_picture(target, filled.picture)


def _rewritten(filled: Filled, source: Path, target: Path, check: Callable[[], None]) -> bool:
    """Write a TIFF again where it can keep most of its bytes, and say whether it could."""
    picture = filled.picture
    if picture is None or picture.converted or filled.holes is None:
        return False
    if picture.format is not PictureFormat.TIFF or not is_tiff(source):
        return False
    from pconv_cli.files.tiff.writer import rewrite  # tifffile is loaded for TIFF files alone

    return rewrite(source, target, picture.stored, filled.holes, check)


def _copy(source: Path, target: Path, check: Callable[[], None]) -> None:
    try:
        file = open_regular(source)
    except OSError as error:
        raise FileError(f"{source}: cannot be read again ({error.strerror}); check path and permissions") from error
    with file, atomic_path(target) as temporary:
        with temporary.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        check()
