"""`PConvUNet` in ONNX, operator by operator, for images of any size and batches of any length.

Written down and not traced: what a tracer makes of sizes holds for the traced one or for few, and its ways differ by
release. Each function here is the twin of the one of its name in `unet.py` or `pconv_cli.core.pyramid`; the tests
compare the two, and so does every export.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.pyramid import GAIN
from pconv_cli.core.networks.pconv.spec import DETAIL_FLOOR, DETAIL_GAIN, LEAST_SHARE, SURFACE_BLOCK, TINT_BLOCK, Level
from pconv_cli.core.networks.pconv.unet import PConvBlock, PConvUNet
from pconv_cli.core.networks.values import NORMALISATION
from pconv_cli.core.onnx_export.graph import OnnxGraph

# Levels of the pyramid, enough for sides of 65,536 pixels; those that a smaller image has no use for are of one pixel
# and change nothing.
PYRAMID_LEVELS = 16

_ROWS, _COLUMNS = 2, 3


def write_onnx(graph: OnnxGraph, model: PConvUNet, x: str, mask: str) -> str:
    """Add a network's operators to a graph; see `pconv_cli.core.networks.registry.WriteOnnx`."""
    return _Writer(graph, model).forward(x, mask)


class _Writer:
    """Adds a network's operators to a graph.

    Args:
        graph: What they are added to.
        model: The network.
    """

    def __init__(self, graph: OnnxGraph, model: PConvUNet) -> None:
        self._g = graph
        self._model = model
        self._values = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}

    def forward(self, x: str, mask: str) -> str:
        """See `PConvUNet.forward`."""
        g, spec = self._g, self._model.spec
        valid = g.op("Greater", mask, g.constant(0.0))
        x = g.op("Where", valid, x, g.constant(0.0))
        if spec.base == "none" and spec.values == "unit":
            return self._predict(x, mask)
        if spec.base == "none":
            mean, deviation = (g.constant(_by_channel(v)) for v in NORMALISATION[spec.values])
            normalised = g.op("Div", g.op("Sub", x, mean), deviation)
            y = self._predict(g.op("Where", valid, normalised, g.constant(0.0)), mask)
            return g.op("Add", g.op("Mul", y, deviation), mean)
        base = self._fill_pyramid(x, mask, 3)
        surface = self._smooth_surface(base, SURFACE_BLOCK)
        detail = g.op("Mul", g.op("Sub", x, g.op("Mul", mask, surface)), g.constant(DETAIL_GAIN))
        correction = g.op("Div", self._predict(detail, mask), g.constant(DETAIL_GAIN))
        share = g.op("Mul", g.op("Sub", g.constant(1.0), mask), self._roughness(base, mask))
        return g.op("Add", base, self._untinted(correction, share))

    def _predict(self, x: str, mask: str) -> str:
        g, model = self._g, self._model
        height, width = self._side(x, _ROWS), self._side(x, _COLUMNS)
        beyond = [g.op("Mod", g.op("Neg", side), g.constant([model.spec.size_multiple])) for side in (height, width)]
        pads = g.op("Concat", g.constant([0] * 6), *beyond, axis=0)
        skips = [(g.op("Pad", x, pads), g.op("Pad", mask, pads))]
        features, valid = skips[0]
        for i, level in enumerate(model.spec.encoder):
            features, valid = self._block(f"encoder.{i}", level, [features], [valid])
            skips.append((features, valid))
        skips.pop()
        for i, (level, (skip, skip_valid)) in enumerate(zip(model.spec.decoder, reversed(skips), strict=True)):
            features, valid = (self._upsample(v, "nearest") for v in (features, valid))
            features, valid = self._block(f"decoder.{i}", level, [features, skip], [valid, skip_valid])
        if model.head is not None:
            features = g.op("Sigmoid", g.op("Conv", features, self._weight("head.weight"), self._weight("head.bias")))
        return self._crop(features, height, width)

    def _block(self, name: str, level: Level, sources: Sequence[str], masks: Sequence[str]) -> tuple[str, str]:
        """A `PConvBlock`: equations (1) and (2), BatchNorm, activation."""
        g, size = self._g, level.kernel_size
        window: dict[str, Any] = {"pads": [size // 2] * 4, "strides": [level.stride] * 2}
        # s: each source's mask counts by its number of channels.
        counts = np.broadcast_to(np.reshape(level.in_channels, (1, -1, 1, 1)), (1, len(masks), size, size))
        covered = g.op("Conv", self._joined(masks), g.constant(counts), **window)
        new_mask = self._float(g.op("Greater", covered, g.constant(0.0)))
        window_size = float(sum(level.in_channels) * size * size)
        ratio = g.op("Div", g.constant(window_size), g.op("Max", covered, g.constant(1.0)))
        ratio = g.op("Mul", ratio, new_mask)

        masked = [g.op("Mul", source, mask) for source, mask in zip(sources, masks, strict=True)]
        y = g.op("Conv", self._joined(masked), self._weight(f"{name}.conv.weight"), **window)
        y = g.op("Mul", y, ratio)
        if level.batch_norm:
            names = ("weight", "bias", "running_mean", "running_var")
            y = g.op("BatchNormalization", y, *(self._weight(f"{name}.norm.{n}") for n in names), epsilon=self._eps())
        else:
            bias = g.op("Reshape", self._weight(f"{name}.conv.bias"), g.constant([1, -1, 1, 1]))
            y = g.op("Add", y, g.op("Mul", bias, ratio if level.activation == "ratio" else new_mask))
        if level.activation == "leaky_relu":
            y = g.op("LeakyRelu", y, alpha=0.2)
        elif level.activation not in ("linear", "ratio"):
            y = g.op({"relu": "Relu", "tanh": "Tanh"}[level.activation], y)
        return y, new_mask

    def _fill_pyramid(self, x: str, mask: str, channels: int) -> str:
        g = self._g
        level, confidence = x, mask
        levels = [(level, confidence)]
        for _ in range(PYRAMID_LEVELS):
            level, confidence = self._halve(level, confidence, channels)
            levels.append((level, confidence))
        filled = level
        for level, confidence in reversed(levels[:-1]):
            coarse = self._upsample(filled, "linear")
            coarse = self._crop(coarse, self._side(level, _ROWS), self._side(level, _COLUMNS))
            rest = g.op("Mul", g.op("Sub", g.constant(1.0), confidence), coarse)
            filled = g.op("Add", rest, g.op("Mul", confidence, level))
        return filled

    def _halve(self, level: str, confidence: str, channels: int) -> tuple[str, str]:
        g = self._g
        binomial = np.array([1.0, 3.0, 3.0, 1.0]) / 8
        window = np.broadcast_to(np.outer(binomial, binomial), (channels + 1, 1, 4, 4))
        both = g.op("Concat", g.op("Mul", level, confidence), confidence, axis=1)
        one = g.constant([1])
        odd = [g.op("Add", one, g.op("Mod", self._side(level, axis), g.constant([2]))) for axis in (_ROWS, _COLUMNS)]
        both = g.op("Pad", both, g.op("Concat", g.constant([0, 0, 1, 1, 0, 0]), *odd, axis=0))
        sums = g.op("Conv", both, g.constant(window), strides=[2, 2], group=channels + 1)
        total, share = g.ops("Split", sums, g.constant([channels, 1]), count=2, axis=1)
        average = g.op("Div", total, g.op("Max", share, g.constant(1e-30)))
        average = g.op("Where", g.op("Greater", share, g.constant(0.0)), average, g.constant(0.0))
        return average, g.op("Min", g.op("Mul", share, g.constant(GAIN)), g.constant(1.0))

    def _smooth_surface(self, image: str, block: int) -> str:
        """Averages over blocks as two products with matrices, since ONNX knows no adaptive pooling of any size."""
        g = self._g
        across = g.op("Transpose", self._averages(self._side(image, _COLUMNS), block), perm=[1, 0])
        blocks = g.op("MatMul", g.op("MatMul", self._averages(self._side(image, _ROWS), block), image), across)
        return g.op(
            "Resize", blocks, "", "", g.op("Shape", image), mode="linear", coordinate_transformation_mode="half_pixel"
        )

    def _untinted(self, correction: str, share: str) -> str:
        g = self._g
        colour = g.op("Mul", share, g.op("Sub", correction, g.op("ReduceMean", correction, axes=[1])))
        smooth, known = (self._smooth_surface(values, TINT_BLOCK) for values in (colour, share))
        tint = g.op("Div", smooth, g.op("Max", known, g.constant(LEAST_SHARE)))
        return g.op("Mul", share, g.op("Sub", correction, tint))

    def _averages(self, side: str, block: int) -> str:
        """The matrix (blocks, side) that averages over blocks: from floor(i * side / n) to ceil((i + 1) * side / n)."""
        g = self._g
        zero, one, column = g.constant([0]), g.constant([1]), g.constant([-1, 1])
        count = g.op("Div", g.op("Add", side, g.constant([block - 1])), g.constant([block]))
        scalar = [g.op("Squeeze", v) for v in (zero, one, side, count)]
        pixels = g.op("Range", scalar[0], scalar[2], scalar[1])
        blocks = g.op("Reshape", g.op("Range", scalar[0], scalar[3], scalar[1]), column)
        start = g.op("Div", g.op("Mul", blocks, side), count)
        end = g.op("Mul", g.op("Add", blocks, one), side)
        end = g.op("Div", g.op("Add", end, g.op("Sub", count, one)), count)
        inside = g.op("And", g.op("GreaterOrEqual", pixels, start), g.op("Less", pixels, end))
        return g.op("Div", self._float(inside), self._float(g.op("Sub", end, start)))

    def _roughness(self, base: str, mask: str) -> str:
        g = self._g
        smooth = g.op("Pad", base, g.constant([0, 0, 1, 1, 0, 0, 1, 1]), mode="edge")
        smooth = g.op("AveragePool", smooth, kernel_shape=[3, 3])
        fine = g.op("ReduceMean", g.op("Abs", g.op("Sub", base, smooth)), axes=[1])
        filled = self._fill_pyramid(
            g.op("Where", g.op("Greater", mask, g.constant(0.0)), fine, g.constant(0.0)), mask, 1
        )
        return g.op("Min", g.op("Div", filled, g.constant(DETAIL_FLOOR)), g.constant(1.0))

    def _weight(self, name: str) -> str:
        value: NDArray[Any] = self._values[name]
        return self._g.weight(name, value)

    def _eps(self) -> float:
        block = self._model.encoder[1]
        assert isinstance(block, PConvBlock)
        assert block.norm is not None
        return float(block.norm.eps)

    def _joined(self, values: Sequence[str]) -> str:
        return values[0] if len(values) == 1 else self._g.op("Concat", *values, axis=1)

    def _float(self, value: str) -> str:
        return self._g.op("Cast", value, to=1)  # TensorProto.FLOAT

    def _side(self, value: str, axis: int) -> str:
        """Height or width, as an int64 array of one."""
        return self._g.op("Shape", value, start=axis, end=axis + 1)

    def _crop(self, value: str, height: str, width: str) -> str:
        g = self._g
        return g.op("Slice", value, g.constant([0, 0]), g.op("Concat", height, width, axis=0), g.constant([2, 3]))

    def _upsample(self, value: str, mode: str) -> str:
        g = self._g
        how = {"nearest": ("asymmetric", "floor"), "linear": ("half_pixel", "round_prefer_floor")}[mode]
        scales = g.constant(np.array([1, 1, 2, 2]))
        return g.op("Resize", value, "", scales, mode=mode, coordinate_transformation_mode=how[0], nearest_mode=how[1])


def _by_channel(values: tuple[float, float, float]) -> NDArray[Any]:
    return np.reshape(values, (1, 3, 1, 1))
