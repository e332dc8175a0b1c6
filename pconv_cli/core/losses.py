"""The paper's loss terms and the SSIM term, each a pure function; then their weighted sum, with three terms of ours.

Notation: I_gt the truth, M the mask (1 = valid), I_out the network's output, I_comp = M * I_gt + (1 - M) * I_out.
Pictures are ``(N, 3, H, W)`` in [0, 1], masks ``(N, 1, H, W)``. All terms are means over the elements of the whole
picture, C * H * W, and over the batch.

A truth that is damaged itself comes with K (1 = known, 0 = damaged, M <= K), and teaches by its known pixels alone. Let
P be the partial averages of its known pixels (`fill_pyramid`), and

    I_gt' = K * I_gt + (1 - K) * P        I_out' = K * I_out + (1 - K) * P        M' = M + (1 - K)

so that truth, output and composite M' * I_gt' + (1 - M') * I_out' have the same smooth content in the damage: no
difference arises there, no gradient reaches the output from there, and neither VGG16 nor SSIM sees an edge that is in
one picture and not in the other. Each term is computed on these, total variation over pairs of known pixels alone,
and divided by the mean of K over the batch, so that a known pixel weighs what a pixel of a whole picture of that many
pixels does. With K = 1 everywhere that is the ordinary loss, bit for bit.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.blocking import blocking_loss
from pconv_cli.core.contrast import contrast_loss
from pconv_cli.core.distances import exact, feature_distance, mean_difference, style_distance
from pconv_cli.core.lattice import lattice_loss
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.core.vgg import VGG16Features


def composite(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """I_comp: the truth where valid, the output in the hole.

    References:
        Liu et al., ECCV 2018, section 3.3.
    """
    dtype = torch.promote_types(output.dtype, truth.dtype)
    return torch.lerp(output.to(dtype), truth.to(dtype), mask.to(dtype))


def valid_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """L_valid = mean |M (I_out - I_gt)|, divided by the size of the whole picture. Scalar."""
    return mean_difference(mask * output, mask * truth)


def hole_loss(comp: Tensor, truth: Tensor) -> Tensor:
    """L_hole = mean |(1 - M) (I_out - I_gt)| = mean |I_comp - I_gt|, over the size of the whole picture. Scalar."""
    return mean_difference(comp, truth)


def without_damage(output: Tensor, truth: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """I_out' and I_gt': output and truth where known, both the partial averages of what is known where not.

    Args:
        output: I_out, ``(N, 3, H, W)``.
        truth: I_gt, the same shape; what stands at damaged pixels is not looked at.
        known: K, ``(N, 1, H, W)``, 1 = known, 0 = damaged.

    Returns:
        The two pictures; the gradient reaches the output at known pixels alone.
    """
    with torch.no_grad():
        truth = torch.where(known > 0, truth, fill_pyramid(truth, known).to(truth.dtype))
    return torch.where(known > 0, output, truth.to(output.dtype)), truth


def total_variation(picture: Tensor, mask: Tensor, known: Tensor | None = None) -> Tensor:
    """L_tv: the absolute differences of neighbours in the hole dilated by one pixel, over C * H * W.

    Only pairs both of whose pixels lie in the dilated hole count, so the hole's edge is smoothed against its
    surroundings and nothing else is.

    Args:
        picture: I_comp, ``(N, C, H, W)``.
        mask: ``(N, 1, H, W)``.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged: then the hole is what is known and not valid, and only pairs
            both of whose pixels are known count. None: all is known.

    Returns:
        Scalar.

    References:
        Liu et al., ECCV 2018, eq. (5).
    """
    if known is None:
        hole = F.max_pool2d(1 - mask, 3, stride=1, padding=1)
    else:
        hole = known * F.max_pool2d(known - mask, 3, stride=1, padding=1)
    across = (picture[..., :, 1:] - picture[..., :, :-1]).abs() * (hole[..., :, 1:] * hole[..., :, :-1])
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs() * (hole[..., 1:, :] * hole[..., :-1, :])
    return (across.sum() + down.sum()) / picture.numel()


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity with an 11 x 11 Gaussian window of sigma 1.5, in float32.

    Population covariances, K1 = 0.01, K2 = 0.03, values in [0, 1]; the mean is taken where the window lies wholly in
    the picture, as scikit-image takes it.

    Args:
        a: ``(N, C, H, W)``.
        b: The same shape.

    Returns:
        Scalar in [-1, 1].

    Raises:
        ValueError: A side is shorter than the window.

    References:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    if min(a.shape[-2:]) < 11:
        raise ValueError(f"SSIM needs sides of 11 pixels or more, got {tuple(a.shape[-2:])}")
    # Of u = a + b and v = a - b the moments are those of a and b: 4 cov(a, b) = var u - var v, and the like.
    a, b = exact(a), exact(b)
    pair = torch.stack([a + b, a - b])
    maps = torch.stack([pair, pair * pair]).flatten(0, 3)[None]  # (1, 2 moments x u and v x N x C, H, W)
    count, window = maps.shape[1], _ssim_window(a.dtype, a.device)
    with torch.autocast(a.device.type, enabled=False):
        # Every map a group of its own: some fifty times as fast on a processor as every map a picture of its own.
        maps = F.conv2d(maps, window.view(1, 1, 11, 1).expand(count, 1, 11, 1), groups=count)
        maps = F.conv2d(maps, window.view(1, 1, 1, 11).expand(count, 1, 1, 11), groups=count)
    mean, square = maps.view(2, -1, *maps.shape[2:]).unbind()
    product = mean * mean
    (means_u, means_v), (vars_u, vars_v) = product.chunk(2), (square - product).chunk(2)
    means_u, vars_u = means_u + 2 * 0.01**2, vars_u + 2 * 0.03**2
    similarity = (means_u - means_v) * (vars_u - vars_v) / ((means_u + means_v) * (vars_u + vars_v))
    return similarity.mean()


@cache
def _ssim_window(dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # a later call may differentiate
        position = torch.arange(11, dtype=dtype, device=device) - 5
        window = torch.exp(-(position**2) / (2 * 1.5**2))
        normalised: Tensor = window / window.sum()
    return normalised


@dataclass(frozen=True)
class LossWeights:
    """The weights of the terms in the sum; the paper's by default, which belong to the scale of torchvision's VGG16.

    References:
        Liu et al., ECCV 2018, eq. (7). ``ssim`` is the Dunhuang preset's addition, 5 there; ``blocking``,
            ``contrast`` and ``lattice`` are ours (`blocking_loss`, `contrast_loss`, `lattice_loss`).

    Example:
        >>> LossWeights(perceptual=0, style=0).needs_vgg
        False
    """

    valid: float = 1.0
    hole: float = 6.0
    perceptual: float = 0.05
    style: float = 120.0
    tv: float = 0.1
    ssim: float = 0.0
    blocking: float = 0.0
    contrast: float = 0.0
    lattice: float = 0.0

    @property
    def needs_vgg(self) -> bool:
        """Whether a term compares VGG16's features."""
        return self.perceptual > 0 or self.style > 0


class Loss(NamedTuple):
    """The weighted sum, and each term before weighting, by the names of `LossWeights`."""

    total: Tensor
    terms: dict[str, Tensor]


class InpaintingLoss(nn.Module):
    """The weighted sum of the terms.

    Args:
        weights: The terms' weights. VGG16, SSIM, blocking, contrast and lattice are computed only where they have a
            weight; the pixel terms always.
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
        terms = {
            "valid": valid_loss(output, truth, mask),
            "hole": hole_loss(comp, truth),
            "tv": total_variation(comp, mask, known),
        }
        if self.weights.ssim > 0:
            terms["ssim"] = 1 - ssim(comp, truth)
        if self.weights.blocking > 0:
            terms["blocking"] = blocking_loss(comp, mask, known)
        if self.weights.contrast > 0:
            terms["contrast"] = contrast_loss(comp, truth, mask, known)
        if self.weights.lattice > 0:
            terms["lattice"] = lattice_loss(comp, truth, mask, known)
        if features and self.weights.needs_vgg:
            assert self.vgg is not None
            with torch.no_grad():
                wanted = [exact(f) for f in self.vgg(truth)]
            # One pass for I_out and I_comp; and half of it where they are the same. The truth has its own, since in a
            # batch with the others it would be differentiated too, for nothing.
            same = torch.equal(output, comp) if self.gives_composite is None else self.gives_composite
            seen = [exact(f) for f in self.vgg(comp if same else torch.cat([output, comp]))]
            terms["perceptual"] = 2 * feature_distance(seen, wanted)
            terms["style"] = 2 * style_distance(seen, wanted)
        values = torch.stack(list(terms.values()))
        if known is not None:
            values = values / known.mean().clamp(min=1 / known.numel())
        total = (values * _weights_of(self.weights, tuple(terms), values.dtype, values.device)).sum()
        return Loss(total, dict(zip(terms, values.detach().unbind(), strict=True)))


@cache
def _weights_of(weights: LossWeights, names: tuple[str, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """The weights of some terms, ``(n)``; kept, since a device would be given them anew at each step."""
    with torch.inference_mode(False):  # a later call may differentiate
        values = torch.tensor([getattr(weights, name) for name in names], dtype=dtype)
        return values.to(device, non_blocking=True)
