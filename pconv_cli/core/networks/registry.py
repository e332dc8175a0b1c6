"""The architectures that there are, by name: all that the rest of the program knows of networks.

An architecture's folder has an ``architecture.py`` with an `Architecture` named ``ARCHITECTURE``, and its name is in
``_BUILT_IN``; a program that uses this one as a library registers its own by `register`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from pconv_cli.core.networks.engine import Engine, PlainEngine
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import ModelError

if TYPE_CHECKING:
    from pconv_cli.core.onnx_export.graph import OnnxGraph

MakeEngine = Callable[..., Engine]
"""Makes an engine of ``(network, dtype, *, compile)``; see `PlainEngine`."""

WriteOnnx = Callable[["OnnxGraph", Any, str, str], str]
"""Adds a network's operators: of a graph, the network, the names of image and mask, it gives that of the output."""


@dataclass(frozen=True)
class Family:
    """A project whose checkpoints of an architecture can be read.

    Attributes:
        project: Its home on GitHub, owner and name.
        read: Reads a checkpoint, and raises `ModelError` where that is not to be done.
        warning: What has to be known of its weights; may be empty.
        licence: That of its public weights, said at import and written into the file.
        files: Names of the files, in one folder, that a checkpoint consists of, where it is several; ``read`` is then
            given the folder.
    """

    project: str
    read: Callable[[Path], Network]
    warning: str = ""
    licence: str = "that of the source, which has to be checked there before use"
    files: tuple[str, ...] = ()


def _no_constants(_: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Architecture:
    """A kind of network, and what is known of it beside its `Spec`.

    Attributes:
        name: What people call it, in options.
        spec: Its class of `Spec`.
        network: Its class of `Network`, which is made of a spec.
        stored: What files of weights call it; empty: ``name``.
        constants: For a spec, what the network computes with beside its weights and spec, by name. It is stored with
            the weights, and weights with other constants are refused.
        engine: Makes what runs it; see `MakeEngine`.
        onnx: Writes it as ONNX; None: it cannot be exported so.
        families: Projects whose checkpoints can be imported, by name.
        samples: Whether its engine is a `SamplingEngine`, whose fills follow from a seed and a number of steps.

    Example:
        >>> architecture("pconv").spec(width=32, depth=7).size_multiple
        128
    """

    name: str
    spec: Callable[..., Spec]
    network: type[Network]
    stored: str = ""
    constants: Callable[[Any], Mapping[str, Any]] = _no_constants
    engine: MakeEngine = PlainEngine
    onnx: WriteOnnx | None = None
    families: Mapping[str, Family] = field(default_factory=dict)
    samples: bool = False

    @property
    def stored_name(self) -> str:
        """What files of weights call it."""
        return self.stored or self.name

    def make_engine(self, network: Network, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> Engine:
        """Make what runs a network of this architecture; see `PlainEngine`."""
        return self.engine(network, dtype, compile=compile)


# Each is a folder beside this file.
_BUILT_IN = (
    "pconv",
    "context_encoder",
    "global_local",
    "contextual_attention",
    "gated",
    "edge_connect",
    "repaint",
)

# Networks of other projects, which are made of their files, so that no name stands for them.
_ELSEWHERE = "pconv_cli.core.foreign.architecture"

# Names in files of weights that are not those of the folders.
_STORED = {"PConvUNet": "pconv"}

_registered: dict[str, Architecture] = {}


def register(added: Architecture) -> None:
    """Add an architecture for as long as the process lasts.

    Raises:
        ValueError: Another one has its name, or is stored under its name.
    """
    if any(added.name == other.name or added.stored_name == other.stored_name for other in architectures()):
        raise ValueError(f"{added.name}: there is an architecture of this name already")
    _registered[added.name] = added


def architectures() -> list[Architecture]:
    """List all of them, those of this program first."""
    built_in = [import_module(f"{__package__}.{name}.architecture").ARCHITECTURE for name in _BUILT_IN]
    return [*built_in, *_registered.values()]


def architecture(name: str) -> Architecture:
    """Find an architecture by its name.

    Raises:
        ModelError: There is none of this name.
    """
    return _built_in(name) or _the_one(name, {known.name: known for known in architectures()})


def stored_architecture(name: str) -> Architecture:
    """Find an architecture by the name that files of weights have for it.

    Raises:
        ModelError: There is none of this name.
    """
    found = _built_in(_STORED.get(name, name))
    return found or _the_one(name, {known.stored_name: known for known in architectures()})


def architecture_of(network: Network) -> Architecture:
    """Find the architecture that a network is of.

    Raises:
        ModelError: Its class is not registered.
    """
    home = type(network).__module__.removeprefix(f"{__package__}.").partition(".")[0]
    found = _built_in(home)
    if found is not None and isinstance(network, found.network):
        return found
    for known in [*architectures(), import_module(_ELSEWHERE).ARCHITECTURE]:
        if isinstance(network, known.network):
            return cast(Architecture, known)
    raise ModelError(
        f"{type(network).__name__}: no architecture of this network is registered; add it by "
        "pconv_cli.core.networks.registry.register"
    )


def _built_in(name: str) -> Architecture | None:
    """Find an architecture of this program and import no other: some of them import what takes seconds."""
    folder = name.replace("-", "_")
    return import_module(f"{__package__}.{folder}.architecture").ARCHITECTURE if folder in _BUILT_IN else None


def _the_one(name: str, known: Mapping[str, Architecture]) -> Architecture:
    if name not in known:
        names = ", ".join(other.name for other in architectures())
        raise ModelError(
            f"{name}: no network of this name is known, only {names}; take other weights, or the version of this "
            "program that wrote these"
        )
    return known[name]
