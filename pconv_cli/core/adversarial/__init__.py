"""Discriminators, and the losses of them and of what they judge.

A discriminator is a module of ``(image, mask)`` that gives a `Judgement`; the losses are pure functions of judgements.
Who trains which against which is a recipe's matter.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor


class Judgement(NamedTuple):
    """What a discriminator makes of images.

    Attributes:
        logits: Above 0 for what it holds for real, ``(N, ...)``: one value an image, or one a patch and channel.
        features: What its layers gave on the way, the first one first; for feature matching.
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()


Discriminator = Callable[..., Judgement]
"""Judges images: a discriminator, or what stands for it in several processes."""
