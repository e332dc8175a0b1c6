"""What looks wrong about a mask, seen from its image: inverted, empty, soft, too tight, or moved.

Where the damage has one colour (paint, white or black losses, tape), that colour is found, and with it where the damage
lies: if the mask fits better a few pixels further, it is moved; if the colour goes on beyond the hole, it is too tight,
and so it is where the colour tints the hole's edge, as in a JPEG.
Damage without a colour of its own gives no such hint, and then nothing is said.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import option
from pconv_cli.masks.operations import spread
from pconv_cli.masks.ratios import Mask, hole_ratio

Rgb8 = NDArray[np.uint8]

#: Largest shift that is looked for, in pixels, each way.
REACH = 20

# A sample this far from black and white, of 255, is grey; a mask with more than this share of them was softened.
_GREY, _SOFT = 8, 0.002

# How far a colour may be from the damage's, of 255, and how many colours are tried.
_SAME, _COLOURS = 20, 8

# The damage and the mask must share this much of their union (at the best shift) for the colour to be the damage's.
_FITS = 0.5

# A shift counts from this many pixels on, where the mask fits that much better there, and well; and not over the whole
# reach, by which a plain background would be moved.
_BETTER, _WELL, _SHIFTS = 1.15, 0.7, (2, REACH - 1)

# A fit so much better is not given as a number: a mask that misses all of a thin scratch has no fit to compare with.
_FAR = 20

# A ring outside the hole is tainted where this share of its pixels is this far towards the damage's colour, beyond the
# rings further out.
_TAINT, _TAINTED = 0.3, 0.15
_RINGS, _BASE = 4, (7, 10)

# The hole's edge is tinted where this share more of its first pixels than of those further out have the damage's chroma
# (Cb, Cr) in part. Only pixels count whose own chroma is that far from it, of 255; the last is their least number.
_BLEEDING, _CHROMATIC, _ENOUGH = 0.35, 15, 50
_CHROMA = np.array([[-0.169, 0.5], [-0.331, -0.419], [0.5, -0.081]], np.float32)

# Sides of the part that is looked at of a large image, the one with the most hole.
_PART = 4096


class Fault(StrEnum):
    """What may be wrong with a mask."""

    EMPTY = "empty"
    INVERTED = "inverted"
    SOFT = "soft"
    TIGHT = "tight"
    MOVED = "moved"


@dataclass(frozen=True)
class Remark:
    """One thing that looks wrong, with what to do about it."""

    fault: Fault
    words: str


def grey_share(values: NDArray[np.uint8]) -> float:
    """Give the share of a mask file's samples that are neither black nor white, in [0, 1]; ``values`` is ``(H, W)``."""
    grey = (values > _GREY) & (values < 255 - _GREY)
    return float(np.count_nonzero(grey)) / values.size


def inspect_mask(image: Rgb8, mask: Mask, grey: float = 0.0) -> list[Remark]:
    """Say what looks wrong about a mask.

    Args:
        image: ``(H, W, 3)`` uint8, the damaged image.
        mask: ``(H, W)`` bool, True = valid, False = hole.
        grey: Share of the mask file's samples that are neither black nor white; see `grey_share`.

    Returns:
        The remarks, none where nothing looks wrong.
    """
    ratio = hole_ratio(mask)
    if ratio == 0:
        return [Remark(Fault.EMPTY, "has no hole, so the image is copied as it is")]
    remarks = []
    if ratio > 0.5:
        words = f"is {100 * ratio:.0f} % hole; if it is inverted, give the other {option('polarity')} (black or white)"
        return [Remark(Fault.INVERTED, words)]
    if grey > _SOFT:
        words = (
            f"has {100 * grey:.1f} % grey samples, as JPEG or resizing leaves them; save masks as PNG, never resized"
        )
        remarks.append(Remark(Fault.SOFT, words))
    rows, columns = _busiest(mask)
    image, mask = image[rows, columns], mask[rows, columns]
    hole = ~mask
    found = _damage(image, hole)
    if found is None:
        return remarks
    colour, fit, (down, across), gain = found
    if gain >= _BETTER and fit >= _WELL and _SHIFTS[0] <= max(abs(down), abs(across)) <= _SHIFTS[1]:
        better = f"{gain:.1f} times as well" if gain < _FAR else "far better"
        words = f"fits the damage {better} {_way(across, down)}; move it, or check its size"
        remarks.append(Remark(Fault.MOVED, words))
    elif px := _taint(image, hole, colour):
        words = f"leaves damage {px} px beyond its holes; give {option('dilate')} {px + 1}"
        remarks.append(Remark(Fault.TIGHT, words))
    elif _bleeds(image, hole, colour):
        words = f"leaves the tint that JPEG spreads 1 to 2 px beyond the damage; give {option('dilate')} 2"
        remarks.append(Remark(Fault.TIGHT, words))
    return remarks


def _way(across: int, down: int) -> str:
    parts = [
        f"{abs(px)} px to the {side}" if side in ("left", "right") else f"{abs(px)} px {side}"
        for px, side in ((across, "right" if across > 0 else "left"), (down, "down" if down > 0 else "up"))
        if px
    ]
    return " and ".join(parts)


def _busiest(mask: Mask) -> tuple[slice, slice]:
    """The window of at most `_PART` px a side with the most hole pixels."""
    height, width = mask.shape
    if max(height, width) <= _PART:
        return slice(0, height), slice(0, width)
    best, most = (slice(0, _PART), slice(0, _PART)), -1
    for top in range(0, height, _PART):
        for left in range(0, width, _PART):
            window = slice(top, top + _PART), slice(left, left + _PART)
            count = int(np.count_nonzero(~mask[window]))
            if count > most:
                best, most = window, count
    return best


def _damage(image: Rgb8, hole: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float, tuple[int, int], float] | None:
    """The damage's colour, how well the mask fits it at best, the shift (down, across) there, and the gain by it.

    None where no colour round the hole has the hole's shape.
    """
    near = spread(hole, REACH)
    best: tuple[float, NDArray[np.float32], tuple[int, int], float] | None = None
    for colour in _colours(image, hole, near):
        alike = (np.abs(image.astype(np.int16) - colour.astype(np.int16)).max(axis=2) <= _SAME) & near
        fit = _fits(alike, hole)
        peak = np.unravel_index(int(fit.argmax()), fit.shape)
        if best is None or fit[peak] > best[0]:
            shift = int(peak[0]) - REACH, int(peak[1]) - REACH
            still = max(float(fit[REACH, REACH]), 1e-6)
            best = float(fit[peak]), colour, shift, float(fit[peak]) / still
    if best is None or best[0] < _FITS:
        return None
    return best[1], best[0], best[2], best[3]


def _colours(image: Rgb8, hole: NDArray[np.bool_], near: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """The commonest colours in the hole and round it, by boxes of 16 steps a channel."""
    colours = []
    for area in (hole, near):
        pixels = image[area]
        boxes = (pixels >> 4).astype(np.int32) @ np.array([256, 16, 1], np.int32)
        counts = np.bincount(boxes, minlength=4096)
        for box in np.argsort(counts)[::-1][: _COLOURS // 2]:
            if counts[box]:
                colours.append(np.median(pixels[boxes == box], axis=0).astype(np.float32))
    return colours


def _fits(alike: NDArray[np.bool_], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Intersection over union of an area and the hole, at every shift up to R = `REACH`, ``(2 R + 1, 2 R + 1)``."""
    padded = np.pad(alike, REACH).astype(np.float32)
    both = cv2.matchTemplate(padded, hole.astype(np.float32), cv2.TM_CCORR)
    union = float(alike.sum()) + float(hole.sum()) - both
    return np.asarray(both / np.maximum(union, 1), np.float32)


def _taint(image: Rgb8, hole: NDArray[np.bool_], colour: NDArray[np.float32]) -> int:
    """Return how many pixels beyond the hole its colour still shows; 0 where it does not."""
    depth, towards, length = _drawn_to(image.astype(np.float32), hole, colour)
    tainted = (towards > _TAINT) & (length > 30**2)

    def share(low: float, high: float) -> float:
        ring = (depth > low) & (depth <= high)
        return float(tainted[ring].mean()) if ring.any() else 0.0

    base = share(*_BASE)
    reached = 0
    for px in range(1, _RINGS + 1):
        if share(px - 1, px) < base + _TAINTED:
            break
        reached = px
    return reached


def _bleeds(image: Rgb8, hole: NDArray[np.bool_], colour: NDArray[np.float32]) -> bool:
    """Say whether the damage tints the pixels next to the hole alone, as JPEG's chroma of half the size does."""
    depth, towards, length = _drawn_to(image.astype(np.float32) @ _CHROMA, hole, colour @ _CHROMA)
    apart = length > _CHROMATIC**2

    def share(low: float, high: float) -> float:
        ring = apart & (depth > low) & (depth <= high)
        return float((towards[ring] > _TAINT).mean()) if np.count_nonzero(ring) >= _ENOUGH else 0.0

    return share(0, 1) - max(share(2, 3), share(*_BASE)) > _BLEEDING


def _drawn_to(
    samples: NDArray[np.float32], hole: NDArray[np.bool_], colour: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """How far the pixels round the hole are drawn from what lies behind them to a colour.

    Returns:
        Of each pixel within the last ring: its distance from the hole, how far it is on the way (0: not, 1: all of it),
        and the square of the way's length.
    """
    distance = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    ground = (distance > _BASE[0]).astype(np.float32)
    weight = cv2.GaussianBlur(ground, (0, 0), 6)
    blurred = cv2.GaussianBlur(samples * ground[:, :, np.newaxis], (0, 0), 6)
    rings = (distance > 0) & (distance <= _BASE[1]) & (weight > 1e-3)
    behind = blurred[rings] / weight[rings][:, np.newaxis]
    way = colour - behind
    length = (way * way).sum(axis=1)
    towards = ((samples[rings] - behind) * way).sum(axis=1) / np.maximum(length, 1)
    return np.asarray(distance[rings], np.float32), towards, length
