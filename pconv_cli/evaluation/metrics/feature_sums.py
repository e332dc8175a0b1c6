"""The sums of perceptual and style distance, added up over an image tile by tile: memory follows the tile.

A feature at pool3 depends on pixels up to 24 away from its block of 8 x 8 (three convolutions at a quarter, two at half
and two at full size, with their zeros at the edge), so tiles on the grid of 8 with so much context have the features of
the whole image, and mean differences and Gram matrices are sums over positions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from pconv_cli.core.losses.distances import gram_matrix
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.tiling.grid import framed_tiles
from pconv_cli.tiling.rect import Framed

TILE = 1024
"""Side of a tile, a multiple of `GRID`."""

CONTEXT = 24
GRID = 8


class FeatureSums:
    """Sums over positions of one region, for each of the three pools."""

    def __init__(self) -> None:
        self._positions = [0, 0, 0]
        self._differences = [0.0, 0.0, 0.0]
        self._grams: list[Tensor | None] = [None, None, None]
        self._channels = [0, 0, 0]

    def add(self, level: int, result: Tensor, truth: Tensor) -> None:
        """Add the features ``(1, C, h, w)`` of some positions."""
        _, channels, height, width = result.shape
        if not height * width:
            return
        self._channels[level] = channels
        self._positions[level] += height * width
        # Sums in float64 are taken on the processor: not every device has that.
        differences = (result - truth).abs().sum(1).cpu()
        self._differences[level] += float(differences.sum(dtype=torch.float64))
        # The difference of the products, which is all that is looked at.
        a, b = (gram_matrix(features).cpu().double() for features in (result, truth))
        products = (a - b) * (channels * height * width)
        before = self._grams[level]
        self._grams[level] = products if before is None else before + products

    def distances(self) -> tuple[float, float] | None:
        """Compute perceptual and style distance; None where a pool has no position."""
        perceptual, style = 0.0, 0.0
        for positions, channels, difference, gram in zip(
            self._positions, self._channels, self._differences, self._grams, strict=True
        ):
            if gram is None:
                return None
            perceptual += difference / (channels * positions)
            style += float(gram.abs().mean()) / (channels * positions)
        return perceptual, style


def feature_tiles(size: tuple[int, int], side: int = TILE) -> list[Framed]:
    """Cut an image (height, width) into tiles on the grid of pool3, each with its context."""
    return list(framed_tiles(size, side, CONTEXT, GRID))


def add_tile(
    sums: Sequence[FeatureSums],
    vgg: VGG16Features,
    framed: Framed,
    result: Tensor,
    truth: Tensor,
    areas: Sequence[Tensor | None],
) -> None:
    """Add a tile to the sums of several regions.

    Args:
        sums: One for each region.
        vgg: The features.
        framed: The tile.
        result: The outer rectangle ``(1, 3, h, w)`` in [0, 1].
        truth: The same of the truth.
        areas: The regions over the outer rectangle ``(1, 1, h, w)``, 1 inside; None: everywhere. A position of pool k
            is inside where its block of 2^k x 2^k pixels has a pixel inside.
    """
    for level, (a, b) in enumerate(zip(vgg(result), vgg(truth), strict=True)):
        block = 2 ** (level + 1)
        inner = framed.inner.relative_to(framed.outer)
        rows, columns = (
            slice(inner.top // block, inner.bottom // block),
            slice(inner.left // block, inner.right // block),
        )
        a, b = a[..., rows, columns], b[..., rows, columns]
        for region, area in zip(sums, areas, strict=True):
            if area is None:
                region.add(level, a, b)
                continue
            there = torch.nn.functional.max_pool2d(area, block)[0, 0, rows, columns] > 0
            region.add(level, a[..., there].unsqueeze(-1), b[..., there].unsqueeze(-1))  # (1, C, positions, 1)
