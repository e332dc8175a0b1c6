"""Masks of damaged murals: jagged, branching cracks, and paint that has flaked off, most of it beside them."""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np

from pconv_cli.masks.generate.compose import Layer, Piece, blank, distance_from, timed
from pconv_cli.masks.generate.noise import fractal_noise
from pconv_cli.masks.ratios import Size

CRACKS_AT_MOST = 0.07
"""The share of the image that cracks alone may take; the rest of the hole is flaking."""


def cracks(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw cracks and then, as one last piece, the flaking; see `pconv_cli.masks.generate.compose.MaskGenerator`.

    The flaking is the part of a rough random field that lies under a level, so a level gives any ratio to the pixel.
    """
    height, width = size
    budget = min(CRACKS_AT_MOST, share * rng.uniform(0.25, 0.8)) * height * width
    network = blank(size)
    while cv2.countNonZero(network) < budget:
        start = rng.uniform((0, 0), (width, height))
        crack = blank(size)
        length = rng.uniform(120, 520) * unit
        _crack(crack, start, rng.uniform(0, 2 * np.pi), length, rng.uniform(1.5, 5.0) * unit, 0, unit, rng)
        cv2.circle(crack, (int(start[0]), int(start[1])), 0, 255, -1)  # never nothing, so the loop ends
        cv2.bitwise_or(network, crack, network)
        yield Piece(crack, partial(distance_from, size, (start[0], start[1])))
    yield _flaking(network, unit, share, rng)


def _crack(
    layer: Layer,
    start: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    heading: float,
    length: float,
    thickness: float,
    generation: int,
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Draw one crack that thins out towards its end, and the branches that leave it."""
    count = max(3, int(length / max(1.0, 9 * unit)))
    # A slow drift keeps the direction; the kinks that stand on it make it jagged.
    headings = heading + np.cumsum(rng.normal(0, 0.16, count)) + rng.normal(0, 0.55, count)
    steps = np.stack([np.cos(headings), np.sin(headings)], 1) * (rng.uniform(0.4, 1.6, count) * length / count)[:, None]
    points = np.vstack([start, start + np.cumsum(steps, 0)])
    whole = np.rint(points).astype(np.int32)
    parts = 3
    for part in range(parts):
        first, last = part * count // parts, (part + 1) * count // parts
        width = max(1, round(thickness * (1 - part / (parts + 0.5))))
        cv2.polylines(layer, [whole[first : last + 1]], False, 255, width)
    if generation == 2:
        return
    for _ in range(int(rng.integers(1, 5 - generation))):
        at = int(rng.integers(1, count))
        side = rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.4)
        branch = length * rng.uniform(0.2, 0.55)
        _crack(layer, points[at], float(headings[at - 1]) + side, branch, 0.7 * thickness, generation + 1, unit, rng)


def _flaking(network: Layer, unit: float, share: float, rng: np.random.Generator) -> Piece:
    """Order the whole layer by how soon the paint comes off: by a rough field, and sooner near a crack."""
    size = (network.shape[0], network.shape[1])
    patch = rng.uniform(50, 150) * unit * (0.7 + share)
    field = fractal_noise(size, patch, 6, 0.5, rng)
    if network.any():
        distance = cv2.distanceTransform(cv2.bitwise_not(network), cv2.DIST_L2, 5)
        field += np.minimum(distance / np.float32(max(1.0, 40 * unit)), 1.0) * np.float32(rng.uniform(0.3, 1.0))
    return timed(field)
