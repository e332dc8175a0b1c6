"""The generator that both stages of EdgeConnect are: an encoder, residual blocks, a decoder."""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Generator(nn.Module):
    """Two halvings, residual blocks of dilation 2, two doublings; instance norm and ReLU after all but the last.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out, linear.
        width: Channels at full scale; the paper's is 64.
        blocks: Number of residual blocks; the paper has 8.
        spectral: Whether all convolutions but the last are divided by their spectral norm; those of the blocks then
            have no bias.

    References:
        Nazeri et al., "EdgeConnect: Generative Image Inpainting with Adversarial Edge Learning", ICCV workshops 2019,
            appendix A.
    """

    def __init__(self, inputs: int, outputs: int, width: int, blocks: int, *, spectral: bool) -> None:
        super().__init__()

        def norm(layer: nn.Module) -> nn.Module:
            return spectral_norm(layer) if spectral else layer

        # The places of the layers in each sequence are those of the original, whose names importing follows.
        self.encoder = nn.Sequential(
            nn.ReflectionPad2d(3),
            norm(nn.Conv2d(inputs, width, 7)),
            *_active(width),
            norm(nn.Conv2d(width, 2 * width, 4, 2, 1)),
            *_active(2 * width),
            norm(nn.Conv2d(2 * width, 4 * width, 4, 2, 1)),
            *_active(4 * width),
        )
        self.middle = nn.Sequential(*(DilatedResidualBlock(4 * width, spectral=spectral) for _ in range(blocks)))
        self.decoder = nn.Sequential(
            norm(nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1)),
            *_active(2 * width),
            norm(nn.ConvTranspose2d(2 * width, width, 4, 2, 1)),
            *_active(width),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, outputs, 7),
        )
        self.apply(_initialised)

    def forward(self, x: Tensor) -> Tensor:
        """Turn ``(N, inputs, H, W)`` into ``(N, outputs, H, W)``; sides are multiples of 4, and 12 or more."""
        y: Tensor = self.decoder(self.middle(self.encoder(x)))
        return y


class DilatedResidualBlock(nn.Module):
    """x + IN(conv(ReLU(IN(conv(x))))), the first convolution of dilation 2; nothing follows the sum.

    Args:
        channels: That come in and go out.
        spectral: See `Generator`.
    """

    def __init__(self, channels: int, *, spectral: bool) -> None:
        super().__init__()
        first = nn.Conv2d(channels, channels, 3, dilation=2, bias=not spectral)
        second = nn.Conv2d(channels, channels, 3, bias=not spectral)
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(2),
            spectral_norm(first) if spectral else first,
            *_active(channels),
            nn.ReflectionPad2d(1),
            spectral_norm(second) if spectral else second,
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Give a tensor of the shape of ``x``, ``(N, C, h, w)``."""
        change: Tensor = self.conv_block(x)
        return x + change


def _active(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)


def _initialised(layer: nn.Module) -> None:
    """Draw a convolution's kernel from a normal distribution of deviation 0.02, as the original does."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
