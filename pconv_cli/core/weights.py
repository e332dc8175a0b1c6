"""Weights on disk: safetensors whose metadata describes the model, and the set that ships with the program.

A file holds the parameters and statistics of one network under their own names, in float32 or half precision, and in
its metadata the format, the architecture and its `Spec`, the conventions a user of the numbers must know (channel
order, value range, mask polarity, size multiple) and what its maker wrote down (data, command, steps, licence).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch.overrides import TorchFunctionMode

from pconv_cli.arguments import StrPath
from pconv_cli.core.foreign.architecture import ARCHITECTURE
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.conventions import spec_of
from pconv_cli.core.foreign.loading import check_trusted, load_foreign, read_foreign
from pconv_cli.core.foreign.signature import Signature
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import Architecture, architecture_of, stored_architecture
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, readable, weights_path
from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.json_text import parse_json
from pconv_cli.files.shipped import shipped_weights

FORMAT = "pconv-1"

# The architecture of files that do not name theirs: there was no other.
_FIRST = "PConvUNet"

# What every file says of its conventions, so that others can use the numbers without this program.
_CONVENTIONS = {"channels": "RGB", "value_range": "0..1", "mask_polarity": "1 = valid, 0 = hole"}


@dataclass(frozen=True)
class WeightsInfo:
    """What a file of weights says of itself.

    Attributes:
        name: Its name among the shipped ones, or its path.
        path: Where it is.
        architecture: The kind of network it belongs to.
        spec: That network.
        card: What its maker wrote down: data, command, steps and so on.
        parameters: Number of values.
        dtype: Precision in which they are stored, as safetensors names it: ``F32``, ``F16``, ``BF16``.
        bytes: Size of the file.
    """

    name: str
    path: Path
    architecture: Architecture
    spec: Spec
    card: dict[str, Any]
    parameters: int
    dtype: str
    bytes: int


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
        UsageError: See `describe_weights`.

    Example:
        >>> network = load_weights("photo-small")
        >>> network.training, network.spec.base
        (False, 'pyramid')
    """
    signature = _foreign_signature(weights_path(name_or_path))
    if signature is not None and foreign is not None:
        return load_foreign(weights_path(name_or_path), signature, foreign, torch.device(device))
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


def describe_weights(name_or_path: StrPath = DEFAULT_WEIGHTS, *, foreign: Foreign | None = None) -> WeightsInfo:
    """Read what a file of weights says of itself, without its values; nothing in it is run.

    Args:
        name_or_path: As for `load_weights`.
        foreign: As for `load_weights`.

    Raises:
        ModelError: As `load_weights`.
        UsageError: Something is said of the file as of one of another project, or it is trusted as a program, and it is
            one of this program.
    """
    path = weights_path(name_or_path)
    signature = _foreign_signature(path)
    if signature is not None:
        return _describe_foreign(path, signature, foreign)
    if foreign is not None and foreign.foreign is not None:
        raise UsageError(f"{option('foreign')}: {path} is a file of this program, which says all that; leave it out")
    with readable(path), safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        slices = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118 - not a dict
        sizes = [(torch.Size(s.get_shape()).numel(), s.get_dtype()) for s in slices]
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"{path}: not weights of this program (no {FORMAT!r} in its metadata); `pconv weights import` reads "
            "checkpoints of others"
        )
    if foreign is not None and foreign.trust:
        raise UsageError(f"{option('trust')}: {path} holds weights and no program (TorchScript); leave it out")
    try:
        known = stored_architecture(metadata.get("architecture", _FIRST))
        spec = known.spec(**parse_json(metadata["spec"]))
        card = dict(parse_json(metadata.get("card", "{}")))
        constants = known.constants(spec)
        other = [name for name in constants if parse_json(metadata.get(name, "null")) != constants[name]]
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: its metadata does not describe a network; take other weights") from error
    if other:
        raise ModelError(
            f"{path}: trained on the {other[0]} base of another version of this program; "
            "train it again with this one, or take other weights"
        )
    return WeightsInfo(
        name=path.stem if path.parent == shipped_weights() else str(path),
        path=path,
        architecture=known,
        spec=spec,
        card=card,
        parameters=sum(size for size, _ in sizes),
        dtype=max(sizes)[1] if sizes else "F32",
        bytes=path.stat().st_size,
    )


def _foreign_signature(path: Path) -> Signature | None:
    """Read what a network of another project takes and gives; None: the file is none."""
    with readable(path):
        return read_foreign(path)


def _describe_foreign(path: Path, signature: Signature, how: Foreign | None) -> WeightsInfo:
    if how is None:
        raise ModelError(f"{path}: is a network of another project in {signature.container}, which fills images alone")
    outputs = ", ".join(map(str, signature.outputs))
    card = {"container": signature.container, "inputs": signature.takes, "outputs": outputs}
    if signature.container == "TorchScript":
        card["trust"] = f"a program, which is run with {option('trust')} alone"
    return WeightsInfo(
        name=str(path),
        path=path,
        architecture=ARCHITECTURE,
        spec=spec_of(path, signature, how.said),
        card={**card, **({"made by": signature.made_by} if signature.made_by else {})},
        parameters=signature.parameters,
        dtype=signature.stored,
        bytes=path.stat().st_size,
    )


def require_weights(name_or_path: StrPath, foreign: Foreign) -> WeightsInfo:
    """Describe weights that a run is to use, and refuse what it would refuse before it loads them.

    Raises:
        ModelError, UsageError: As `load_weights`.
    """
    info = describe_weights(name_or_path, foreign=foreign)
    signature = _foreign_signature(info.path)
    if signature is not None:
        check_trusted(info.path, signature, foreign)
    return info


def is_program(name_or_path: StrPath) -> bool:
    """Say whether weights are TorchScript, which is run only where the user trusts it.

    Raises:
        ModelError: As `load_weights`.
    """
    signature = _foreign_signature(weights_path(name_or_path))
    return signature is not None and signature.container == "TorchScript"


def list_weights() -> list[WeightsInfo]:
    """List the shipped sets, the default one first."""
    names = sorted(path.stem for path in shipped_weights().glob("*.safetensors"))
    return [describe_weights(name) for name in sorted(names, key=lambda name: name != DEFAULT_WEIGHTS)]
