"""The network for small jobs, in NumPy alone: equal to `PConvEngine` in float32, without the seconds to import torch.

What is computed is what `pconv_cli.core.networks.pconv.engine` computes, which says why it is the network. Here an
image is an array ``(H, W, C)``, images of one size share products, and convolutions are
`pconv_cli.core.light.convolution`'s.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.convolution import Convolution
from pconv_cli.core.light.pyramid import Array, fill_pyramid, fine_detail, smooth_surface
from pconv_cli.core.networks.pconv.regions import Dependence, LevelRegion, dependences, hole_box, least_boxes
from pconv_cli.core.networks.pconv.spec import (
    DETAIL_FLOOR,
    DETAIL_GAIN,
    LEAST_SHARE,
    NORM_EPS,
    SURFACE_BLOCK,
    TINT_BLOCK,
    Level,
    ModelSpec,
)
from pconv_cli.files.json_text import parse_json

Weights = Mapping[str, NDArray[np.floating]]
"""The values of a file of weights, by their names."""

Mask = NDArray[np.bool_]

# A level's values, 0 in its holes, and its mask ``(H, W)`` of ones and zeros; None where it is all valid.
_Masked = tuple[Array, Array | None]


class LightPConvEngine:
    """A trained network on the base ``pyramid``, for inference in float32.

    Args:
        spec: The network's.
        weights: Its values.
    """

    def __init__(self, spec: ModelSpec, weights: Weights) -> None:
        self.spec = spec
        self._encoder = [_LightEncoderLevel(level, f"encoder.{n}", weights) for n, level in enumerate(spec.encoder)]
        self._decoder = [_LightDecoderLevel(level, f"decoder.{n}", weights) for n, level in enumerate(spec.decoder)]

    def fill(self, images: Sequence[Array], masks: Sequence[Mask]) -> list[Array]:
        """Fill holes, and compute nothing that no hole depends on.

        Args:
            images: ``(H, W, 3)`` RGB in [0, 1], of any sizes; what stands in a hole is not looked at.
            masks: ``(H, W)`` each, True = valid.

        Returns:
            ``(H, W, 3)`` float32 each: the input where valid, the network's prediction in holes, not clamped.
        """
        filled = [
            np.where(mask[:, :, np.newaxis], image, np.float32(0)) for image, mask in zip(images, masks, strict=True)
        ]
        boxes = [hole_box(*(np.asarray((~mask).any(axis=axis)) for axis in (1, 0))) for mask in masks]
        damaged = [(number, filled[number], masks[number], box) for number, box in enumerate(boxes) if box is not None]
        bases = [fill_pyramid(image, mask) for _, image, mask, _ in damaged]
        details = [
            np.float32(DETAIL_GAIN)
            * (image - mask[:, :, np.newaxis].astype(np.float32) * smooth_surface(base, SURFACE_BLOCK))
            for (_, image, mask, _), base in zip(damaged, bases, strict=True)
        ]
        predicted = self._predict(details, [mask for _, _, mask, _ in damaged], [box for *_, box in damaged])
        for (number, image, mask, box), base, values in zip(damaged, bases, predicted, strict=True):
            correction = np.zeros_like(base)  # whole, so that the blocks of its smooth surface are those of the image
            correction[box.slices] = values / np.float32(DETAIL_GAIN)
            fine = fine_detail(base).mean(axis=2, keepdims=True)
            rough = np.minimum(fill_pyramid(fine, mask) / np.float32(DETAIL_FLOOR), 1)
            share = np.where(mask[:, :, np.newaxis], np.float32(0), rough)
            filled[number] = np.where(mask[:, :, np.newaxis], image, base + _untinted(correction, share))
        return filled

    def _predict(self, images: Sequence[Array], masks: Sequence[Mask], boxes: Sequence[LevelRegion]) -> list[Array]:
        """The U-Net itself in a box of each image, ``(h, w, 3)``."""
        if not images:
            return []
        reached: list[_Masked] = []
        for x, mask in zip(images, masks, strict=True):
            height, width = (self.spec.padded(side) for side in mask.shape)
            beyond = (0, height - mask.shape[0]), (0, width - mask.shape[1])
            reached.append((np.pad(x, (*beyond, (0, 0))), _holes_or_none(np.pad(mask, beyond))))
        skips = []
        for down in self._encoder:
            skips.append(reached)
            reached = down(reached)
        sizes = zip(*([values.shape[:2] for values, _ in level] for level in (*skips, reached)), strict=True)
        depended = [least_boxes(box, own) for box, own in zip(boxes, sizes, strict=True)]
        reached = [(values[own[0].slices], valid) for (values, valid), own in zip(reached, depended, strict=True)]
        needs = [dependences(~mask[own[-1].slices], own) for mask, own in zip(masks, depended, strict=True)]
        for number, up in enumerate(self._decoder):
            steps = [(own[number], own[number + 1]) for own in depended]
            reached = up(reached, skips.pop(), steps, [need[number] for need in needs])
        return [values for values, _ in reached]


def read_light(file: Any) -> LightPConvEngine:
    """Make the engine of an open file of weights; see `pconv_cli.core.networks.light.read_light`."""
    spec = ModelSpec(**parse_json(file.metadata()["spec"]))
    names = (name for name in file.keys() if not name.endswith("num_batches_tracked"))  # noqa: SIM118 - no dict
    return LightPConvEngine(spec, {name: file.get_tensor(name) for name in names})


def light_spec(metadata: Mapping[str, str]) -> ModelSpec | None:
    """Give the network of a file with such metadata, if it is of a kind known here."""
    spec = ModelSpec(**parse_json(metadata["spec"]))
    return spec if spec.base == "pyramid" else None


class _LightFinish:
    """What follows a level's convolution: ratio, shift and activation."""

    def __init__(self, level: Level, name: str, weights: Weights) -> None:
        self._count = np.float32(level.kernel_size**2 * (1 if len(level.in_channels) == 1 else sum(level.in_channels)))
        self._activation = level.activation
        self.gain, self._shift = _fold(level, name, weights)

    def __call__(self, y: Array, covered: Array, valid: Array | None) -> Array:
        """Values ``(h, w, C)``, used up, their s and mask ``(h, w)``, give the level's output."""
        y *= np.where(covered > 0, self._count / np.maximum(covered, np.float32(1)), np.float32(0))[:, :, np.newaxis]
        y += self._shift
        if self._activation == "relu":
            np.maximum(y, 0, out=y)
        elif self._activation == "leaky_relu":
            np.maximum(y, np.float32(0.2) * y, out=y)
        if valid is not None:
            y *= valid[:, :, np.newaxis]
        return y


class _LightEncoderLevel:
    """A level of the encoder."""

    def __init__(self, level: Level, name: str, weights: Weights) -> None:
        self._finish = _LightFinish(level, name, weights)
        self._size, self._stride = level.kernel_size, level.stride
        weight = weights[f"{name}.conv.weight"]
        turned = np.empty((level.out_channels, level.kernel_size, level.kernel_size, level.in_channels[0]), np.float32)
        for some in _few(level.out_channels):
            turned[some] = _channels_last(weight[some], self._finish.gain[some])
        self._convolve = Convolution(turned, self._stride, self._size // 2)

    def __call__(self, images: Sequence[_Masked]) -> list[_Masked]:
        made = []
        for y, (values, valid) in zip(self._convolve([values for values, _ in images]), images, strict=True):
            known = np.ones(values.shape[:2], np.float32) if valid is None else valid
            covered = _window_sum(known, self._size, self._stride)
            reached = None if valid is None else _holes_or_none(covered > 0)
            made.append((self._finish(y, covered, reached), reached))
        return made


class _LightDecoderLevel:
    """A level of the decoder."""

    def __init__(self, level: Level, name: str, weights: Weights) -> None:
        self._finish = _LightFinish(level, name, weights)
        self._channels = level.in_channels
        weight = weights[f"{name}.conv.weight"]
        of_below, of_skip = level.in_channels
        below = np.empty((4, level.out_channels, 2, 2, of_below), np.float32)
        skip = np.empty((level.out_channels, 3, 3, of_skip), np.float32)
        for some in _few(level.out_channels):
            turned = _channels_last(weight[some], self._finish.gain[some])
            below[:, some] = _four_kernels(turned[:, :, :, :of_below])
            skip[some] = turned[:, :, :, of_below:]
        self._below, self._skip = Convolution(below.reshape(-1, 2, 2, of_below), 1, 1), Convolution(skip, 1, 1)

    def __call__(
        self,
        below: Sequence[_Masked],
        skips: Sequence[_Masked],
        boxes: Sequence[tuple[LevelRegion, LevelRegion]],
        needs: Sequence[Dependence],
    ) -> list[_Masked]:
        """From levels below, each cut out to the first of its boxes, and whole skips, to this level, cut to the other.

        The masks are those of whole levels.
        """
        # The box of twice the low one has a pixel more than is wanted on each side that is not the level's own edge;
        # that pixel lacks what lies beyond the box, and is cut off.
        around = [low.doubled() for low, _ in boxes]
        skipped = [values[box.slices] for (values, _), box in zip(skips, around, strict=True)]
        of_skip = self._skip(skipped, [need.skip for need in needs])
        of_below = self._below([values for values, _ in below], [need.below for need in needs])
        made = []
        for number, (_, here) in enumerate(boxes):
            y = of_skip[number]
            y += _interleaved(of_below[number])
            covered, valid = self._covered(below[number][1], *skips[number])
            here_of_mask = None if valid is None else valid[here.slices]
            y = self._finish(y[here.within(around[number]).slices], covered[here.slices], here_of_mask)
            made.append((y, valid))
        return made

    def _covered(self, coarse: Array | None, skipped: Array, fine: Array | None) -> tuple[Array, Array | None]:
        """Give s, and the mask, of a whole level from those of the level below and of the skip."""
        ones = np.ones(skipped.shape[:2], np.float32)
        twice = ones if coarse is None else coarse.repeat(2, 0).repeat(2, 1)
        sums = [_window_sum(mask, 3, 1) for mask in (twice, ones if fine is None else fine)]
        covered = self._channels[0] * sums[0] + self._channels[1] * sums[1]
        return covered, None if coarse is None or fine is None else _holes_or_none(covered > 0)


def _untinted(correction: Array, share: Array) -> Array:
    """Take the smooth part of its colour out of a correction; see `pconv_cli.core.networks.pconv.unet.untinted`."""
    colour = share * (correction - correction.mean(axis=2, keepdims=True))
    smooth, known = (smooth_surface(values, TINT_BLOCK) for values in (colour, share))
    return np.asarray(share * (correction - smooth / np.maximum(known, np.float32(LEAST_SHARE))), np.float32)


def _fold(level: Level, name: str, weights: Weights) -> tuple[Array, Array]:
    """Gain and shift ``(C,)`` that follow the ratio: those of BatchNorm in evaluation, or the bias."""
    if not level.batch_norm:
        return np.ones(level.out_channels, np.float32), weights[f"{name}.conv.bias"].astype(np.float32)
    parts = ("weight", "bias", "running_mean", "running_var")
    affine, constant, mean, variance = (weights[f"{name}.norm.{part}"].astype(np.float64) for part in parts)
    gain = affine / np.sqrt(variance + NORM_EPS)
    return gain.astype(np.float32), (constant - mean * gain).astype(np.float32)


def _few(channels: int) -> Iterator[slice]:
    """Divide output channels into parts whose weights stay in the processor's caches while they are prepared."""
    return (slice(start, start + 8) for start in range(0, channels, 8))


def _channels_last(weight: NDArray[np.floating], gain: Array) -> Array:
    """Turn weights ``(C_out, C_in, k, k)`` and their gain into ``(C_out, k, k, C_in)`` in float32."""
    if weight.dtype != np.float16:
        turned = np.ascontiguousarray(weight.transpose(0, 2, 3, 1), np.float32)
        return np.asarray(turned * gain[:, np.newaxis, np.newaxis, np.newaxis], np.float32)
    # NumPy turns and converts halves one by one, which takes three times as long as this. Their bits, moved to where a
    # float32 has them, are the number by 2^-112, since the exponents of the two begin 112 apart.
    bits = np.ascontiguousarray(weight.view(np.int16).transpose(0, 2, 3, 1)).astype(np.int32)
    bits <<= 13
    bits &= np.int32(-0x70002000)  # the sign, five bits of exponent, ten of fraction
    single: Array = bits.view(np.float32)
    single *= (gain * np.float32(2.0**112))[:, np.newaxis, np.newaxis, np.newaxis]
    return single


def _four_kernels(weight: Array) -> Array:
    """Turn a 3 x 3 kernel on an upsampled input into four of 2 x 2 at the low resolution.

    An output of even place reads the pixel before its own by the kernel's first row, and its own by the other two; one
    of odd place its own by the first two, and the pixel after it by the last. Columns likewise.

    Returns:
        ``(4, C_out, 2, 2, C_in)``: those of even rows and columns, even rows and odd columns, and so on.
    """
    outputs, _, _, inputs = weight.shape
    rows = np.empty((2, outputs, 2, 3, inputs), np.float32)
    _halves(rows, weight.transpose(1, 0, 2, 3))
    four = np.empty((2, 2, outputs, 2, 2, inputs), np.float32)
    for place in range(2):
        _halves(four[place].swapaxes(2, 3), rows[place].transpose(2, 0, 1, 3))
    return four.reshape(4, outputs, 2, 2, inputs)


def _halves(halves: Array, kernel: Array) -> None:
    """Write the two kernels of two taps, ``(2, C_out, 2, ...)``, that one of three, ``(3, C_out, ...)``, becomes."""
    halves[0, :, 0], halves[1, :, 1] = kernel[0], kernel[2]
    np.add(kernel[1], kernel[2], out=halves[0, :, 1])
    np.add(kernel[0], kernel[1], out=halves[1, :, 0])


def _interleaved(four: Array) -> Array:
    """Put what the four kernels made of all windows, ``(h + 1, w + 1, 4 C)``, in its places, ``(2h, 2w, C)``."""
    height, width, channels = four.shape[0] - 1, four.shape[1] - 1, four.shape[2] // 4
    y = np.empty((height, 2, width, 2, channels), np.float32)
    for index in range(4):
        row, column = divmod(index, 2)
        part = four[row : row + height, column : column + width, index * channels : (index + 1) * channels]
        y[:, row, :, column] = part
    return y.reshape(2 * height, 2 * width, channels)


def _window_sum(mask: Array, size: int, stride: int) -> Array:
    """Sum a mask ``(H, W)`` over square windows, zeros beyond its edge."""
    sums = cv2.boxFilter(mask, -1, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(sums[::stride, ::stride], np.float32)


def _holes_or_none(valid: Mask) -> Array | None:
    return None if valid.all() else valid.astype(np.float32)
