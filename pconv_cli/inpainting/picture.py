"""One picture, from its file to its restored file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, MaskError, PictureError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.formats import PictureFormat
from pconv_cli.files.masks import mask_of_alpha, read_mask
from pconv_cli.files.pairing import Pair
from pconv_cli.files.pictures import Picture, read_picture, read_size, write_picture
from pconv_cli.files.polarity import Polarity
from pconv_cli.inpainting.backends import Backend
from pconv_cli.inpainting.profile import measured
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import Mask, hole_ratio, polarity_remedy


@dataclass(frozen=True, eq=False)
class Loaded:
    """A picture and its mask, decoded and found fit for inpainting.

    Attributes:
        pair: Where they come from.
        picture: The picture.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
    """

    pair: Pair
    picture: Picture
    mask: Mask

    @property
    def hole_ratio(self) -> float:
        """Share of the picture that is hole, 0 to 1."""
        return hole_ratio(self.mask)


@dataclass(frozen=True, eq=False)
class Filled:
    """A picture that is ready to be written.

    Attributes:
        picture: The picture; None where its file is to be copied as it is.
        hole_ratio: Share of it that was hole, 0 to 1.
        note: What was out of the ordinary, or nothing.
    """

    picture: Picture | None
    hole_ratio: float
    note: str = ""


def load_pair(pair: Pair, *, polarity: Polarity, threshold: int, grow: int) -> Loaded:
    """Decode a picture and its mask.

    Args:
        pair: Where they are.
        polarity: The colour of the hole in the mask file.
        threshold: See `pconv_cli.files.masks.read_mask`.
        grow: Pixels by which the hole is grown.

    Raises:
        PictureError: The picture is damaged, or holds samples that are no numbers outside its holes.
        MaskError: The mask is damaged, of another size, or all hole.
    """
    picture = read_picture(pair.picture)
    mask = _load_mask(pair, picture, picture.size, polarity=polarity, threshold=threshold, grow=grow)
    if picture.samples.dtype == np.float32 and not np.isfinite(picture.samples[mask]).all():
        raise PictureError(f"{pair.picture}: holds samples that are no finite numbers; mark them as hole in its mask")
    return Loaded(pair, picture, mask)


def load_mask(pair: Pair, *, polarity: Polarity, threshold: int, grow: int) -> Mask:
    """Decode a mask as `load_pair` does, and of its picture no more than the size where the mask is a file.

    Raises:
        PictureError: The picture is damaged.
        MaskError: The mask is damaged, of another size, or all hole.
    """
    picture = read_picture(pair.picture) if pair.mask is None else None
    size = read_size(pair.picture) if picture is None else picture.size
    return _load_mask(pair, picture, size, polarity=polarity, threshold=threshold, grow=grow)


def _load_mask(
    pair: Pair, picture: Picture | None, size: tuple[int, int], *, polarity: Polarity, threshold: int, grow: int
) -> Mask:
    """The mask of a pair, from its file or from the picture's own transparency."""
    if pair.mask is not None:
        mask = read_mask(pair.mask, polarity=polarity, threshold=threshold)
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
    mask = dilate(mask, grow) if grow else mask
    if not mask.any():
        remedy = polarity_remedy(polarity) if pair.mask else "leave some of it opaque"
        raise MaskError(f"{source} is all hole, and nothing is left to fill it from; {remedy}")
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
    with measured("decode"):
        rgb = picture.rgb(mask)
    with measured("infer"):
        fill = backend.fill(rgb, mask)
    with measured("blend"):
        return picture.with_holes_filled(fill, mask, opaque=opaque)


def fill_loaded(loaded: Loaded, kind: PictureFormat | None, backend: Backend) -> Filled:
    """Fill a loaded picture.

    Args:
        loaded: The picture and its mask.
        kind: The format it is going to be written in; None: the picture's own.
        backend: The method.
    """
    picture = loaded.picture if kind is None else loaded.picture.to_format(kind)
    if not loaded.mask.all():
        filled = inpaint_picture(picture, loaded.mask, backend, opaque=loaded.pair.mask is None)
        return Filled(filled, loaded.hole_ratio)
    if picture.format is loaded.picture.format:
        return Filled(None, loaded.hole_ratio, "no hole, copied as it is")
    return Filled(picture, loaded.hole_ratio, "no hole")


def write_filled(filled: Filled, source: Path, target: Path) -> None:
    """Write a filled picture, whole or not at all.

    Args:
        filled: The picture.
        source: The file that it was read from.
        target: The file to write.

    Raises:
        PictureError: The format cannot hold the picture.
        OutputError: The file cannot be written.
    """
    if filled.picture is None:
        _copy(source, target)
    else:
        write_picture(target, filled.picture)


def _copy(source: Path, target: Path) -> None:
    try:
        data = source.read_bytes()
    except OSError as error:
        raise FileError(f"{source}: cannot be read again ({error.strerror}); check path and permissions") from error
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)
