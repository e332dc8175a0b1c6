"""The recipes that fill in the options that a training run is not given.

This module imports nothing heavy, so that the command line can name presets and phases at once.
"""

from dataclasses import dataclass, field
from typing import Any

from pconv_cli.arguments import Choice


class Preset(Choice):
    """Whose recipe is followed where an option is not given."""

    PAPER = "paper"
    DUNHUANG = "dunhuang"
    ICME = "icme"
    DAMAGED = "damaged"


class Phase(Choice):
    """Which part of the training is run.

    Example:
        >>> Phase("finetune")
        <Phase.FINETUNE: 'finetune'>
    """

    FIT = "fit"
    FINETUNE = "finetune"
    BOTH = "both"


PRESETS: dict[Preset, dict[str, Any]] = {
    # Liu et al., ECCV 2018: the defaults above.
    Preset.PAPER: {},
    # The Dunhuang restoration project: 400 x 400 crops, batches of 8, 5e-4, and minus SSIM in the loss.
    Preset.DUNHUANG: {
        "crop": 400,
        "batch": 8,
        "learning_rate": 5e-4,
        "ssim_weight": 5.0,
        "mask_kind": "cracks",
    },
    # The ICME project: its augmentation and its three types of masks, equally likely.
    Preset.ICME: {
        "crop": 256,
        "batch": 16,
        "augmentation": "icme",
        "mask_kind": "mixed",
    },
    # Fine-tuning on images that are damaged themselves, in minutes of one core and without VGG16. A higher learning
    # rate was measured to do harm; see docs/adapting.md.
    Preset.DAMAGED: {
        "phase": Phase.FINETUNE,
        "crop": 128,
        "batch": 8,
        "mask_kind": "all",
        "finetune_learning_rate": 2e-4,
        "perceptual_weight": 0.0,
        "style_weight": 0.0,
        "ssim_weight": 0.3,
        "ema": 0.99,
        "clip": 1.0,
    },
}

# Steps of each recipe's two phases, where the length of a run is not given.
LENGTHS: dict[Preset, tuple[int, int]] = {
    Preset.PAPER: (500_000, 100_000),
    Preset.DUNHUANG: (40_000, 10_000),
    Preset.ICME: (100_000, 25_000),
    Preset.DAMAGED: (1_000, 200),
}


@dataclass(frozen=True)
class Paper:
    """How a network's own paper trains it, as far as that is not what pconv's does: the preset ``paper`` of it.

    Attributes:
        options: Names of `pconv_cli.training.options.TrainOptions` with their values.
        lengths: Steps of the two phases.
        own_loss: Whether it learns by a loss of its own alone, so that presets weigh no terms.
    """

    options: dict[str, Any] = field(default_factory=dict)
    lengths: tuple[int, int] = LENGTHS[Preset.PAPER]
    own_loss: bool = False


# The terms of pconv's paper, left out.
_WITHOUT = {f"{term}_weight": 0.0 for term in ("valid", "hole", "perceptual", "style", "tv")}

#: By the names of networks; those that are not here are trained as pconv is.
PAPERS: dict[str, Paper] = {
    # Pathak et al., CVPR 2016, by the authors' code. The rate is the discriminator's, of which the network has ten
    # times as much; L2 is of values in [-1, 1], whose squares are four times those in [0, 1]. 500 epochs of 14,900
    # images.
    "context-encoder": Paper(
        {**_WITHOUT, "phase": Phase.FIT, "crop": 128, "batch": 64, "loss_weights": (("l2", 4 * 0.999),)},
        (116_000, 20_000),
    ),
    # Iizuka et al., SIGGRAPH 2017; the rate is that of mmagic, whose optimiser is Adam too.
    "global-local": Paper(
        {
            **_WITHOUT,
            "phase": Phase.FIT,
            "crop": 256,
            "batch": 96,
            "learning_rate": 4e-4,
            "loss_weights": (("hole_l2", 1.0),),
        }
    ),
    # Yu et al., CVPR 2018, by the released code: its differences are of values in [-1, 1], which are twice those in
    # [0, 1], and weigh 1.2.
    "contextual-attention": Paper(
        {
            **_WITHOUT,
            "phase": Phase.FIT,
            "crop": 256,
            "batch": 16,
            "learning_rate": 1e-4,
            "loss_weights": (("discounted", 2 * 1.2), ("outside", 2 * 1.2)),
            "adversarial_weight": 0.001,
        }
    ),
    # Yu et al., ICCV 2019, by the released code; likewise, with weight 1.
    "gated": Paper(
        {
            **_WITHOUT,
            "phase": Phase.FIT,
            "crop": 256,
            "batch": 16,
            "learning_rate": 1e-4,
            "loss_weights": (("l1", 2.0),),
            "adversarial_weight": 1.0,
        }
    ),
    # Nazeri et al., 2019, by the authors' program: two million steps of each stage, of which the last one is phase two.
    "edge-connect": Paper(
        {"crop": 256, "batch": 8, "learning_rate": 1e-4, "finetune_learning_rate": 1e-5}, (4_000_000, 2_000_000)
    ),
    # Ho et al., NeurIPS 2020; RePaint trains no network.
    "repaint": Paper(
        {
            "phase": Phase.FIT,
            "crop": 128,
            "batch": 16,
            "learning_rate": 1e-4,
            "ema": 0.9999,
            "perceptual_weight": 0.0,
            "style_weight": 0.0,
        },
        (500_000, 0),
        own_loss=True,
    ),
}


def recipe_of(preset: Preset, network: str) -> dict[str, Any]:
    """Give what a preset says where an option is not given, and below it the paper of the network."""
    paper = PAPERS.get(network, Paper())
    said = PRESETS[preset]
    if paper.own_loss:
        said = {name: value for name, value in said.items() if not name.endswith("_weight")}
    return {**paper.options, **said}


# One part in this many of a run's steps or minutes fine-tunes, as in the paper's preset.
FINETUNE_PART = 6
