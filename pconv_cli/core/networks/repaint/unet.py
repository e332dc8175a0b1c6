"""The U-Net that says how much noise is in an image, in the form that guided-diffusion gave to it.

Names and places of the layers are those of that project, so that its checkpoints fit without a change.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.repaint.spec import RePaintSpec


class UNet(nn.Module):
    """Predicts the noise in images, and if it learnt them, variances of the step to less noise.

    Args:
        spec: Its shape.

    References:
        Dhariwal and Nichol, "Diffusion Models Beat GANs on Image Synthesis", NeurIPS 2021, section 3.

    Example:
        >>> unet = UNet(RePaintSpec(size=16, width=8, multipliers=(1, 2), attention=(2,)))
        >>> tuple(unet(torch.zeros(2, 3, 16, 16), torch.tensor([0.0, 999.0])).shape)
        (2, 3, 16, 16)
    """

    def __init__(self, spec: RePaintSpec) -> None:
        super().__init__()
        self.width = spec.width
        known = 4 * spec.width  # channels of what is known of the time
        self.time_embed = nn.Sequential(nn.Linear(spec.width, known), nn.SiLU(), nn.Linear(known, known))

        def residual(inputs: int, outputs: int, scale: float = 1.0) -> nn.Module:
            return TimedResidualBlock(inputs, outputs, known, scale, shift_alone=not spec.scale_shift)

        def attention(channels: int, factor: int) -> list[nn.Module]:
            return [Attention(channels, spec.head_channels)] if factor in spec.attention else []

        channels = spec.channels[0]
        self.input_blocks = nn.ModuleList([TimedSequential([nn.Conv2d(3, channels, 3, padding=1)])])
        skipped = [channels]
        for level, wide in enumerate(spec.channels):
            for _ in range(spec.blocks):
                self.input_blocks.append(TimedSequential([residual(channels, wide), *attention(wide, 2**level)]))
                channels = wide
                skipped.append(channels)
            if level < len(spec.channels) - 1:
                down = residual(channels, channels, 0.5) if spec.updown else Downsample(channels)
                self.input_blocks.append(TimedSequential([down]))
                skipped.append(channels)
        middle = Attention(channels, spec.head_channels)
        self.middle_block = TimedSequential([residual(channels, channels), middle, residual(channels, channels)])
        self.output_blocks = nn.ModuleList()
        for level, wide in reversed([*enumerate(spec.channels)]):
            for number in range(spec.blocks + 1):
                layers = [residual(channels + skipped.pop(), wide), *attention(wide, 2**level)]
                channels = wide
                if level and number == spec.blocks:
                    layers.append(residual(channels, channels, 2.0) if spec.updown else Upsample(channels))
                self.output_blocks.append(TimedSequential(layers))
        outputs = 6 if spec.learned_variance else 3
        self.out = nn.Sequential(norm(channels), nn.SiLU(), zero(nn.Conv2d(channels, outputs, 3, padding=1)))

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """Predict the noise.

        Args:
            x: ``(N, 3, H, W)``, images in [-1, 1] with noise; sides can be halved as often as there are levels.
            times: ``(N,)``, the level of the noise in each, among those that the network is trained on.

        Returns:
            ``(N, 3, H, W)``, or ``(N, 6, H, W)`` with values behind it that say where between its bounds the logarithm
            of each variance lies, from -1 to 1.
        """
        time = self.time_embed(embedding(times, self.width))
        kept = []
        for block in self.input_blocks:
            x = block(x, time)
            kept.append(x)
        x = self.middle_block(x, time)
        for block in self.output_blocks:
            x = block(torch.cat([x, kept.pop()], 1), time)
        y: Tensor = self.out(x)
        return y


class TimedSequential(nn.ModuleList):
    """Layers in a row, of which the residual blocks are shown the time."""

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Apply them to ``(N, C, H, W)``."""
        for layer in self:
            shown = (time,) if isinstance(layer, TimedResidualBlock) else ()
            x = layer(x, *shown)
        return x


class TimedResidualBlock(nn.Module):
    """x + conv(SiLU(norm(conv(SiLU(norm(x)))))), in which the time scales and shifts the second norm.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out.
        known: Channels of what is known of the time.
        scale: 0.5 halves the sides, 2 doubles them.
        shift_alone: Whether the time is added before the norm instead.
    """

    def __init__(self, inputs: int, outputs: int, known: int, scale: float, *, shift_alone: bool) -> None:
        super().__init__()
        self.scale, self.shift_alone = scale, shift_alone
        self.in_layers = nn.Sequential(norm(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(known, outputs if shift_alone else 2 * outputs))
        last = zero(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.out_layers = nn.Sequential(norm(outputs), nn.SiLU(), nn.Identity(), last)  # where the original drops out
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Turn ``(N, inputs, H, W)`` into ``(N, outputs, H, W)`` times the scale; time is ``(N, known)``."""
        before, convolution = self.in_layers[:2], self.in_layers[2]
        y: Tensor = convolution(resized(before(x), self.scale))
        x = resized(x, self.scale)
        shown = self.emb_layers(time)[..., None, None]
        if self.shift_alone:
            y = self.out_layers(y + shown)
        else:
            scale, shift = shown.chunk(2, 1)
            y = self.out_layers[1:](self.out_layers[0](y) * (1 + scale) + shift)
        passed: Tensor = self.skip_connection(x)
        return y + passed


class Attention(nn.Module):
    """Self-attention of all places, in heads.

    Args:
        channels: That come in and go out.
        each: Channels of a head; where there are fewer channels, one head takes them.
    """

    def __init__(self, channels: int, each: int) -> None:
        super().__init__()
        self.heads = max(1, channels // each)
        self.norm = norm(channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = zero(nn.Conv1d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Give a tensor of the shape of ``x``, ``(N, C, H, W)``."""
        flat = x.flatten(2)
        # Channels lie by heads first, in each of which queries, keys and values follow one another.
        queries, keys, values = self.qkv(self.norm(flat)).unflatten(1, (self.heads, -1)).transpose(2, 3).chunk(3, 3)
        found = F.scaled_dot_product_attention(queries, keys, values)
        change: Tensor = self.proj_out(found.transpose(2, 3).flatten(1, 2))
        return x + change.view_as(x)


class Downsample(nn.Module):
    """Halves the sides by a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Turn ``(N, C, H, W)`` into ``(N, C, H / 2, W / 2)``."""
        y: Tensor = self.op(x)
        return y


class Upsample(nn.Module):
    """Doubles the sides, each pixel becoming four, and convolves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Turn ``(N, C, H, W)`` into ``(N, C, 2 H, 2 W)``."""
        y: Tensor = self.conv(resized(x, 2.0))
        return y


def resized(x: Tensor, scale: float) -> Tensor:
    """Halve sides by means of four pixels (0.5), double them by repeating each (2), or leave them (1)."""
    if scale == 1:
        return x
    return F.avg_pool2d(x, 2) if scale < 1 else F.interpolate(x, scale_factor=2, mode="nearest")


def embedding(times: Tensor, channels: int) -> Tensor:
    """Show times as cosines and sines of falling frequencies: ``(N,)`` to ``(N, channels)``.

    References:
        Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.5.
    """
    half = channels // 2
    frequencies = torch.exp(torch.arange(half, device=times.device) * (-math.log(10000) / half))
    angles = times.float()[:, None] * frequencies
    return F.pad(torch.cat([angles.cos(), angles.sin()], 1), (0, channels % 2))


def norm(channels: int) -> nn.Module:
    """Make a group norm of 32 groups, or of fewer where channels cannot be parted so."""
    return nn.GroupNorm(math.gcd(32, channels), channels)


def zero(layer: nn.Module) -> nn.Module:
    """Let a layer begin at 0, so that what it is added to passes unchanged at first."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
