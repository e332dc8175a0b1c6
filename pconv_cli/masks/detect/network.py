"""The network that tells damage from what an image shows: a small U-Net that gives each pixel a probability a kind.

Beside the colours it is given what thin lines stand out by: the closing and the opening less the brightness. It works
on half of the resolution and below, with the four pixels of a square as channels, and gives four pixels back.

References:
    O. Ronneberger, P. Fischer and T. Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI
    2015; its skips are added here and not concatenated.
    W. Shi et al., Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
    Network, CVPR 2016 (the way back to full resolution).
"""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle

WIDTHS = (32, 48, 80, 128)
"""Channels at each level, at half of the image's resolution, a quarter and so on."""

CLOSING = 7
"""Side of the square by which lines are closed: wider ones are seen by the network itself."""


class DamageNetwork(nn.Module):
    """Damage of several kinds, pixel by pixel.

    Args:
        kinds: How many kinds of damage it knows.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        finest, deepest = WIDTHS[0], WIDTHS[-1]
        self.stem = nn.Sequential(_convolution(4 * 6, finest), _convolution(finest, finest))
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(fine, coarse, stride=2), _convolution(coarse, coarse))
            for fine, coarse in pairwise(WIDTHS)
        )
        self.deep = nn.Sequential(_convolution(deepest, deepest), _convolution(deepest, deepest))
        self.lift = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(WIDTHS))
        self.up = nn.ModuleList(_convolution(width, width) for width in WIDTHS[:-1])
        self.last = _convolution(finest, finest)
        self.head = nn.Conv2d(finest, 4 * kinds, 1)

    def forward(self, shown: Tensor) -> Tensor:
        """Give the logits ``(N, kinds, H, W)`` of `inputs` ``(N, 6, H, W)``; H and W are multiples of 16."""
        features = self.stem(pixel_unshuffle(shown, 2))  # (N, 32, H / 2, W / 2)
        skips = [features]
        for level in self.down:
            features = level(features)
            skips.append(features)
        features = self.deep(features)  # (N, 128, H / 16, W / 16)
        for lift, up, skip in zip(reversed(self.lift), reversed(self.up), reversed(skips[:-1]), strict=True):
            features = up(interpolate(lift(features), scale_factor=2.0, mode="nearest") + skip)
        return pixel_shuffle(self.head(self.last(features)), 2)


def inputs(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give what the network is shown of RGB ``(h, w, 3)`` in [0, 1], ``(h, w, 6)``.

    Colours, how much a pixel is darker and lighter than it would be without thin lines (the closing and the opening),
    and the range in 3 x 3, all of them about as large.
    """
    grey = np.ascontiguousarray(rgb.mean(axis=2))
    square, near = np.ones((CLOSING, CLOSING), np.uint8), np.ones((3, 3), np.uint8)
    dark = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, square) - grey
    light = grey - cv2.morphologyEx(grey, cv2.MORPH_OPEN, square)
    spread = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, near)
    return np.dstack([4 * rgb - 2, 6 * dark, 6 * light, 6 * spread]).astype(np.float32, copy=False)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3 x 3, then ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.ReLU(inplace=True))
