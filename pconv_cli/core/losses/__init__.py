"""The loss: terms that are pure functions of one signature, and their weighted sum."""

from pconv_cli.core.losses.composite import composite, without_damage
from pconv_cli.core.losses.similarity import ssim
from pconv_cli.core.losses.sum import InpaintingLoss, Loss, LossWeights
from pconv_cli.core.losses.term import Seen, Term, all_terms, register

__all__ = [
    "InpaintingLoss",
    "Loss",
    "LossWeights",
    "Seen",
    "Term",
    "all_terms",
    "composite",
    "register",
    "ssim",
    "without_damage",
]
