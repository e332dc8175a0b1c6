"""The two critics of DeepFill v1: one of whole images, one of the surroundings of the hole.

Convolutions and one layer that joins what is left of the image to a single value; neither normalised nor bounded, since
the Wasserstein distance wants a smooth function of the image and a gradient penalty makes it one.
"""

import itertools

from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.adversarial import Judgement
from pconv_cli.core.adversarial.global_local import windows_on_holes

# Channels of the layers, in those of the first one.
_WHOLE = (1, 2, 4, 4)
_LOCAL = (1, 2, 4, 8)


class Critic(nn.Module):
    """5 x 5 convolutions of stride 2 with LeakyReLU(0.2), and a fully connected layer to one value.

    Args:
        size: Side in pixels of the square images that are judged.
        width: Channels of the first layer; the original's is 64.
        local: Whether windows on the hole of half the side are judged, and not whole images.

    References:
        Yu et al., "Generative image inpainting with contextual attention", CVPR 2018, section 3.3, and the released
            code, by which are the channels.

    Example:
        >>> [sum(p.numel() for p in Critic(256, local=local).parameters()) for local in (False, True)]
        [2733441, 4339329]
    """

    def __init__(self, size: int, width: int = 64, *, local: bool = False) -> None:
        super().__init__()
        self.size = size // 2 if local else size
        self.local = local
        sizes = [3, *(width * times for times in (_LOCAL if local else _WHOLE))]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 5, stride=2, padding=2) for before, after in itertools.pairwise(sizes)
        )
        left = -(-self.size // 2 ** len(self.layers))
        self.last = nn.Linear(left * left * sizes[-1], 1)

    def forward(self, image: Tensor, mask: Tensor) -> Judgement:
        """Judge images.

        Args:
            image: ``(N, 3, size, size)`` in [0, 1].
            mask: ``(N, 1, size, size)``, 1 = valid, 0 = hole; where the windows lie follows from it.
        """
        x = 2 * image - 1
        if self.local:
            x = windows_on_holes(x, mask, self.size)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return Judgement(self.last(x.flatten(1)), tuple(features))
