"""The discriminator of Context Encoders, DCGAN's: convolutions down to a single judgement of the whole image."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.adversarial import Judgement


class DCGAN(nn.Module):
    """4 x 4 convolutions of stride 2 down to 4 x 4 pixels, and one over those; BatchNorm on all but first and last.

    LeakyReLU(0.2), no biases. It sees an image alone, in [-1, 1] inside, and no mask.

    Args:
        size: Side in pixels of the square images, a power of two from 16 on.
        width: Channels of the first layer; the paper's is 64. The last but one has 8 times as many.

    References:
        Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
            ICLR 2016; Pathak et al., "Context Encoders", CVPR 2016, appendix A.

    Example:
        >>> judge = DCGAN(64)
        >>> sum(p.numel() for p in judge.parameters())
        2765568
        >>> judge(torch.rand(2, 3, 64, 64), torch.ones(2, 1, 64, 64)).logits.shape
        torch.Size([2, 1])
    """

    def __init__(self, size: int, width: int = 64) -> None:
        super().__init__()
        if size < 16 or size.bit_count() != 1:
            raise ValueError(f"size {size}: must be a power of two from 16 on")
        halvings = int(math.log2(size)) - 2
        sizes = [3, *(width * 2 ** max(0, 4 - halvings + number) for number in range(halvings))]
        pairs = list(pairwise(sizes))
        self.convs = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1, bias=False) for before, after in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for _, after in pairs[1:])
        self.last = nn.Conv2d(sizes[-1], 1, 4, bias=False)
        self.apply(_initialise)

    def forward(self, image: Tensor, mask: Tensor | None = None) -> Judgement:
        """Judge images.

        Args:
            image: ``(N, 3, size, size)`` in [0, 1].
            mask: Not looked at.
        """
        x, features = 2 * image - 1, []
        for number, conv in enumerate(self.convs):
            x = conv(x)
            x = F.leaky_relu(self.norms[number - 1](x) if number else x, 0.2)
            features.append(x)
        return Judgement(self.last(x).flatten(1), tuple(features))


@torch.no_grad()
def _initialise(module: nn.Module) -> None:
    """Draw weights as DCGAN does."""
    if isinstance(module, nn.Conv2d):
        module.weight.normal_(0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        module.weight.normal_(1.0, 0.02)
