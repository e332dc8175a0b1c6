"""What a term of the loss is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules

import torch
from torch import Tensor

from pconv_cli.core.losses import terms as folder
from pconv_cli.core.losses.distances import exact
from pconv_cli.core.vgg import VGG16Features


@dataclass(frozen=True)
class Seen:
    """What a term looks at: a batch as it is to be compared, its damage left out by `without_damage`.

    Attributes:
        output: I_out, ``(N, 3, H, W)``.
        truth: I_gt, the same shape.
        mask: M, ``(N, 1, H, W)``, 1 = valid.
        known: K, ``(N, 1, H, W)``, 1 = known, 0 = damaged; None: all is known.
        composite: I_comp, ``(N, 3, H, W)``.
        vgg: What gives `features`.
        same: Whether I_out is I_comp.
    """

    output: Tensor
    truth: Tensor
    mask: Tensor
    known: Tensor | None
    composite: Tensor
    vgg: VGG16Features | None
    same: bool | None

    @property
    def hole(self) -> Tensor:
        """What is known and not valid, ``(N, 1, H, W)``."""
        return (1 if self.known is None else self.known) - self.mask

    def mean_within(self, region: Tensor, weights: Tensor | float = 1.0) -> Tensor:
        """Give the mean of |I_out - I_gt|, weighted, over the pixels of a region of the batch. Scalar.

        `InpaintingLoss` divides by the share of what is known, which a mean over a region does not follow from.

        Args:
            region: ``(N, 1, H, W)`` of ones and zeros; without a one the mean is 0.
            weights: ``(N, 1, H, W)``.
        """
        difference = (exact(self.output) - exact(self.truth)).abs() * (region * weights)
        known = region.numel() if self.known is None else self.known.sum().clamp(min=1)
        return difference.mean() / (region.sum() / known).clamp(min=1 / region.numel())

    @cached_property
    def features(self) -> tuple[list[Tensor], list[Tensor]]:
        """Features of I_out and then I_comp, or of I_comp alone where they are the same; and those of I_gt.

        One pass for I_out and I_comp; and half of it where they are the same. The truth has its own, since in a batch
        with the others it would be differentiated too, for nothing.
        """
        assert self.vgg is not None
        with torch.no_grad():
            true = [exact(f) for f in self.vgg(self.truth)]
        same = torch.equal(self.output, self.composite) if self.same is None else self.same
        made = self.vgg(self.composite if same else torch.cat([self.output, self.composite]))
        return [exact(f) for f in made], true


@dataclass(frozen=True)
class Term:
    """A term of the loss.

    Attributes:
        name: What it is called in options, records and curves.
        compute: A pure function of what is seen, to a scalar: a mean over the pixels of the whole batch.
        weight: Its weight in the paper's sum; 0, as for all that are not the paper's, leaves it out.
        on_features: Whether it compares VGG16's features. All such terms are computed where one has a weight.
        always: Whether it is computed without a weight too, to be shown.
    """

    name: str
    compute: Callable[[Seen], Tensor]
    weight: float = 0.0
    on_features: bool = False
    always: bool = False


# The last bits of the sum depend on the order of its terms; later ones follow these by name.
_ORDER = ("valid", "hole", "tv", "ssim", "blocking", "contrast", "lattice", "perceptual", "style")

_registered: dict[str, Term] = {}


def register(term: Term) -> None:
    """Add a term for as long as the process lasts.

    Raises:
        ValueError: There is one of its name.
    """
    if any(term.name == other.name for other in all_terms()):
        raise ValueError(f"{term.name}: there is a loss term of this name already")
    _registered[term.name] = term


def all_terms() -> list[Term]:
    """List all terms in the order of the sum, those on features last."""
    return sorted([*_built_in(), *_registered.values()], key=_place)


def _place(term: Term) -> tuple[bool, int, str]:
    number = _ORDER.index(term.name) if term.name in _ORDER else len(_ORDER)
    return term.on_features, number, term.name


@cache
def _built_in() -> tuple[Term, ...]:
    names = [module.name for module in iter_modules(folder.__path__)]
    return tuple(import_module(f"{folder.__name__}.{name}").TERM for name in names)
