"""Patches of one scale of a picture: how they are described, and how they vote on what stands in a hole."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from pconv_cli.inpainting.correspondence import Floats, Indices, PatchField
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

#: Side of a patch in pixels.
PATCH = 7

_RADIUS = PATCH // 2

# Pixels from one patch over a hole to the next. Each pixel of the hole still lies in a dozen of them, enough for a mean
# of what they say, and there are a quarter as many to be matched as with one round every pixel.
_STRIDE = 2

# Numbers that describe a patch: its 147 samples on the principal axes of the picture's patches. 24 axes keep nearly all
# of the variance of a picture's patches, and make the search several times faster.
_AXES = 24
_AXES_FROM = 4096  # patches

# Sides of what is described at a time are rounded up to a multiple of this: few sizes have to be prepared and kept.
_SIZES = 64

# How a vote falls with the depth in the hole: by a factor of 1.3 a pixel, as in Wexler et al., down to some depth.
# Were there no such end, votes would fall to the smallest float32 from some 250 px on, and large holes turn black.
_CONFIDENCE, _DEEPEST = 1.3, 64

# The similarity that halves a vote, as a part of the third quartile of all distances; small: crisp, large: smooth.
_SHARPNESS = 0.3


def whole_patches(mask: Mask) -> Mask:
    """Centres of the patches that lie inside the picture and hold no hole pixel, ``(H, W)``."""
    return _inside(mask) & ~_touching(mask)


def _touching(mask: Mask) -> Mask:
    return cv2.dilate((~mask).astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)


def _inside(mask: Mask) -> Mask:
    inside = np.zeros_like(mask)
    inside[_RADIUS : mask.shape[0] - _RADIUS, _RADIUS : mask.shape[1] - _RADIUS] = True
    return inside


def _on_grid(size: tuple[int, ...]) -> Mask:
    """Centres of the patches that take part in the match, ``(H, W)``: so many that every pixel lies in one."""
    rows, columns = (np.arange(side) for side in size)
    return np.asarray((_grid_floor(rows, size[0]) == rows)[:, np.newaxis] & (_grid_floor(columns, size[1]) == columns))


def _grid_floor(place: Indices, side: int) -> Indices:
    """The place on the grid at or before each place, along a side; the last one that a patch can have is on it."""
    last = side - 1 - _RADIUS
    inside = np.clip(place, _RADIUS, last)
    return np.where(inside == last, last, inside - (inside - _RADIUS) % _STRIDE)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute with one thread in this block.

    Products of matrices this small come out later from two: they wait for one another, and where other work takes a
    core, for that. NumPy's own library has no such switch, and is left out for that reason.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class PatchScale:
    """One scale of a picture that is being completed.

    Args:
        rgb: ``(H, W, 3)`` float32; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid; at least one patch is whole.
        guide: ``(H, W, 3)`` that a patch's partner should resemble at its centre too, or None.
        coarser: The same picture at half the scale, completed: partners start from there. None: at random.
        rng: Of everything random.
    """

    def __init__(
        self, rgb: Rgb, mask: Mask, guide: Rgb | None, coarser: "PatchScale | None", rng: np.random.Generator
    ) -> None:
        self._rgb, self._mask, self._rng = rgb, mask, rng
        self._guide = None if guide is None else guide.reshape(-1, 3)
        whole = whole_patches(mask)
        choices = np.flatnonzero(whole)
        self._axes = self._principal_axes(rng.choice(choices, min(len(choices), _AXES_FROM), replace=False))
        partner = np.full(mask.size, -1) if coarser is None else coarser._partners_at_twice(mask.shape)
        targets = np.flatnonzero(_touching(mask) & _on_grid(mask.shape))
        partner = partner[targets]
        lost = (partner < 0) | ~whole.ravel()[partner]
        partner[lost] = rng.choice(choices, int(lost.sum()))
        self._field = PatchField(mask.shape, self._describe_all(rgb), whole.ravel(), targets, partner, _STRIDE)
        depth = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5).ravel()[targets]
        self._confidence = np.power(np.float32(_CONFIDENCE), -np.minimum(depth, _DEEPEST))

    def search(self, estimate: Rgb, iterations: int) -> None:
        """Find better partners for the patches over the hole, given what stands in it now."""
        self._field.look_for(self._describe(estimate, self._field.targets))
        self._field.improve(iterations, self._rng)

    def vote(self, *, by_similarity: bool = True) -> Rgb:
        """The picture with every hole pixel the mean of what the patches over it say, ``(H, W, 3)``."""
        field = self._field
        votes = self._confidence
        if by_similarity:
            unit = _SHARPNESS * np.quantile(field.distance, 0.75) + 1e-6
            votes = votes * (np.exp(-field.distance / (2 * unit)) + 1e-8)
        width = self._mask.shape[1]
        ones = np.ones_like(self._rgb[:, :, :1])  # beside the colours, so that votes are counted along with them
        counted = np.concatenate([self._rgb, ones], 2).reshape(-1, 4)
        total = np.zeros_like(counted)
        for down in range(-_RADIUS, _RADIUS + 1):
            for right in range(-_RADIUS, _RADIUS + 1):
                # At one place within the patches no two of them say something of the same pixel.
                step = down * width + right
                total[field.targets + step] += votes[:, np.newaxis] * counted[field.partner + step]
        hole = ~self._mask
        filled = self._rgb.copy()
        said = total.reshape(*hole.shape, 4)[hole]
        filled[hole] = said[:, :3] / np.maximum(said[:, 3:], np.float32(1e-30))
        return filled

    def _partners_at_twice(self, size: tuple[int, ...]) -> Indices:
        """Each position's partner at twice the scale, or -1."""
        height, width = size
        small_height, small_width = self._mask.shape
        partner_at = np.full(self._mask.size, -1)
        partner_at[self._field.targets] = self._field.partner
        rows, columns = np.divmod(np.arange(height * width), width)
        row, column = (_grid_floor(place // 2, side) for place, side in ((rows, small_height), (columns, small_width)))
        partner = partner_at[row * small_width + column]
        from_row, from_column = np.divmod(partner, small_width)
        twice = (2 * (from_row - row) + rows) * width + 2 * (from_column - column) + columns
        return np.where(partner < 0, -1, twice)

    def _principal_axes(self, centres: Indices) -> Floats:
        samples = torch.from_numpy(self._samples(self._rgb, centres)).double()
        with _one_thread():
            _, axes = torch.linalg.eigh(torch.cov(samples.T))
        return np.ascontiguousarray(axes.numpy()[:, ::-1][:, :_AXES], np.float32)

    def _describe_all(self, image: Rgb) -> Floats:
        """Descriptors ``(H W, D)`` of the patches round all pixels: one convolution, whose filters are the axes."""
        filters = torch.from_numpy(self._axes.T.reshape(-1, 3, PATCH, PATCH))
        height, width = self._mask.shape
        sides = (_RADIUS, _RADIUS - width % -_SIZES, _RADIUS, _RADIUS - height % -_SIZES)
        planes = torch.nn.functional.pad(torch.from_numpy(image).permute(2, 0, 1), sides)[None]
        described = torch.nn.functional.conv2d(planes, filters)[0, :, :height, :width].permute(1, 2, 0)
        return self._with_guide(described.reshape(-1, len(filters)).numpy(), slice(None))

    def _describe(self, image: Rgb, centres: Indices) -> Floats:
        """Descriptors ``(T, D)`` of the patches round some pixels."""
        samples, axes = torch.from_numpy(self._samples(image, centres)), torch.from_numpy(self._axes)
        with _one_thread():
            described = (samples @ axes).numpy()
        return self._with_guide(described, centres)

    def _with_guide(self, described: Floats, centres: Indices | slice) -> Floats:
        return described if self._guide is None else np.concatenate([described, self._guide[centres]], 1)

    def _samples(self, image: Rgb, centres: Indices) -> Floats:
        """The samples of patches, ``(T, 147)``; beyond the picture's edge they are 0."""
        padded = np.pad(image, ((_RADIUS, _RADIUS), (_RADIUS, _RADIUS), (0, 0)))
        windows = sliding_window_view(padded, (PATCH, PATCH), (0, 1))
        return windows[np.divmod(centres, self._mask.shape[1])].reshape(len(centres), -1)
