"""Weights on disk: safetensors whose metadata describes the model.

A file holds the parameters and statistics of one network under their own names, in float32 or half precision, and in
its metadata the format, the architecture and its `Spec`, the conventions a user of the numbers must know (channel
order, value range, mask polarity, size multiple) and what its maker wrote down (data, command, steps, licence).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch.overrides import TorchFunctionMode

from pconv_cli.arguments import StrPath, checks_kinds
from pconv_cli.core.device import pick_device
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.loading import load_foreign
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import architecture_of
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, readable, weights_path
from pconv_cli.core.weights_info import FORMAT, describe_weights, foreign_signature
from pconv_cli.errors import ModelError
from pconv_cli.files.atomic import atomic_path

# What every file says of its conventions, so that others can use the numbers without this program.
_CONVENTIONS = {"channels": "RGB", "value_range": "0..1", "mask_polarity": "1 = valid, 0 = hole"}


@checks_kinds
def save_weights(
    path: StrPath, model: Network, card: Mapping[str, Any] | None = None, *, dtype: torch.dtype = torch.float32
) -> None:
    """Write a network's weights, whole or not at all.

    Args:
        path: The file, by custom ``*.safetensors``.
        model: The network.
        card: What is worth knowing of the weights; anything that JSON can say.
        dtype: Precision to store in; float16 halves the file.

    Raises:
        ModelError: A value is too large for the precision, or not finite, or the network's class is not registered.
        OutputError: The file cannot be written.

    Example:
        >>> save_weights("mine.safetensors", PConvUNet(ModelSpec(width=8, depth=3)), {"data": "my own photographs"})
        >>> load_weights("mine.safetensors").spec.width
        8
    """
    path = Path(path)
    known = architecture_of(model)
    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor = tensor.detach().to("cpu", dtype)
            if not torch.isfinite(tensor).all():
                raise ModelError(f"{path}: {name} holds values that are not finite in {dtype}; nothing was saved")
        tensors[name] = tensor.contiguous().cpu()
    metadata = {
        "format": FORMAT,
        "architecture": known.stored_name,
        **_CONVENTIONS,
        "size_multiple": str(model.spec.size_multiple),
        "spec": json.dumps(model.spec.to_json()),
        **{name: json.dumps(value) for name, value in known.constants(model.spec).items()},
        "card": json.dumps(dict(card or {}), ensure_ascii=False),
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))


@checks_kinds
def load_weights(
    name_or_path: StrPath = DEFAULT_WEIGHTS, device: torch.device | str = "cpu", *, foreign: Foreign | None = None
) -> Network:
    """Build the network that a file of weights describes and load them into it, in evaluation mode and float32.

    Args:
        name_or_path: Name of a shipped set, or a path.
        device: Where the network goes.
        foreign: How networks of other projects are taken, which fill images and do nothing else; None: not at all.

    Raises:
        ModelError: There is no such set or file, it is damaged, or it is not one of this program's; every missing or
            unexpected name is an error, and so is a value that is not finite. Of a network of another project, see
            `pconv_cli.core.foreign.load_foreign`.
        UsageError: See `describe_weights`; or there is no such device.

    Example:
        >>> network = load_weights("photo-small")
        >>> network.training, network.spec.base
        (False, 'pyramid')
    """
    device = pick_device(device) if isinstance(device, str) else device
    signature = foreign_signature(weights_path(name_or_path))
    if signature is not None and foreign is not None:
        return load_foreign(weights_path(name_or_path), signature, foreign, device)
    info = describe_weights(name_or_path, foreign=foreign)
    with readable(info.path):
        state = load_file(info.path)
    with _Undrawn():
        model = info.architecture.network(info.spec)
    try:
        model.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in state.items()})
    except RuntimeError as error:
        raise ModelError(
            f"{info.path}: its values do not fit the network that it describes ({info.spec}); take other weights"
        ) from error
    for name, values in model.state_dict().items():
        # A sum is several times as fast, and finite where all values are, unless they are huge.
        if not torch.isfinite(values.sum()) and not torch.isfinite(values).all():
            raise ModelError(f"{info.path}: {name} holds values that are not finite; take other weights")
    return model.to(device).eval()


class _Undrawn(TorchFunctionMode):
    """Inside of it networks are built without the random values that they begin with, where others replace them all."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.Tensor.normal_, torch.Tensor.uniform_):
            return args[0]
        return func(*args, **(kwargs or {}))


def export_weights(source: StrPath, target: StrPath, notes: Mapping[str, Any], *, half: bool = False) -> None:
    """Copy weights with more said of them, to be given to others.

    Args:
        source: Name of a shipped set, or a path.
        target: The file to write.
        notes: Added to what the weights say of themselves, such as the data's licence; replaces what has its name.
        half: Whether values are stored in float16, which halves the file.

    Raises:
        ModelError: The source cannot be used, or a value is too large for float16.
        OutputError: The target cannot be written.
    """
    card = {**describe_weights(source).card, **notes}
    save_weights(target, load_weights(source), card, dtype=torch.float16 if half else torch.float32)
