"""The Context Encoder: an image in, a vector of its whole content, and an image or its centre out of that.

Encoder: 4 x 4 convolutions of stride 2 down to 4 x 4 pixels, then one over all of these, the bottleneck; a decoder of
transposed convolutions back up. BatchNorm on all layers but the first and the last, LeakyReLU(0.2) in the encoder, ReLU
in the decoder, tanh at the end, no biases. The image is in [-1, 1]. No mask is given: a hole is the mean colour.

There are two kinds, as in the authors' code, which differ in what comes out (`ContextEncoderSpec.output`). The paper's
feature-learning network, an AlexNet with a channel-wise fully connected layer, is another one and not here.

References:
    Pathak et al., "Context Encoders: Feature Learning by Inpainting", CVPR 2016, section 3 and appendix A.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.spec import Spec, Values
from pconv_cli.core.networks.values import by_channel
from pconv_cli.errors import ModelError

Output = Literal["image", "centre"]

#: What stands in a hole, of 255: R, G, B as the authors' code has them.
MEAN_COLOUR = (117, 104, 123)


@dataclass(frozen=True)
class ContextEncoderSpec(Spec):
    """What distinguishes one `ContextEncoder` from another; stored with its weights.

    Attributes:
        width: Channels of the first layer; the paper's is 64.
        bottleneck: Length of the vector; the paper's is 4000.
        size: Side in pixels of what goes in, a power of two; the paper's is 128.
        output: What comes out: the whole ``image``, for holes anywhere (the code's ``train_random``), so that images
            are cut into windows of ``size``; or its ``centre``, of half the side, for one square hole in the middle of
            known pixels (``train``), so that windows are slid over images of any size, a step of ``size`` / 2 at once.
        overlap: For ``centre``, how many pixels of the square's border are shown to the network too; the paper's is 4
            in code and 7 in its text.

    Example:
        >>> ContextEncoderSpec().fixed_size, ContextEncoderSpec(output="centre").fixed_size
        (128, None)
    """

    width: int = 64
    bottleneck: int = 4000
    size: int = 128
    output: Output = "image"
    overlap: int = 4

    def __post_init__(self) -> None:
        numbers = (self.width, self.bottleneck, self.size, self.overlap)
        whole = all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)
        sound = whole and 1 <= self.width <= 1024 and 1 <= self.bottleneck <= 65536
        sound = sound and 64 <= self.size <= 1024 and self.size.bit_count() == 1 and 0 <= self.overlap < self.size // 8
        if not sound or self.output not in get_args(Output):
            raise ModelError(
                f"no context encoder has width {self.width}, bottleneck {self.bottleneck}, size {self.size}, output "
                f"{self.output!r} and overlap {self.overlap}: width is 1 to 1024, bottleneck 1 to 65536, size a power "
                "of two from 64 to 1024, output image or centre, overlap below an eighth of the size"
            )

    @property
    def reach(self) -> int:
        """A quarter of the size: half the side of the largest hole that the network is trained on."""
        return self.size // 4 - (self.overlap if self.output == "centre" else 0)

    @property
    def fixed_size(self) -> int | None:
        """The size, where the whole image comes out."""
        return self.size if self.output == "image" else None

    @property
    def crop_size(self) -> int:
        """The size, of both kinds."""
        return self.size

    @property
    def size_multiple(self) -> int:
        """The size, or the step of windows."""
        return self.size if self.output == "image" else self.size // 2

    @property
    def values(self) -> Values:
        """RGB in [-1, 1]."""
        return "signed"

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of the encoder's layers, the first one first; the decoder's are the same, the last one first."""
        halvings = int(math.log2(self.size)) - 2
        return tuple(self.width * 2 ** max(0, 4 - halvings + number) for number in range(halvings))


class ContextEncoder(Network):
    """The network.

    Args:
        spec: What distinguishes it; None: the paper's.

    Example:
        >>> network = ContextEncoder(ContextEncoderSpec(width=8, bottleneck=100))
        >>> network(torch.rand(2, 3, 100, 128), torch.ones(2, 1, 100, 128)).output.shape
        torch.Size([2, 3, 100, 128])
    """

    spec: ContextEncoderSpec

    def __init__(self, spec: ContextEncoderSpec | None = None) -> None:
        spec = spec or ContextEncoderSpec()
        super().__init__(spec)
        channels = spec.channels
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(zip((3, *channels), channels, strict=False)):
            norm = [nn.BatchNorm2d(after)] if number else []
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), *norm, nn.LeakyReLU(0.2)]
        over_all = nn.Conv2d(channels[-1], spec.bottleneck, 4, bias=False)
        self.encoder = nn.Sequential(*layers, over_all, nn.BatchNorm2d(spec.bottleneck), nn.LeakyReLU(0.2))
        up = channels[::-1] if spec.output == "image" else channels[:0:-1]
        layers = [nn.ConvTranspose2d(spec.bottleneck, up[0], 4, bias=False), nn.BatchNorm2d(up[0]), nn.ReLU()]
        for before, after in pairwise(up):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.decoder = nn.Sequential(*layers, nn.ConvTranspose2d(up[-1], 3, 4, 2, 1, bias=False), nn.Tanh())
        self.apply(_initialise)

    def predict(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images; see `Network.predict`."""
        if self.spec.output == "image":
            return Prediction(self.complete(x, mask))
        return Prediction(self._slide(x, mask))

    def complete(self, x: Tensor, mask: Tensor) -> Tensor:
        """Give what comes out of images of the network's own size.

        Args:
            x: ``(N, 3, size, size)`` in [-1, 1].
            mask: ``(N, 1, size, size)``, 1 = valid; where it is 0 stands the mean colour.

        Returns:
            ``(N, 3, size, size)``, or half the side where it is the centre.
        """
        colour = by_channel(tuple(2 * value / 255 - 1 for value in MEAN_COLOUR), x)
        output: Tensor = self.decoder(self.encoder(torch.where(mask > 0, x, colour)))
        return output

    def _slide(self, x: Tensor, mask: Tensor) -> Tensor:
        """Complete the centre of each window of a grid that has a hole there, as if all of that centre were hole."""
        size, half, start = self.spec.size, self.spec.size // 2, self.spec.size // 4
        # In an image of just the size, the middle one of these windows is the image itself.
        windows, known = (F.pad(t, (half,) * 4).unfold(2, size, half).unfold(3, size, half) for t in (x, mask))
        count, _, rows, columns = windows.shape[:4]
        windows, known = (t.permute(0, 2, 3, 1, 4, 5).flatten(0, 2) for t in (windows, known))
        centre, blank = (slice(start + band, start + half - band) for band in (0, self.spec.overlap))
        output = windows[:, :, centre, centre].clone()
        damaged = F.max_pool2d(F.pad(1 - mask, (start,) * 4), half).flatten().nonzero()[:, 0]
        if len(damaged):
            seen = known[damaged].clone()
            seen[:, :, blank, blank] = 0
            output[damaged] = self.complete(windows[damaged], seen).to(output.dtype)
        whole = output.view(count, rows, columns, 3, half, half).permute(0, 3, 1, 4, 2, 5)
        whole = whole.reshape(count, 3, rows * half, columns * half)
        return whole[:, :, start : start + x.shape[2], start : start + x.shape[3]]


def _initialise(module: nn.Module) -> None:
    """Draw weights as the authors' code does."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
