"""How options are found where they are not all given: by the preset, by the defaults, or by the run that goes on.

This module imports nothing heavy, so that the command line can check options at once.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pconv_cli.errors import ModelError, UsageError, option
from pconv_cli.training.option_fields import LossWeightsField, NetworkOptionsField
from pconv_cli.training.options import TrainOptions, given_twice, own_weights
from pconv_cli.training.presets import LENGTHS, PAPERS, PRESETS, Paper, Phase, Preset, recipe_of

# What may change when a run is resumed; ``accumulate`` with the processes, for as many images a step as before.
CHANGEABLE = frozenset(
    {"data", "damage", "device", "vgg", "out", "save_every", "validate_every", "sample_every", "workers", "cache"}
    | {"accumulate", "compile", "tensorboard"}
)

#: Those that say how the discriminator learns.
ADVERSARIAL_OPTIONS = tuple(f"adversarial_{name}" for name in ("weight", "width", "rate", "r1", "after"))

#: Those that are fields of the network's `Spec`.
NETWORK_OPTIONS = frozenset({"width", "depth", "base"})

# An option on the left has nothing to say beside the one on the right; the value is what the right one has to be.
IDLE: tuple[tuple[tuple[str, ...], str, Any], ...] = (
    (("network", "width", "depth", "base", "network_options"), "init", ...),
    (("mask_kind", "mask_bank"), "masks", ...),
    (("steps", "finetune_steps"), "minutes", ...),
    (("learning_rate",), "phase", Phase.FINETUNE),
    (("finetune_steps", "finetune_learning_rate"), "phase", Phase.FIT),
    (("finetune_learning_rate",), "finetune_steps", 0),
    (("validate_every", "sample_every"), "validation", 0.0),
)


def resolve_options(preset: Preset | None, given: Mapping[str, Any]) -> TrainOptions:
    """Options as given, the preset's where they are not, and the defaults where that says nothing.

    Args:
        preset: Whose recipe fills in; None: ``damaged`` where damage and weights to start from are given, ``paper``
            where not.
        given: Names of `TrainOptions` with their values; None stands for not given.

    Raises:
        UsageError: A value lies outside its range, or an option would do nothing beside another one.
    """
    said = _spread({name: value for name, value in given.items() if value is not None})
    if preset is None:
        preset = Preset.DAMAGED if {"damage", "init"} <= said.keys() else Preset.PAPER
    network = said.get("network", "pconv") if "init" not in said else _network_of(said["init"])
    paper = PAPERS.get(network, Paper())
    merged = {**recipe_of(preset, network), **said}
    if "loss_weights" in said:  # what is not spoken of stays
        merged["loss_weights"] = {**dict(paper.options.get("loss_weights", ())), **dict(said["loss_weights"])}
    if "phase" not in said and {"finetune_steps", "finetune_learning_rate"} & said.keys():
        merged["phase"] = PRESETS[preset].get("phase", Phase.BOTH)  # of a paper of one phase
    lengths = paper.lengths if preset is Preset.PAPER else LENGTHS[preset]
    only_finetunes = "phase" not in said and merged.get("phase") is Phase.FINETUNE  # by its preset, not by an option
    if only_finetunes and "init" not in said:
        raise UsageError(
            f"{option('preset')} {preset} only fine-tunes, from trained weights: name them by {option('init')} "
            "NAME|PATH"
        )
    for idle, other, value in IDLE:
        if (other in said) if value is ... else (merged.get(other) == value):
            for name in idle:
                if name in said and other == "phase" and only_finetunes:
                    raise UsageError(
                        f"{option(name)} does nothing with the preset {preset}, which only fine-tunes; "
                        f"use {option(f'finetune_{name}')}, or {option('phase')} both"
                    )
                if name in said:
                    raise UsageError(
                        f"{option(name)} does nothing with {option(other)} {_said(merged[other])}; leave one out"
                    )
    for name in ADVERSARIAL_OPTIONS if merged.get("adversarial", "none") == "none" else ():
        if name in said and name not in paper.options:
            raise UsageError(f"{option(name)} belongs to {option('adversarial')}; name one by that, or leave it out")
    for name in ("polarity", "threshold", "mask_pattern", "dilate"):
        if name in said and "damage" not in said:
            raise UsageError(f"{option(name)} belongs to the masks of {option('damage')}; name those, or leave it out")
    options = TrainOptions(**{**merged, "network": network, **_length(merged, said, lengths)})
    for name in ("vgg", "perceptual_every"):
        if name in said and not _needs_vgg(options):
            raise UsageError(f"{option(name)} does nothing without perceptual and style terms; leave it out")
    return options


def _needs_vgg(options: TrainOptions) -> bool:
    """Whether a term on VGG16's features has a weight."""
    if options.perceptual_weight or options.style_weight or not options.loss_weights:
        return options.perceptual_weight + options.style_weight > 0
    from pconv_cli.core.losses import LossWeights  # which is heavy

    return LossWeights(**options.weights).needs_vgg


def _network_of(init: str) -> str:
    """Find which network weights are of; of those that cannot be loaded, which is an error later, the default."""
    from pconv_cli.core.weights_info import describe_weights  # which needs NumPy

    try:
        return describe_weights(init).network
    except ModelError:
        return "pconv"


def _length(merged: Mapping[str, Any], said: Mapping[str, Any], recipe: tuple[int, int]) -> dict[str, Any]:
    """Return how long a run is: as long as was said, else as its preset's phases are."""
    phase, fine = merged.get("phase", Phase.BOTH), said.get("finetune_steps")
    if phase is Phase.FINETUNE and fine is not None:  # which then is the whole run
        if "steps" in said:
            raise UsageError(
                f"{option('finetune_steps')} does nothing with {option('phase')} finetune and {option('steps')}; leave "
                "one out"
            )
        return {"steps": fine, "finetune_steps": None}
    if "steps" in said or "minutes" in said:
        return {}
    first, second = recipe
    if phase is not Phase.BOTH:
        whole = second if phase is Phase.FINETUNE else first
        if not whole:
            raise UsageError(
                f"{option('phase')} {phase}: the paper of this network has no such phase, and so no length of it; give "
                f"{option('steps')} N"
            )
        return {"steps": whole}
    second = second if fine is None else fine
    return {"steps": first + second, "finetune_steps": second}


def resume_options(
    saved: TrainOptions, given: Mapping[str, Any], spec: Mapping[str, Any] | None = None
) -> TrainOptions:
    """Return the saved run's options, with those that are given now.

    Args:
        saved: The run's.
        given: Names of `TrainOptions` with their values; None stands for not given.
        spec: The fields of the run's network, whose own options may be given now and not before, or before and not now.

    Raises:
        UsageError: An option differs that would make it another run.
    """
    said = _spread({name: value for name, value in given.items() if value is not None})
    said |= {"network_options": NetworkOptionsField.texts(said["network_options"])} if "network_options" in said else {}
    kept = CHANGEABLE if saved.damage else CHANGEABLE - {"damage"}  # may move with its images, but not be added
    was = {name: getattr(saved, name) for name in said}
    for name in NETWORK_OPTIONS & was.keys():
        was[name] = (spec or {}).get(name) if was[name] is None else was[name]
    if "loss_weights" in said:  # beside these a paper's own may have been saved
        own = dict(saved.loss_weights)
        if all(own.get(name) == value for name, value in said["loss_weights"]):
            said["loss_weights"] = saved.loss_weights
    differing = sorted(name for name, value in said.items() if was[name] != value and name not in kept)
    if differing:
        options = ", ".join(f"{option(name)} (was {_said(was[name])})" for name in differing)
        raise UsageError(
            f"{option('resume')} continues the run as it was: leave out {options}, or start a new run with another "
            f"{option('out')}"
        )
    return TrainOptions(**{**{f.name: getattr(saved, f.name) for f in fields(saved)}, **said})


def _said(value: object) -> object:
    """A value as people give it: 5.0 as 5, pairs as NAME=VALUE."""
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(f"{name}={each}" for name, each in value) or "none" if isinstance(value, tuple) else value


def _spread(said: Mapping[str, Any]) -> dict[str, Any]:
    """Put each weight of ``loss_weights`` that has an option of its own there.

    Raises:
        UsageError: It is given there too.
    """
    if "loss_weights" not in said:
        return dict(said)
    own, others = own_weights(dict(LossWeightsField.checked(said["loss_weights"])))
    for name in own.keys() & said.keys():
        raise given_twice(name)
    return {**said, **own, "loss_weights": tuple(others.items())}
