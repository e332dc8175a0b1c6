"""The discriminator of EdgeConnect: each of its output values judges a patch of 70 x 70 pixels."""

import itertools

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from pconv_cli.core.adversarial import Judgement

#: The least side in pixels of what it judges.
LEAST = 24


class Patch(nn.Module):
    """Five 4 x 4 convolutions, the first three of stride 2, with spectral norm and LeakyReLU(0.2) between them.

    Args:
        channels: Channels of what it judges.
        width: Channels of the first layer; the paper's is 64. The next three have 2, 4 and 8 times as many, the last 1.

    References:
        Nazeri et al., "EdgeConnect: Generative Image Inpainting with Adversarial Edge Learning", ICCV workshops 2019,
            section 3; Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017.

    Example:
        >>> judge = Patch(3)
        >>> sum(p.numel() for p in judge.parameters())
        2763776
        >>> judge(torch.rand(1, 3, 256, 256)).logits.shape
        torch.Size([1, 1, 30, 30])
    """

    def __init__(self, channels: int, width: int = 64) -> None:
        super().__init__()
        sizes = [channels, width, 2 * width, 4 * width, 8 * width, 1]
        self.layers = nn.ModuleList()
        for (before, after), stride in zip(itertools.pairwise(sizes), (2, 2, 2, 1, 1), strict=True):
            layer = nn.Conv2d(before, after, 4, stride, 1, bias=False)
            nn.init.normal_(layer.weight, 0.0, 0.02)
            self.layers.append(spectral_norm(layer))

    def forward(self, image: Tensor, _: Tensor | None = None) -> Judgement:
        """Judge ``(N, channels, H, W)``, sides of `LEAST` pixels or more; a mask is not looked at."""
        x, features = image, []
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x)
            features.append(x if number == len(self.layers) else F.leaky_relu(x, 0.2))
            x = features[-1]
        return Judgement(x, tuple(features))
