"""satoshiiizuka/siggraph2017_inpainting, ``completionnet_places2.t7`` and the like: a graph of Torch7, a mean colour.

Each module's kind, kernel, stride, dilation and padding is held against the paper's table; what differs is refused.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from pconv_cli.core.importing.checkpoint import EPS, Checkpoint
from pconv_cli.core.importing.torch7 import TorchObject, read_torch7
from pconv_cli.core.networks.global_local.network import LAYERS, ConvRow, GlobalLocal, GlobalLocalSpec
from pconv_cli.errors import ModelError, option

# Kinds of modules, without the library that they are of, and what each is here.
_KINDS = {
    "SpatialConvolution": "convolution",
    "SpatialConvolutionMM": "convolution",
    "SpatialDilatedConvolution": "convolution",
    "SpatialFullConvolution": "transposed convolution",
    "SpatialBatchNormalization": "norm",
}

_TABLE = (*LAYERS, ConvRow(3, 3))


class _ConvShape(NamedTuple):
    """What a convolution is beside its channels; one number for both axes."""

    kernel: int
    stride: int
    dilation: int
    padding: int
    adjusted: int

    def __str__(self) -> str:
        return f"a kernel of {self.kernel}, stride {self.stride}, dilation {self.dilation} and padding {self.padding}"


def read(path: Path) -> GlobalLocal:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, or is not as this family has it.
    """
    content = read_torch7(path)
    model, mean = (content.get(name) for name in ("model", "mean")) if isinstance(content, dict) else (None, None)
    if not isinstance(model, TorchObject) or mean is None:
        raise _foreign(path, "no model and mean")
    convolutions, norms = _layers(path, model)
    values: dict[str, Any] = {}
    for number, module in enumerate(convolutions):
        name = f"convs.{number}" if number < len(LAYERS) else "last"
        values |= {f"{name}.weight": _kernel(module), f"{name}.bias": _tensor(module.fields.get("bias"))}
    for number, module in enumerate(norms):
        values |= {f"norms.{number}.{name}": value for name, value in _statistics(module).items()}
    bias = convolutions[0].fields.get("bias")
    if not isinstance(bias, np.ndarray) or not len(bias) or len(bias) % 2:
        raise _foreign(path, "its first layer has no even number of channels")
    network = GlobalLocal(GlobalLocalSpec(len(bias), _colour(path, mean)))
    checkpoint = Checkpoint(path, {name: value for name, value in values.items() if value is not None})
    state = network.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = checkpoint.take(name, value.shape)
    checkpoint.close("global-local")
    network.load_state_dict(state)
    return network


def _layers(path: Path, model: TorchObject) -> tuple[list[TorchObject], list[TorchObject]]:
    """Part a graph's modules into convolutions and BatchNorms, where all stand as in the paper."""
    chain = [module for module in model.modules() if _kind(module) != "Identity"]
    wanted = [name for row in LAYERS for name in (_convolution(row), "norm", "ReLU")] + ["convolution", "Sigmoid"]
    found = [_kind(module) for module in chain]
    if found != wanted:
        place = next((n for n, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), len(found))
        here = [names[place] if place < len(names) else "nothing" for names in (found, wanted)]
        raise _foreign(path, f"module {place + 1} is {here[0]} where the paper has {here[1]}")
    convolutions = [module for module in chain if "convolution" in _kind(module)]
    for number, (row, module) in enumerate(zip(_TABLE, convolutions, strict=True), start=1):
        if _shape(module) != _expected(row):
            raise _foreign(
                path, f"layer {number} has {_shape(module) or 'another shape'} where the paper has {_expected(row)}"
            )
    return convolutions, [module for module in chain if _kind(module) == "norm"]


def _kind(module: TorchObject) -> str:
    name = module.kind.rpartition(".")[2]
    return _KINDS.get(name, name)


def _convolution(row: ConvRow) -> str:
    return "transposed convolution" if row.doubles else "convolution"


def _expected(row: ConvRow) -> _ConvShape:
    if row.doubles:
        return _ConvShape(row.kernel, 2, 1, 1, 0)
    return _ConvShape(row.kernel, row.stride, row.dilation, row.kernel // 2 * row.dilation, 0)


def _shape(module: TorchObject) -> _ConvShape | None:
    """Return what a convolution is; None where its axes differ."""
    usual = (("k", None), ("d", 1.0), ("dilation", 1.0), ("pad", 0.0), ("adj", 0.0))
    across, down = ([module.fields.get(f"{name}{axis}", value) for name, value in usual] for axis in "WH")
    whole = [int(value) for value in across if isinstance(value, float) and value.is_integer()]
    return _ConvShape(*whole) if across == down and len(whole) == len(usual) else None


def _kernel(module: TorchObject) -> Tensor | None:
    """A convolution's kernel ``(out, in, k, k)``, of a transposed one ``(in, out, k, k)``; some are stored flat."""
    weight, side = _tensor(module.fields.get("weight")), int(module.fields["kW"])
    if weight is None or weight.ndim != 2 or weight.shape[1] % side**2:
        return weight
    return weight.reshape(len(weight), -1, side, side)


def _statistics(module: TorchObject) -> Mapping[str, Tensor | None]:
    """A BatchNorm's values, its eps put into the variance; before version 2 it kept 1 / deviation."""
    fields = {name: _tensor(module.fields.get(name)) for name in ("weight", "bias", "running_mean", "running_var")}
    eps = module.fields.get("eps", EPS)
    eps = eps if isinstance(eps, float) else EPS
    inverse = _tensor(module.fields.get("running_std"))
    variance = fields["running_var"]
    if module.version < 2 and inverse is not None:
        fields["running_var"] = inverse**-2 - EPS
    elif variance is not None:
        fields["running_var"] = variance + (eps - EPS)
    return fields


def _colour(path: Path, mean: Any) -> tuple[float, ...]:
    values = [mean.get(float(n)) for n in (1, 2, 3)] if isinstance(mean, dict) else np.ravel(mean).tolist()
    if len(values) != 3 or not all(isinstance(value, float) and 0 <= value <= 1 for value in values):
        raise _foreign(path, "its mean is not a colour of three values from 0 to 1")
    return tuple(values)


def _tensor(value: Any) -> Tensor | None:
    return torch.from_numpy(np.array(value, np.float64)) if isinstance(value, np.ndarray) else None


def _foreign(path: Path, why: str) -> ModelError:
    return ModelError(
        f"{path}: not a checkpoint as global-local has it: {why}; name the family that it belongs to by "
        f"{option('family')}"
    )
