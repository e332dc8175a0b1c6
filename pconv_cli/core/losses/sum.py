"""The weighted sum of the terms.

Notation: I_gt the truth, M the mask (1 = valid), I_out the network's output, I_comp = M * I_gt + (1 - M) * I_out.
Images are ``(N, 3, H, W)`` in [0, 1], masks ``(N, 1, H, W)``. All terms are means over the elements of the whole
image, C * H * W, and over the batch.

A truth that is damaged itself comes with K (1 = known, 0 = damaged, M <= K), and teaches by its known pixels alone. Let
P be the partial averages of its known pixels (`fill_pyramid`), and

    I_gt' = K * I_gt + (1 - K) * P        I_out' = K * I_out + (1 - K) * P        M' = M + (1 - K)

so that truth, output and composite M' * I_gt' + (1 - M') * I_out' have the same smooth content in the damage: no
difference arises there, no gradient reaches the output from there, and neither VGG16 nor SSIM sees an edge that is in
one image and not in the other. Each term is computed on these, total variation over pairs of known pixels alone,
and divided by the mean of K over the batch, so that a known pixel weighs what a pixel of a whole image of that many
pixels does. With K = 1 everywhere that is the ordinary loss, bit for bit.
"""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from numbers import Real
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pconv_cli.core.losses.composite import composite, without_damage
from pconv_cli.core.losses.term import Seen, Term, all_terms
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.errors import UsageError, option


class LossWeights(Mapping[str, float]):
    """The weights of the terms in the sum, by their names.

    Args:
        weights: Those that are not the paper's, which belong to the scale of torchvision's VGG16; each 0 or more.

    Raises:
        UsageError: There is no term of a name, or a weight is not a finite number of 0 or more.

    References:
        Liu et al., ECCV 2018, eq. (7).

    Example:
        >>> weights = LossWeights(perceptual=0, style=0, ssim=0.3)
        >>> weights["hole"], weights["ssim"], weights.needs_vgg
        (6.0, 0.3, False)
    """

    def __init__(self, **weights: float) -> None:
        self._terms = all_terms()
        usual = {term.name: term.weight for term in self._terms}
        for name, weight in weights.items():
            said = f"{option('loss_weights')} {name}={weight}"
            if name not in usual:
                raise UsageError(f"{said}: no loss term has this name; take one of {', '.join(usual)}")
            if isinstance(weight, bool) or not isinstance(weight, Real) or not 0 <= weight < math.inf:
                raise UsageError(f"{said}: must be a finite number, 0 or more")
        self._weights = usual | weights

    def __getitem__(self, name: str) -> float:
        return self._weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __repr__(self) -> str:
        return f"LossWeights({', '.join(f'{name}={weight:g}' for name, weight in self.items())})"

    @property
    def needs_vgg(self) -> bool:
        """Whether a term compares VGG16's features."""
        return any(term.on_features and self[term.name] > 0 for term in self._terms)

    def wanted(self, features: bool = True) -> list[Term]:
        """List the terms to compute, in the order of the sum; without ``features`` none that compares those."""
        on_features = features and self.needs_vgg
        return [t for t in self._terms if (on_features if t.on_features else t.always or self[t.name] > 0)]


class Loss(NamedTuple):
    """The weighted sum, and each term before weighting, by the names of `LossWeights`."""

    total: Tensor
    terms: dict[str, Tensor]


class InpaintingLoss(nn.Module):
    """The weighted sum of the terms.

    Args:
        weights: The terms' weights. The paper's pixel terms are computed always, the others where they have a weight.
        vgg: VGG16's features; needed where the perceptual or the style term has a weight.
        gives_composite: Whether the network's output is I_comp already, as on the base ``pyramid``: VGG16 then has half
            as much to do. None: looked at batch by batch, for which a GPU has to be waited for.

    Raises:
        ValueError: A weight asks for VGG16 and there is none: a term is never dropped silently.

    Example:
        >>> loss = InpaintingLoss(LossWeights(perceptual=0, style=0))
        >>> truth, mask = torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32)  # 1 = valid
        >>> mask[..., 8:16, 8:16] = 0
        >>> total, terms = loss(truth * mask, truth, mask)
        >>> sorted(terms), float(terms["valid"])
        (['hole', 'tv', 'valid'], 0.0)
    """

    def __init__(
        self,
        weights: LossWeights | None = None,
        vgg: VGG16Features | None = None,
        *,
        gives_composite: bool | None = None,
    ) -> None:
        super().__init__()
        self.weights = weights or LossWeights()
        if not isinstance(self.weights, LossWeights):
            raise UsageError(f"weights: {weights!r} is no LossWeights; give LossWeights(name=number)")
        if self.weights.needs_vgg and vgg is None:
            raise ValueError("the perceptual and style terms need VGG16's features; give them, or weight 0 to both")
        self.vgg = vgg
        self.gives_composite = gives_composite

    def forward(
        self, output: Tensor, truth: Tensor, mask: Tensor, *, known: Tensor | None = None, features: bool = True
    ) -> Loss:
        """Compute the loss of a batch.

        Args:
            output: I_out, ``(N, 3, H, W)``.
            truth: I_gt, the same shape.
            mask: ``(N, 1, H, W)``, 1 = valid.
            known: ``(N, 1, H, W)``, 1 = known: where ``truth`` holds the truth; 0 = damaged, a pixel whose values in
                ``truth`` and ``output`` change nothing. Valid pixels have to be known. None: all is known.
            features: Whether the perceptual and style terms are computed in this step.

        Returns:
            The weighted sum (scalar) and each unweighted term (scalar).
        """
        output = output.float() if output.dtype in (torch.float16, torch.bfloat16) else output
        if known is None:
            comp = composite(output, truth, mask)
        else:
            output, truth = without_damage(output, truth, known)
            comp = composite(output, truth, mask + (1 - known))
        seen = Seen(output, truth, mask, known, comp, self.vgg, self.gives_composite)
        found = {term.name: term.compute(seen) for term in self.weights.wanted(features)}
        values = torch.stack(list(found.values()))
        if known is not None:
            values = values / known.mean().clamp(min=1 / known.numel())
        total = (values * _weights_of(self.weights, tuple(found), values.dtype, values.device)).sum()
        return Loss(total, dict(zip(found, values.detach().unbind(), strict=True)))


@cache
def _weights_of(weights: LossWeights, names: tuple[str, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """The weights of some terms, ``(n)``; kept, as otherwise each step would copy them to the device again."""
    with torch.inference_mode(False):  # a later call may differentiate
        values = torch.tensor([weights[name] for name in names], dtype=dtype)
        return values.to(device, non_blocking=True)
