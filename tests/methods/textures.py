"""Textures with holes, and how near a completion is."""

import numpy as np

Rgb = np.ndarray
Mask = np.ndarray


def with_hole(height: int, width: int, top: int, left: int, side: int) -> Mask:
    mask = np.ones((height, width), bool)
    mask[top : top + side, left : left + side] = False
    return mask


def decibels(filled: Rgb, truth: Rgb, mask: Mask) -> float:
    return float(-10 * np.log10(((filled - truth)[~mask] ** 2).mean()))
