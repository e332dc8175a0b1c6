"""Which recipe trains which architecture."""

from collections.abc import Mapping
from typing import Any

import torch

from pconv_cli.core.networks.registry import Architecture, architecture, architectures
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import UsageError, option
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.context_encoder import ContextEncoderRecipe
from pconv_cli.training.recipes.contextual_attention import ContextualAttentionRecipe
from pconv_cli.training.recipes.discriminated import discriminated
from pconv_cli.training.recipes.edge_connect import EdgeConnectRecipe
from pconv_cli.training.recipes.gated import GatedRecipe
from pconv_cli.training.recipes.global_local import GlobalLocalRecipe
from pconv_cli.training.recipes.pconv import PConvRecipe
from pconv_cli.training.recipes.recipe import Recipe
from pconv_cli.training.recipes.reconstruction import Reconstruction
from pconv_cli.training.recipes.repaint import RePaintRecipe

#: By the architecture's name; all others are trained by `Reconstruction`.
RECIPES: dict[str, type[Recipe]] = {
    "pconv": PConvRecipe,
    "context-encoder": ContextEncoderRecipe,
    "global-local": GlobalLocalRecipe,
    "contextual-attention": ContextualAttentionRecipe,
    "gated": GatedRecipe,
    "edge-connect": EdgeConnectRecipe,
    "repaint": RePaintRecipe,
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
    names = [known.name for known in architectures()]
    if name not in names:
        raise UsageError(f"{option('network')} {name}: no network has this name; take one of {', '.join(names)}")
    return architecture(name)


def _recipe(known: Architecture, options: TrainOptions) -> type[Recipe]:
    recipe = RECIPES.get(known.name, Reconstruction)
    if options.adversarial == "none":
        return recipe
    own = issubclass(recipe, Adversarial)
    if own or not issubclass(recipe, Reconstruction) or not recipe.takes_discriminator:
        why = "learn against discriminators of their own" if own else "do not learn so"
        raise UsageError(f"{option('adversarial')} {options.adversarial}: {known.name} networks {why}; leave it out")
    return discriminated(recipe)
