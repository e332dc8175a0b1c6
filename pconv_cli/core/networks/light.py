"""Networks of this program that have an engine without torch, found by what a file of weights says of itself."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from pconv_cli.core.networks.spec import Spec

# Folders beside this file that have a ``light.py``, and a ``spec.py`` with a `ModelSpec` and its `constants_of`, by the
# names of their networks in files of weights.
_LIGHT = {"PConvUNet": "pconv"}


def light_name(stored: str) -> str | None:
    """Give the name of a network as people know it, by what files of weights call it; None: it takes torch."""
    return _LIGHT.get(stored)


class LightEngine(Protocol):
    """A trained network that fills holes in NumPy, in float32."""

    @property
    def spec(self) -> Spec:
        """The network's."""

    def fill(
        self, images: Sequence[NDArray[np.float32]], masks: Sequence[NDArray[np.bool_]]
    ) -> list[NDArray[np.float32]]:
        """Fill holes of several images, which share what is done once for all of them.

        Args:
            images: ``(H, W, 3)`` RGB in [0, 1], of any sizes; what stands in a hole is not looked at.
            masks: ``(H, W)`` each, True = valid.

        Returns:
            ``(H, W, 3)`` each: the input where valid, the network's prediction in holes, not clamped.
        """


def light_spec(path: Path) -> Spec | None:
    """Give the network of weights that ship with the program; None: it has no light engine.

    Args:
        path: The file, which is taken to be whole and of this version.
    """
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    module = _module_of(metadata)
    spec: Spec | None = None if module is None else module.light_spec(metadata)
    return spec


def read_light(path: Path) -> LightEngine:
    """Make the engine of such weights as `light_spec` gives a network of."""
    with safe_open(path, framework="numpy") as file:
        engine: LightEngine = _module_of(file.metadata()).read_light(file)
    return engine


def light_kind(stored: str) -> tuple[Callable[..., Spec], Callable[[Any], Mapping[str, Any]]] | None:
    """Give what `pconv_cli.core.networks.registry.Architecture` has as ``spec`` and ``constants``, without torch.

    Args:
        stored: What files of weights call the network; None is given for those that take torch.
    """
    if stored not in _LIGHT:
        return None
    spec = import_module(f"{__package__}.{_LIGHT[stored]}.spec")
    return spec.ModelSpec, spec.constants_of


def _module_of(metadata: Mapping[str, str]) -> Any:
    folder = _LIGHT.get(metadata.get("architecture", ""))
    return None if folder is None else import_module(f"{__package__}.{folder}.light")
