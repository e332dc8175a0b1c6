"""The discriminator of free-form inpainting: spectrally normalised convolutions whose every output value judges."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from pconv_cli.core.adversarial import Judgement


class SNPatch(nn.Module):
    """SN-PatchGAN: 5 x 5 convolutions of stride 2, each with spectral norm and LeakyReLU(0.2), the last one too.

    No layer joins the values of the last one: each of them, of each channel, is a judgement of the patch that it sees.
    At six layers that is 253 pixels, so that most of them see a hole wherever it lies.

    Args:
        width: Channels of the first layer; the paper's is 64. The second has twice as many, the others four times.
        depth: Number of layers; the paper's is 6.

    References:
        Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019, section 3.2; Miyato et al.,
            "Spectral Normalization for Generative Adversarial Networks", ICLR 2018.

    Example:
        >>> judge = SNPatch(width=8)
        >>> judge(torch.rand(1, 3, 256, 256), torch.ones(1, 1, 256, 256)).logits.shape
        torch.Size([1, 32, 4, 4])
    """

    def __init__(self, width: int = 64, depth: int = 6) -> None:
        super().__init__()
        sizes = [4, *(width * min(2**i, 4) for i in range(depth))]
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, 5, stride=2, padding=2))
            for before, after in itertools.pairwise(sizes)
        )

    def forward(self, image: Tensor, mask: Tensor) -> Judgement:
        """Judge images.

        Args:
            image: ``(N, 3, H, W)`` in [0, 1].
            mask: ``(N, 1, H, W)``, 1 = valid, 0 = hole; the network itself sees 1 in the hole, as the paper's does.
        """
        x = torch.cat([2 * image - 1, 1 - mask], 1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return Judgement(x, tuple(features))
