"""One image from Python: `inpaint`, with the defaults of the command and the conventions of NumPy's image libraries."""

import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pconv_cli.arguments import StrPath, path_of
from pconv_cli.errors import MaskError, UsageError
from pconv_cli.files.colour.ranges import blank_pixels
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import mask_of_alpha, read_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.whole import inpaint_image
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import MOSTLY_HOLE, Mask, hole_ratio
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.options import FillOptions
from pconv_cli.methods.protocol import Backend, remark_of
from pconv_cli.wording import percent

Arguments = ParamSpec("Arguments")

#: Models that stay in memory for the next call.
_MODELS = 4

# A model is not shared by threads; torch uses all cores for one image already.
_lock = threading.Lock()


class Inpaint(Protocol[Arguments]):
    """The signature of `inpaint`: an image, a mask, and the options of `FillOptions` by name."""

    def __call__(
        self, image: ArrayLike | StrPath, mask: ArrayLike | StrPath, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> NDArray[Any]:
        """See `inpaint`."""


def _options_of(kind: Callable[Arguments, FillOptions]) -> Callable[[Callable[..., NDArray[Any]]], Inpaint[Arguments]]:
    """Show in a function's signature the options that it passes on, to people and to type checkers."""

    def decorate(function: Callable[..., NDArray[Any]]) -> Inpaint[Arguments]:
        own = signature(function)
        shown = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        options = signature(kind).parameters.values()
        function.__signature__ = own.replace(parameters=[*shown, *options])  # type: ignore[attr-defined]
        return cast("Inpaint[Arguments]", function)

    return decorate


@_options_of(FillOptions)
def inpaint(image: ArrayLike | StrPath, mask: ArrayLike | StrPath, **options: Any) -> NDArray[Any]:
    """Fill the holes of an image, as ``pconv inpaint`` does with the same options.

    **True or nonzero in ``mask`` marks the HOLE**, as in scikit-image and OpenCV. The inside of this package, and so
    `draw_mask`, `make_backend`, `PConvUNet` and the losses, keeps the paper's convention, which is the other way round:
    True or 1 is valid. Write ``inpaint(image, ~draw_mask(...))``.

    The model is loaded at the first call and kept for the next ones with the same options.

    Args:
        image: ``(H, W)`` or ``(H, W, 1)`` grey, ``(H, W, 2)`` grey and alpha, ``(H, W, 3)`` RGB, ``(H, W, 4)`` RGB and
            alpha; uint8, uint16 or floats of any range. OpenCV reads BGR: hand over ``image[..., ::-1]``. Or the path
            of a file; its samples are taken as they are stored, without its EXIF orientation. Transparent pixels,
            NaN and a TIFF's no-data number stay, and nothing is taken from them.
        mask: ``(H, W)`` or ``(H, W, 1)`` bool or numbers: True or nonzero = hole. Or the path of a mask file, in which
            white is the hole; or ``"alpha"``: the transparent part of ``image`` is the hole, and becomes opaque.
        options: What `FillOptions` lists: ``method``, ``weights``, ``device`` and so on, with the command's defaults.

    Returns:
        A new array of the shape and dtype of ``image`` (of a file: ``(H, W)`` or ``(H, W, C)``). Every sample outside
        the holes, and alpha, is the same bit for bit. ``image`` itself is not changed.

    Raises:
        UsageError: A `ValueError`: a dtype, shape or value is none of the above, the mask is all hole or of another
            size, or an option is out of its range.
        ImageError: The image's file cannot be read.
        MaskError: The mask's file cannot be read.
        ModelError: The weights cannot be used.
        FillError: The network computes values that are not finite on this image.

    Example:
        >>> image = np.full((48, 64, 3), 90, np.uint8)
        >>> hole = np.zeros((48, 64), bool)
        >>> hole[20:30, 20:40] = True
        >>> image[hole] = 255  # the damage
        >>> restored = inpaint(image, hole, method="telea")
        >>> restored.dtype, restored.shape, bool((restored < 100).all())
        (dtype('uint8'), (48, 64, 3), True)
    """
    chosen = FillOptions(**options)
    given, stored = _image(image)
    valid = _valid(mask, stored)
    valid = dilate(valid, chosen.dilate) if chosen.dilate else valid
    _check(stored, valid)
    result = np.array(given)
    if valid.all():
        return result
    with _lock:
        backend = _backend(replace(chosen, dilate=0), _stamp(chosen.weights))
        filled = inpaint_image(stored, valid, backend, opaque=_is_alpha(mask))
        note = remark_of(backend)
    if note:
        warnings.warn(note, RuntimeWarning, stacklevel=2)
    hole, samples = ~valid, result if result.ndim == 3 else result[:, :, np.newaxis]
    # Alpha that is kept is not written: float32, on which the fill is computed, would round it.
    changed = samples.shape[2] if _is_alpha(mask) else stored.colours.shape[2]
    samples[hole, :changed] = filled.samples[hole, :changed]
    return result


@lru_cache(maxsize=_MODELS)
def _backend(options: FillOptions, stamp: tuple[int, int] | None) -> Backend:
    backends = Backends()
    backend = backends.of(options)
    for doubt in backends.doubts:
        warnings.warn(doubt, RuntimeWarning, stacklevel=3)
    return backend


def _stamp(weights: str | Path | None) -> tuple[int, int] | None:
    """What changes with a file of weights, so that a new one is loaded; None: shipped weights, or no such file."""
    if weights is None or not Path(weights).is_file():
        return None
    state = Path(weights).stat()
    return state.st_mtime_ns, state.st_size


def _image(image: ArrayLike | StrPath) -> tuple[NDArray[Any], StoredImage]:
    """The samples as they are given, and as the command computes on them."""
    if isinstance(image, str | PathLike):
        stored = read_image(path_of(image, "image"))
        samples = stored.samples
        return (samples[:, :, 0] if samples.shape[2] == 1 else samples), stored
    given = _array(image, "image")
    shape, dtype = given.shape, given.dtype
    if (dtype.kind, dtype.itemsize) not in (("u", 1), ("u", 2)) and dtype.kind != "f":
        raise UsageError(f"image: has dtype {dtype}; convert it to uint8, uint16 or floats first")
    if len(shape) == 3 and shape[2] not in (1, 2, 3, 4) and shape[0] in (1, 3, 4):
        raise UsageError(f"image: has shape {shape}, which looks like (C, H, W); move the channels to the end")
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 2, 3, 4)):
        raise UsageError(f"image: has shape {shape}; pass one image, (H, W) or (H, W, C) with 1 to 4 channels")
    if given.size == 0:
        raise UsageError(f"image: has no pixels (its shape is {shape})")
    kept = dtype.newbyteorder("=") if dtype.kind == "u" else np.dtype(np.float32)
    with np.errstate(over="ignore"):  # what float32 cannot hold is not evidence, and kept as it is given
        samples = np.ascontiguousarray(given if given.ndim == 3 else given[:, :, np.newaxis], kept)
    return given, StoredImage(samples)


def _array(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:  # lists of unequal lengths
        raise UsageError(f"{name}: is no array, since its rows differ in length; pass one of (H, W)") from error


def _valid(mask: ArrayLike | StrPath, image: StoredImage) -> Mask:
    """The mask as the inside has it, ``(H, W)`` bool, True = valid."""
    if _is_alpha(mask):
        try:
            return mask_of_alpha(image)
        except MaskError as error:
            raise UsageError("mask: is 'alpha', but the image has no alpha channel; give a mask") from error
    if isinstance(mask, str | PathLike):
        valid = read_mask(path_of(mask, "mask"))
    else:
        hole = _array(mask, "mask")
        if hole.ndim == 3 and hole.shape[2] == 1:
            hole = hole[:, :, 0]
        if hole.ndim != 2:
            raise UsageError(
                f"mask: has shape {hole.shape}; pass one value per pixel, (H, W), such as mask.any(axis=2)"
            )
        if hole.dtype.kind not in "buif" or (hole.dtype.kind == "f" and np.isnan(hole).any()):
            raise UsageError(f"mask: has dtype {hole.dtype} or NaN; give bool, True = hole")
        valid = hole == 0
    if valid.shape != image.size:
        raise UsageError(f"mask: has shape {valid.shape}, but the image has {image.size} pixels")
    return valid


def _is_alpha(mask: ArrayLike | StrPath) -> bool:
    return isinstance(mask, str) and mask == "alpha"


def _check(image: StoredImage, valid: Mask) -> None:
    if not valid.any():
        raise UsageError(
            "mask: all of it is hole, which leaves nothing to fill from; True or nonzero marks the hole here, so pass "
            "~mask if True means valid, as in draw_mask"
        )
    blank = blank_pixels(image.samples, image.no_data)
    if blank is not None and not (valid & ~blank).any():
        raise UsageError("image: has no pixel outside the holes to fill them from; all are transparent, or no data")
    if hole_ratio(valid) > MOSTLY_HOLE:
        warnings.warn(
            f"the mask is {percent(hole_ratio(valid), 0)} hole; True or nonzero marks the hole, so pass ~mask if True "
            "means valid, as in draw_mask",
            stacklevel=3,
        )
