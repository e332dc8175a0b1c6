"""The loops of `pconv_cli.methods.narrow.thin`, compiled by numba; each goes by lists of pixels of an image."""

import math
from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled

#: What a pixel is: nothing is known of it, it is being filled, or it is known.
BLANK, FILLED, KNOWN = 0, 1, 2

# Contrast of an edge, in the value range a pixel, at which diffusion across it becomes slow.
_CONTRAST = 0.01

# Pixels from which colours are carried in, and how narrow the beam along an edge is: its width, and by how much less.
_RADIUS, _BEAM, _NARROWER = 5, 3.0, 25.0

# Pixels to either side along an edge from which diffusion takes colours, over-relaxation, and sweeps.
_STEP, _OVER, _SWEEPS = 1.5, 1.5, 20

# The derivative of Scharr, across 3 pixels: the share of the two outer rows, and of the middle one.
_OUTER, _MIDDLE = 3 / 32, 10 / 32


@compiled("void(f4[:,:,::1],u1[:,::1],i4[::1],i4[::1],i8,f4[:,:,::1])")
def slopes(image: Any, state: Any, rows: Any, columns: Any, least: int, products: Any) -> None:
    """Multiply the slopes at some pixels with one another, summed over the channels.

    Args:
        image: ``(H, W, C)``.
        state: ``(H, W)``, `BLANK`, `FILLED` or `KNOWN`.
        rows: ``(n,)``, with ``columns`` the pixels.
        columns: ``(n,)``.
        least: The state that all of 3 x 3 pixels need to have at least; else there is no slope.
        products: ``(H, W, 3)``, replaced at these pixels: right by right, right by down, down by down.
    """
    height, width, channels = image.shape
    outer, middle = np.float32(_OUTER), np.float32(_MIDDLE)
    for pixel in range(len(rows)):
        r, c = rows[pixel], columns[pixel]
        products[r, c, :] = 0
        if r < 1 or c < 1 or r >= height - 1 or c >= width - 1:
            continue
        lowest = state[r, c]
        for i in range(r - 1, r + 2):
            for j in range(c - 1, c + 2):
                lowest = min(lowest, state[i, j])
        if lowest < least:
            continue
        for k in range(channels):
            falling = image[r + 1, c + 1, k] - image[r - 1, c - 1, k]
            rising = image[r - 1, c + 1, k] - image[r + 1, c - 1, k]
            right = outer * (falling + rising) + middle * (image[r, c + 1, k] - image[r, c - 1, k])
            down = outer * (falling - rising) + middle * (image[r + 1, c, k] - image[r - 1, c, k])
            products[r, c, 0] += right * right
            products[r, c, 1] += right * down
            products[r, c, 2] += down * down


@compiled("void(f4[:,:,::1],u1[:,::1],i4[::1],i4[::1],f4[::1],f4,f4[:,::1])")
def directions(products: Any, state: Any, rows: Any, columns: Any, gaussian: Any, inside: Any, lines: Any) -> None:
    """Find where edges run at some pixels, from the structure tensor round each.

    Args:
        products: ``(H, W, 3)``, as of `slopes`, within the Gaussian's reach of the pixels.
        state: See `slopes`.
        rows: See there.
        columns: See there.
        gaussian: ``(2 r + 1,)``, weights of rows, and of columns.
        inside: What a pixel counts that is `FILLED`; a `KNOWN` one counts 1.
        lines: ``(n, 3)``, replaced: the unit vector along the edge, down and right, and from 0 to 1 how much may pass
            across it: 1 where there is none.
    """
    height, width = state.shape
    reach = len(gaussian) // 2
    for pixel in range(len(rows)):
        r, c = rows[pixel], columns[pixel]
        total, across, mixed, down = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for i in range(max(0, r - reach), min(height, r + reach + 1)):
            of_row = gaussian[i - r + reach]
            for j in range(max(0, c - reach), min(width, c + reach + 1)):
                if state[i, j] == BLANK:
                    continue
                weight = of_row * gaussian[j - c + reach]
                if state[i, j] == FILLED:
                    weight *= inside
                total += weight
                across += weight * products[i, j, 0]
                mixed += weight * products[i, j, 1]
                down += weight * products[i, j, 2]
        share = np.float32(1) / max(total, np.float32(1e-6))
        across, mixed, down = across * share, mixed * share, down * share
        gap = math.sqrt((across - down) ** 2 + 4 * mixed * mixed)
        angle = 0.5 * math.atan2(2 * mixed, across - down)
        lines[pixel, 0] = math.cos(angle)
        lines[pixel, 1] = -math.sin(angle)
        lines[pixel, 2] = 1 / math.sqrt(1 + gap / (_CONTRAST * _CONTRAST))


@compiled("void(f4[:,:,::1],u1[:,::1],i4[::1],i4[::1],f4[:,::1])")
def carry_in(image: Any, state: Any, rows: Any, columns: Any, lines: Any) -> None:
    """Fill pixels one after another by a mean of what is known near each, foremost along its edge.

    Args:
        image: ``(H, W, C)``, changed in place.
        state: See `slopes`; the pixels become `KNOWN`, in place.
        rows: ``(n,)``, with ``columns`` the pixels, from the rim inwards.
        columns: ``(n,)``.
        lines: See `directions`.
    """
    height, width, channels = image.shape
    sums = np.zeros(channels, np.float32)
    for pixel in range(len(rows)):
        r, c = rows[pixel], columns[pixel]
        narrow = 1 + np.float32(_NARROWER) * (1 - lines[pixel, 2])
        fall = narrow * narrow / np.float32(2 * _BEAM * _BEAM)
        total = np.float32(0)
        sums[:] = 0
        for i in range(max(0, r - _RADIUS), min(height, r + _RADIUS + 1)):
            for j in range(max(0, c - _RADIUS), min(width, c + _RADIUS + 1)):
                far = (i - r) * (i - r) + (j - c) * (j - c)
                if state[i, j] != KNOWN or far > _RADIUS * _RADIUS:
                    continue
                beside = lines[pixel, 1] * (i - r) - lines[pixel, 0] * (j - c)
                weight = np.float32(math.exp(-fall * beside * beside) / math.sqrt(far)) + np.float32(1e-9)
                total += weight
                for k in range(channels):
                    sums[k] += weight * image[i, j, k]
        if total > 0:
            for k in range(channels):
                image[r, c, k] = sums[k] / total
            state[r, c] = KNOWN


@compiled("void(f4[:,:,::1],u1[:,::1],i4[::1],i4[::1],f4[:,::1])")
def diffuse(image: Any, state: Any, rows: Any, columns: Any, lines: Any) -> None:
    """Bring pixels to the mean of what lies along their edges, and of their neighbours as far as that may pass.

    Args:
        image: ``(H, W, C)``, changed in place; the pixels hold a first guess.
        state: See `slopes`.
        rows: ``(n,)``, with ``columns`` the pixels.
        columns: ``(n,)``.
        lines: See `directions`.
    """
    height, width, channels = image.shape
    sums = np.zeros(channels, np.float32)
    for sweep in range(_SWEEPS):
        for number in range(len(rows)):
            pixel = number if sweep % 2 == 0 else len(rows) - 1 - number
            r, c, passing = rows[pixel], columns[pixel], lines[pixel, 2]
            total = np.float32(0)
            sums[:] = 0
            for side in range(2):
                step = np.float32(_STEP if side == 0 else -_STEP)
                row, column = r + step * lines[pixel, 0], c + step * lines[pixel, 1]
                row, column = max(np.float32(0), row), max(np.float32(0), column)
                row, column = min(row, np.float32(height - 1)), min(column, np.float32(width - 1))
                i, j = int(row), int(column)
                below, beside = min(i + 1, height - 1), min(j + 1, width - 1)
                if min(state[i, j], state[i, beside], state[below, j], state[below, beside]) == BLANK:
                    continue
                weight, down, right = 1 - passing, row - i, column - j
                total += weight
                for k in range(channels):
                    upper = image[i, j, k] + right * (image[i, beside, k] - image[i, j, k])
                    lower = image[below, j, k] + right * (image[below, beside, k] - image[below, j, k])
                    sums[k] += weight * (upper + down * (lower - upper))
            weight = np.float32(0.5) * passing + np.float32(1e-6)
            for side in range(4):
                i = r + (side == 0) - (side == 1)
                j = c + (side == 2) - (side == 3)
                if i < 0 or j < 0 or i >= height or j >= width or state[i, j] == BLANK:
                    continue
                total += weight
                for k in range(channels):
                    sums[k] += weight * image[i, j, k]
            if total > 0:
                for k in range(channels):
                    image[r, c, k] += np.float32(_OVER) * (sums[k] / total - image[r, c, k])
