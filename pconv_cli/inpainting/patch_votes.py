"""One scale of an image that is completed by patches: which are matched, how each counts, and who does the work."""

from collections.abc import Callable
from concurrent.futures import Executor

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting import patch_kernels as kernels
from pconv_cli.masks.ratios import Mask

Image = NDArray[np.float32]
"""(H, W, C), any number of channels."""

#: Side of a patch in pixels.
PATCH = kernels.SIDE

# What a hole pixel counts in a comparison falls by this factor with each pixel of depth, down to some depth. So what is
# known decides at the rim, and what was filled from it decides further in: holes are closed from outside. With all
# pixels alike, what stood in the hole by chance decides with them, and steps at the rim are 1.4 times as high.
_WEIGHT = 0.12

# How a vote falls with the depth of the patch's centre. Steep: sharp, as few patches say what a pixel becomes.
_CONFIDENCE = 0.25

# Both end here, before the numbers become too small for float32.
_DEEPEST = 24

# A vote falls by a factor of e with this part of the mean distance.
_SHARPNESS = 0.2

# Pixels round the coarser scale's partner in which better ones are looked for.
_REACH = 16

# Targets, or hole pixels, that are worked off in one go. Part of the result, so not the number of threads.
_PART = 4096


def whole_patches(known: Mask) -> Mask:
    """Centres of the patches that lie inside the image and are known wholly, ``(H, W)``."""
    return _inside(known.shape) & ~_near(~known)


def _inside(size: tuple[int, ...]) -> Mask:
    inside = np.zeros(size, np.bool_)
    radius = kernels.RADIUS
    inside[radius : size[0] - radius, radius : size[1] - radius] = True
    return inside


def _near(flags: Mask) -> Mask:
    return cv2.dilate(flags.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)


class PatchScale:
    """One scale of an image that is being completed.

    Args:
        image: ``(H, W, C)`` float32; what stands in a hole is where the first search begins.
        known: ``(H, W)``, what partners are taken from; at least one patch is whole.
        hole: ``(H, W)``, what is filled; none of it is known.
        guide: ``(H, W, G)``, what is compared beside the image and known everywhere; G may be 0.
        coarser: The same image at half the scale, completed: partners and fill start from there. None: at random.
        seed: Of everything random, below 2^32.
        workers: Where parts are worked off; the result does not depend on how many there are.
    """

    def __init__(
        self,
        image: Image,
        known: Mask,
        hole: Mask,
        guide: Image,
        coarser: "PatchScale | None",
        seed: int,
        workers: Executor,
    ) -> None:
        self._size, self._filled, self._channels = known.shape, image.shape[2], image.shape[2] + guide.shape[2]
        self._seed, self._workers = seed, workers
        width = known.shape[1]
        whole = whole_patches(known)
        self._allowed = whole.ravel()
        targets = np.flatnonzero(_near(hole) & _inside(known.shape))
        self._rows, self._columns = (part.astype(np.int32) for part in np.divmod(targets, width))
        self._place = np.full(known.size, -1, np.int32)
        self._place[targets] = np.arange(len(targets), dtype=np.int32)
        self._hole_rows, self._hole_columns = (part.astype(np.int32) for part in np.nonzero(hole))
        distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        depth = np.minimum(distance, _DEEPEST)
        # Of holes that are not filled nothing counts.
        self._weight = np.where(known | hole, np.power(np.float32(_WEIGHT), depth), np.float32(0)).ravel()
        self._confidence = np.power(np.float32(_CONFIDENCE), depth).ravel()
        self._image = _flat(np.concatenate([image, guide], axis=2))
        self._source = self._image.copy()
        self._row, self._column = self._first_partners(whole, targets, coarser)
        self._distance = np.ones(len(targets), np.float32)
        self._reach = max(self._size) if coarser is None else _REACH
        if coarser is not None:
            self.vote(sharpness=1)  # this scale's own texture, from the coarser one's partners

    def search(self, sweeps: int, number: int) -> None:
        """Find better partners; ``number`` tells searches apart."""
        before = self._row.copy(), self._column.copy()
        seed = (self._seed + 0x9E3779B1 * number) & 0xFFFFFFFF
        self._in_parts(
            len(self._rows),
            lambda first, last: kernels.search(
                self._source,
                self._image,
                self._weight,
                self._size[0],
                self._size[1],
                self._channels,
                self._rows,
                self._columns,
                self._place,
                self._allowed,
                self._row,
                self._column,
                self._distance,
                before[0],
                before[1],
                first,
                last,
                sweeps,
                seed,
                self._reach,
            ),
        )

    def vote(self, sharpness: float | None = None) -> None:
        """Make every hole pixel the mean of what the partners of the patches over it say."""
        self._in_parts(
            len(self._hole_rows),
            lambda first, last: kernels.vote(
                self._source,
                self._size[0],
                self._size[1],
                self._channels,
                self._filled,
                self._hole_rows,
                self._hole_columns,
                self._place,
                self._row,
                self._column,
                self._distance,
                self._confidence,
                np.float32(_SHARPNESS if sharpness is None else sharpness),
                first,
                last,
                self._image,
            ),
        )

    def image(self) -> Image:
        """The image as it is filled now, ``(H, W, C)``."""
        count = self._size[0] * self._size[1] * self._channels
        return self._image[:count].reshape(*self._size, self._channels)[:, :, : self._filled].copy()

    def _in_parts(self, count: int, work: Callable[[int, int], None]) -> None:
        """Work off that many things part by part, in threads."""
        starts = range(0, count, _PART)
        list(self._workers.map(lambda first: work(first, min(count, first + _PART)), starts))

    def _first_partners(
        self, whole: Mask, targets: NDArray[np.int64], coarser: "PatchScale | None"
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The coarser scale's partners where they can be taken, the nearest whole patch to them, or one at random."""
        width = self._size[1]
        if coarser is None:
            choices = np.flatnonzero(whole)
            partner = np.random.default_rng(self._seed).choice(choices, len(targets))
            return (partner // width).astype(np.int32), (partner % width).astype(np.int32)
        row, column = coarser._partners_at_twice(self._rows, self._columns)
        row, column = (np.clip(place, 0, side - 1) for place, side in zip((row, column), self._size, strict=True))
        lost = np.flatnonzero(~whole[row, column])
        partner = _nearest(whole)[row[lost], column[lost]]
        row[lost], column[lost] = np.divmod(partner, width)
        return row.astype(np.int32), column.astype(np.int32)

    def _partners_at_twice(
        self, rows: NDArray[np.int32], columns: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The partners, at twice the scale, of the patches with these centres; a patch unknown here has itself."""
        radius, (height, width) = kernels.RADIUS, self._size
        half_row = np.clip(rows // 2, radius, height - radius - 1)
        half_column = np.clip(columns // 2, radius, width - radius - 1)
        target = self._place[half_row * width + half_column]
        down, right = self._row[target] - half_row, self._column[target] - half_column
        there = target >= 0
        return rows + 2 * np.where(there, down, 0), columns + 2 * np.where(there, right, 0)


def _nearest(flags: Mask) -> NDArray[np.int64]:
    """The flat position of the flag nearest to each pixel, ``(H, W)``."""
    _, labels = cv2.distanceTransformWithLabels(
        (~flags).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.flatnonzero(flags)
    position = np.zeros(int(labels.max()) + 1, np.int64)
    position[labels.ravel()[places]] = places
    return np.asarray(position[labels], np.int64)


def _flat(image: Image) -> NDArray[np.float32]:
    flat = np.zeros(image.size + kernels.SLACK, np.float32)
    flat[: image.size] = image.ravel()
    return flat
