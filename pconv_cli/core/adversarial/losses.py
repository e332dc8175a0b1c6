"""Adversarial losses, pure functions of judgements: hinge, cross entropy, Wasserstein; penalties; feature matching.

Notation: D(x) the logits of real images x, D(y) those of made images y. Each loss is a mean over all logits, a scalar
in float32. A discriminator minimises its loss by distinguishing x from y, a generator its own by D(y) alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.adversarial import Judgement
from pconv_cli.core.losses.distances import exact


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = (mean max(0, 1 - D(x)) + mean max(0, 1 + D(y))) / 2. Scalar.

    References:
        Lim and Ye, "Geometric GAN", 2017; halved as in the code of Yu et al., ICCV 2019.
    """
    return (F.relu(1 - exact(real)).mean() + F.relu(1 + exact(fake)).mean()) / 2


def hinge_generator(fake: Tensor) -> Tensor:
    """L_G = -mean D(y), of the hinge loss and of the Wasserstein distance. Scalar.

    References:
        Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019, section 3.2.
    """
    return -exact(fake).mean()


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = (mean softplus(-D(x)) + mean softplus(D(y))) / 2: cross entropy with 1 for x, 0 for y. Scalar.

    References:
        Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, eq. (1).
    """
    return (F.softplus(-exact(real)).mean() + F.softplus(exact(fake)).mean()) / 2


def bce_generator(fake: Tensor) -> Tensor:
    """L_G = mean softplus(-D(y)): the form that does not saturate. Scalar.

    References:
        Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, section 3.
    """
    return F.softplus(-exact(fake)).mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = mean D(y) - mean D(x), for a critic that is kept smooth by `gradient_penalty`. Scalar.

    References:
        Arjovsky et al., "Wasserstein GAN", ICML 2017, section 3.
    """
    return exact(fake).mean() - exact(real).mean()


@dataclass(frozen=True)
class Adversary:
    """The two losses that belong together.

    Attributes:
        discriminator: Its loss, a function of the logits of real and of made images.
        generator: Its loss, a function of the logits of made images.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


HINGE = Adversary(hinge_discriminator, hinge_generator)
BCE = Adversary(bce_discriminator, bce_generator)
WASSERSTEIN = Adversary(wasserstein_discriminator, hinge_generator)


def gradient_penalty(
    judge: Callable[[Tensor], Judgement],
    real: Tensor,
    fake: Tensor,
    share: Tensor,
    within: Tensor | None = None,
) -> Tensor:
    """P = mean (|grad D(u)| - 1)^2 at u = t x + (1 - t) y, the norm over each image. Scalar, in float32.

    Args:
        judge: The discriminator, of images alone.
        real: x, ``(N, C, H, W)``.
        fake: y, the same shape.
        share: t, uniform in [0, 1], ``(N, 1, 1, 1)``.
        within: ``(N, 1, H, W)``, by which the gradient is multiplied first, as DeepFill does with the hole; None: 1.

    References:
        Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017, eq. (3); Yu et al., "Generative Image
            Inpainting with Contextual Attention", CVPR 2018, section 3.3, for ``within``.
    """
    between = torch.lerp(exact(fake.detach()), exact(real), share)
    gradient = _gradient(judge, between)
    if within is not None:
        gradient = gradient * within
    return (_norms(gradient) - 1).square().mean()


def r1_penalty(judge: Callable[[Tensor], Judgement], real: Tensor) -> Tensor:
    """R1 = mean |grad D(x)|^2 / 2, the norm over each image. Scalar, in float32.

    Args:
        judge: The discriminator, of images alone.
        real: x, ``(N, C, H, W)``.

    References:
        Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018, eq. (9), without gamma.
    """
    return _gradient(judge, exact(real)).square().flatten(1).sum(1).mean() / 2


def _gradient(judge: Callable[[Tensor], Judgement], images: Tensor) -> Tensor:
    """The gradient of the sum of all logits by the images, to be differentiated again; in float32."""
    images = images.detach().requires_grad_()
    with torch.autocast(images.device.type, enabled=False):
        total = judge(images).logits.sum()
        (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    return gradient


def _norms(values: Tensor) -> Tensor:
    """The norm of each image, ``(N)``; the gradient of a norm of 0 is 0 and not NaN."""
    norms: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1)
    return norms


def feature_matching(fake: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """L_FM = sum over layers of mean |D_i(x) - D_i(y)|; the gradient reaches y alone. Scalar.

    Args:
        fake: D_i(y), a tensor a layer.
        real: D_i(x), of the same shapes.

    References:
        Wang et al., "High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs", CVPR 2018,
            section 3.3; Nazeri et al., "EdgeConnect", 2019, section 3.1.
    """
    pairs = zip(fake, real, strict=True)
    return torch.stack([F.l1_loss(exact(y), exact(x.detach())) for y, x in pairs]).sum()


def accuracy(real: Tensor, fake: Tensor) -> Tensor:
    """Share of the logits that are higher for the real image than for the made one; equal ones count half. Scalar.

    A half is a guess, 1 a discriminator that is never wrong. No threshold has a part in it, so that it means the same
    for each of the losses.

    Args:
        real: D(x), ``(N, ...)``.
        fake: D(y), of the same shape.
    """
    return ((real > fake).float() + (real == fake).float() / 2).mean()
