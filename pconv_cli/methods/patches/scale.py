"""One scale of an image that is completed by patches: what is matched, what a match costs, and who votes."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.pyramid import masked
from pconv_cli.cores import stop_if_dropped
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.features import Image, Map, features_of, mean_round
from pconv_cli.methods.patches.rarity import measured_rarity
from pconv_cli.methods.patches.sizes import FREEDOM, LEAST, PENALTY, RADIUS, RARE, SIDE, STRENGTH, TONE, TRUST
from pconv_cli.methods.tiled.holes import places_of
from pconv_cli.tiling.rect import Framed, Rect

#: Side of a patch in pixels.
PATCH = SIDE

# What an unknown pixel of a partner costs, where 1 is the difference of black and white in one channel, squared: as
# much as if each channel and both its slopes were wrong altogether. So partners may be damaged a little where no whole
# one is as good.
_UNKNOWN = 9.0

# What a lack of texture costs beside colours.
_TEXTURE_WEIGHT = 2.0

# What a partner's rarity counts beside colours, for a patch that lies within the hole altogether; it falls with the
# square of the share that does, so that at the rim what is known decides.
_RARE_WEIGHT = 0.5

# What a guide's tone counts beside colours.
_TONE_WEIGHT = 2.0

# A patch's vote by its mean cost a pixel, from 0 to 0.9 in steps of 0.09: equal among good matches, and then it falls.
# The values are PyPatchMatch's.
_VOTES = np.array([1, 0.99, 0.96, 0.83, 0.38, 0.11, 0.02, 0.005, 0.0006, 0.0001, 0], np.float32)
_VOTES_STEP = 0.09

# A vote's colour is averaged where it is smooth, over this many pixels a side; the rest is detail.
_LOW = 5

# The most that a vote changes its partner's colours by: more would give colours that are nowhere.
_MOST_SHIFT = np.float32(0.1)

# Targets, or hole pixels, that are worked off in one go. Part of the result, so not the number of threads.
_PART = 4096


class Found(NamedTuple):
    """What a search has found: the image, and each patch's partner and how far it is from it."""

    image: Image
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: NDArray[np.float32]


class PatchScale:
    """One scale of an image that is being completed.

    Args:
        image: ``(H, W, C)`` float32, both sides at least `PATCH`; what stands in a hole is where the search begins, and
            is replaced in place.
        known: ``(H, W)``, what partners are taken from.
        hole: ``(H, W)``, what is filled; none of it is known.
        texture: ``(H, W)``, how strong the texture is, and in a hole how strong it should become.
        guide: ``(H, W, G)``, the image as another method fills it; G may be 0.
        trust: ``(H, W)``, from 0 to 1, how much the guide's tone decides.
        sure: ``(H, W)``, from 0 to 1, how much the guide's colours, then C of them, are what is looked for.
        workers: Where parts are worked off; the result does not depend on how many there are.
        own: Height and width of the part at the top left in which holes are filled; the rest are further sources.
        effort: How many times as many sweeps a search takes.
    """

    def __init__(
        self,
        image: Image,
        known: Mask,
        hole: Mask,
        texture: Map,
        guide: Image,
        trust: Map,
        sure: Map,
        workers: Executor,
        *,
        own: tuple[int, int],
        effort: int = 1,
    ) -> None:
        self.image, self.known, self.hole, self.texture = image, known, hole, texture
        self._workers, self._size = workers, (known.shape[0], known.shape[1])
        channels = image.shape[2]
        self._features = channels + 2
        self._unit = np.float32(channels / 3)  # what costs are in, so that grey and colour count alike
        # Slopes are measured across holes, too, from the smooth fill that stands there.
        self._source = features_of(image)
        colours, seen = masked(image, known), known.astype(np.float32)
        self._mean, self._low = (_known_mean(colours, seen, side) for side in (PATCH, _LOW))
        self._guided = places_of((sure > 0) & hole)
        if self._guided[0].size:
            self._sure, self._guide = sure[self._guided][:, np.newaxis], guide[self._guided]
        # Half of an image is searched; where there are further sources, all of it.
        self._farthest = (min(own) - 1) // 2 if own == self._size else max(self._size)
        self._effort = effort
        near = cv2.dilate(hole.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)
        self._at = np.flatnonzero(near & self._inside(own))
        self._rows, self._columns = (part.astype(np.int32) for part in np.divmod(self._at, self._size[1]))
        self._hole_rows, self._hole_columns = (part.astype(np.int32) for part in places_of(hole))
        self._place = np.full(known.size, -1, np.int32)
        self._place[self._at] = np.arange(len(self._at), dtype=np.int32)
        self._row, self._column = self._rows.copy(), self._columns.copy()
        self._distance = np.zeros(len(self._at), np.float32)
        patches = Rect.between(
            int(self._rows[0]) - RADIUS,
            int(self._columns.min()) - RADIUS,
            int(self._rows[-1]) + RADIUS + 1,
            int(self._columns.max()) + RADIUS + 1,
        )
        self._changing = Framed(patches, patches.grown(1, self._size))
        self._now: NDArray[np.float32] | None = None  # before the first search, which for the finest scale is the last
        self._set_traits(guide, trust)
        self.expect(texture)

    def _set_traits(self, guide: Image, trust: Map) -> None:
        """Lay out what the search asks of partners and targets beside their pixels; rarity comes later, if at all."""
        unknown = cv2.boxFilter((~self.known).astype(np.float32), -1, (PATCH, PATCH), normalize=False)
        self._partners = np.zeros((self.known.size, TONE + guide.shape[2]), np.float32)
        self._partners[:, PENALTY] = np.float32(_UNKNOWN) * self._unit * unknown.ravel()
        self._partners[:, STRENGTH] = mean_round(self.texture, PATCH).ravel()
        self._partners[:, TONE:] = mean_round(guide, PATCH).reshape(self.known.size, guide.shape[2])
        self._targets = self._partners[self._at]
        self._targets[:, TRUST] = np.float32(_TONE_WEIGHT * PATCH**2) * trust.ravel()[self._at]
        self._targets[:, FREEDOM] = 0

    def expect(self, texture: Map) -> None:
        """Have targets ask for partners that are half as strong in texture as a map ``(H, W)``, at least."""
        self._targets[:, LEAST] = mean_round(texture, PATCH).ravel()[self._at] * np.float32(0.5)

    def start_from(self, coarser: "PatchScale") -> None:
        """Take fill and partners from the same image at half the size; a patch unknown there begins with itself."""
        down, right = self._hole_rows, self._hole_columns
        self.image[down, right] = coarser.image[down // 2, right // 2]
        height, width = self._size
        target = coarser._place[self._rows // 2 * coarser._size[1] + self._columns // 2]
        there = target >= 0
        down = np.where(there, coarser._row[target] - self._rows // 2, 0)
        right = np.where(there, coarser._column[target] - self._columns // 2, 0)
        self._row = np.clip(self._rows + 2 * down, RADIUS, height - RADIUS - 1).astype(np.int32)
        self._column = np.clip(self._columns + 2 * right, RADIUS, width - RADIUS - 1).astype(np.int32)

    def found(self) -> Found:
        """Give a copy of what has been found."""
        return Found(self.image.copy(), self._row.copy(), self._column.copy(), self._distance.copy())

    def take(self, found: Found) -> None:
        """Go on from what was found once."""
        self.image, self._row = found.image.copy(), found.row.copy()
        self._column, self._distance = found.column.copy(), found.distance.copy()

    def take_each(self, founds: list[Found], number: NDArray[np.intp]) -> None:
        """Take each patch's partner from one of several finds: which one stands at its centre, ``(H, W)``."""
        which, patches = number.ravel()[self._at], np.arange(len(self._at))
        self._row = np.stack([found.row for found in founds])[which, patches]
        self._column = np.stack([found.column for found in founds])[which, patches]
        self._distance = np.stack([found.distance for found in founds])[which, patches]

    def partners(self) -> NDArray[np.int32]:
        """Give the centre of the partner of each patch, ``(H, W, 2)``, row and column; -1 where it is no target."""
        found = np.full((self.known.size, 2), -1, np.int32)
        found[self._at] = np.stack([self._row, self._column], 1)
        return found.reshape(*self._size, 2)

    def rarity(self) -> tuple[Map, Mask]:
        """Measure how rare known patches are; see `pconv_cli.methods.patches.rarity.measured_rarity`."""
        whole = self._inside(self._size) & (self._partners[:, PENALTY].reshape(self._size) < 0.5)
        return measured_rarity(self._source, self._features, whole, self._in_parts)

    def _inside(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Where a patch is centred that lies within a size altogether: ``(H, W)``."""
        inside = np.zeros(self._size, np.bool_)
        inside[RADIUS : size[0] - RADIUS, RADIUS : size[1] - RADIUS] = True
        return inside

    def avoid(self, rare: Map) -> None:
        """Have patches that lie within the hole avoid rare partners.

        Args:
            rare: ``(H, W)``, as of `rarity`, carried on to every pixel.
        """
        share = mean_round(self.hole.astype(np.float32), PATCH).ravel()[self._at]
        self._partners[:, RARE], self._targets[:, FREEDOM] = rare.ravel(), np.float32(_RARE_WEIGHT) * share**2

    def search(self, sweeps: int, seed: int) -> None:
        """Find better partners for what the image is now."""
        from pconv_cli.methods.patches.kernels.search import search  # which takes long to load

        row_before, column_before = self._row.copy(), self._column.copy()
        if self._guided[0].size:
            self.image[self._guided] += self._sure * (self._guide - self.image[self._guided])
        image = self._now = self._source.copy() if self._now is None else self._now
        inner, outer = self._changing
        changed = features_of(self.image[outer.slices])[: -self._features].reshape(*outer.size, self._features)
        now = image[: -self._features].reshape(*self._size, self._features)
        now[inner.slices] = self._changing.cut(changed)
        lacking = np.float32(_TEXTURE_WEIGHT * PATCH**2) * self._unit
        self._in_parts(
            len(self._rows),
            lambda first, last: search(
                self._source,
                image,
                *self._size,
                self._features,
                self._partners,
                self._targets,
                lacking,
                self._rows,
                self._columns,
                self._place,
                self._row,
                self._column,
                self._distance,
                row_before,
                column_before,
                first,
                last,
                sweeps * self._effort,
                self._farthest,
                seed & 0xFFFFFFFF,
            ),
        )

    def vote(self, into: "PatchScale", *, shifted: bool, best_alone: bool = False) -> Map:
        """Fill the holes of this scale, or of the next finer one, by what the partners say.

        Args:
            into: This scale, or that at twice its size.
            shifted: Whether each patch brings its partner's colours to its own mean, so that tones that coarser scales
                have laid out stay.
            best_alone: Whether the best vote decides alone, without any averaging.

        Returns:
            ``(H, W)``, the texture of ``into``, in its holes the mean of what votes were taken from.
        """
        from pconv_cli.methods.patches.kernels.vote import vote  # which takes long to load

        if shifted:
            patches = self._changing.inner
            mean = mean_round(self.image[patches.slices], PATCH)[self._rows - patches.top, self._columns - patches.left]
            shift = (mean - self._mean[self._row, self._column]).clip(-_MOST_SHIFT, _MOST_SHIFT)
        else:
            shift = np.zeros((len(self._at), self.image.shape[2]), np.float32)
        texture = into.texture.copy()
        cost = self._distance / (np.float32(PATCH**2 * _VOTES_STEP) * self._unit)
        weight = np.interp(cost, np.arange(len(_VOTES)), _VOTES).astype(np.float32)
        into._in_parts(
            len(into._hole_rows),
            lambda first, last: vote(
                *self._size,
                1 if into is self else 2,
                self._place,
                self._row,
                self._column,
                weight,
                shift,
                into.image,  # of which no hole is looked at
                into._low,
                into.texture,
                into.known,
                into._hole_rows,
                into._hole_columns,
                best_alone,
                first,
                last,
                into.image,
                texture,
            ),
        )
        return texture

    def _in_parts(self, count: int, work: Callable[[int, int], None]) -> None:
        """Work off that many things part by part, in threads."""
        starts = range(0, count, _PART)
        for _ in self._workers.map(lambda first: work(first, min(count, first + _PART)), starts):
            stop_if_dropped()


def _known_mean(colours: Image, known: Map, side: int) -> Image:
    """The mean of what is known, and 0 elsewhere, in the square round each pixel."""
    mean, share = mean_round(colours, side), mean_round(known, side)
    mean /= np.maximum(share, np.float32(1e-6))[:, :, np.newaxis]
    return mean
