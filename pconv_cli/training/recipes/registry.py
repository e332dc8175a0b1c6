"""Which recipe trains which architecture."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import torch

from pconv_cli.core.networks.registry import Architecture, architecture, architectures
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.discriminated import discriminated
from pconv_cli.training.recipes.recipe import Recipe
from pconv_cli.training.recipes.reconstruction import Reconstruction

#: By the architecture's name; all others are trained by `Reconstruction`. Those of this program are named by their
#: module and class, and imported where they train: the networks of some import what takes seconds.
RECIPES: dict[str, type[Recipe] | tuple[str, str]] = {
    "pconv": ("pconv", "PConvRecipe"),
    "context-encoder": ("context_encoder", "ContextEncoderRecipe"),
    "global-local": ("global_local", "GlobalLocalRecipe"),
    "contextual-attention": ("contextual_attention", "ContextualAttentionRecipe"),
    "gated": ("gated", "GatedRecipe"),
    "edge-connect": ("edge_connect", "EdgeConnectRecipe"),
    "repaint": ("repaint", "RePaintRecipe"),
}


def make_recipe(options: TrainOptions, state: Mapping[str, Any] | None, dtype: torch.dtype, team: Team) -> Recipe:
    """Make the recipe of a run: by the network that its state, its ``init`` or its options name; see `Recipe.make`."""
    if state is not None:
        known, spec = network_of(state)
        return _recipe(known, options).make(options, known, spec, dtype, team)
    known = _named(options.network) if options.init is None else describe_weights(options.init).architecture
    return _recipe(known, options).make(options, known, None, dtype, team)


def network_of(state: Mapping[str, Any]) -> tuple[Architecture, Spec]:
    """Read from a run's state what network it trains; states from before they named it are of ``pconv``.

    Raises:
        KeyError, TypeError, ModelError: It is no such state.
    """
    known = architecture(state.get("network", "pconv"))
    return known, known.spec(**state["spec"])


def _named(name: str) -> Architecture:
    try:
        return architecture(name)
    except ModelError as error:
        names = ", ".join(known.name for known in architectures())
        raise UsageError(f"{option('network')} {name}: no network has this name; take one of {names}") from error


def _recipe(known: Architecture, options: TrainOptions) -> type[Recipe]:
    recipe = RECIPES.get(known.name, Reconstruction)
    if isinstance(recipe, tuple):
        module, name = recipe
        recipe = cast(type[Recipe], getattr(import_module(f"{__package__}.{module}"), name))
    if options.adversarial == "none":
        return recipe
    own = issubclass(recipe, Adversarial)
    if own or not issubclass(recipe, Reconstruction) or not recipe.takes_discriminator:
        why = "learn against discriminators of their own" if own else "do not learn so"
        raise UsageError(f"{option('adversarial')} {options.adversarial}: {known.name} networks {why}; leave it out")
    return discriminated(recipe)
