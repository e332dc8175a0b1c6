"""VGG16's features at pool1, pool2 and pool3, which the perceptual and the style terms compare."""

import copy

import torch
from torch import Tensor, nn

from pconv_cli.arguments import StrPath, checks_kinds
from pconv_cli.core.pretrained import fill, read_weights
from pconv_cli.core.vgg_file import find_vgg

# Channels of VGG16's convolutions up to pool3; "pool" stands for 2 x 2 max pooling.
_LAYERS: tuple[int | str, ...] = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool")


class VGG16Features(nn.Module):
    """VGG16 up to pool3, frozen and in evaluation mode.

    Parameters bear torchvision's names (``features.0.weight`` ...). Images go in as RGB in [0, 1] and are
    normalised by ImageNet's mean and deviation inside.

    References:
        Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.

    Example:
        >>> vgg = VGG16Features()  # without its weights; `load_vgg` loads them
        >>> [tuple(features.shape) for features in vgg(torch.rand(1, 3, 32, 32))]
        [(1, 64, 16, 16), (1, 128, 8, 8), (1, 256, 4, 4)]
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for layer in _LAYERS:
            if isinstance(layer, int):
                layers += [nn.Conv2d(channels, layer, 3, padding=1), nn.ReLU(inplace=True)]
                channels = layer
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), persistent=False)
        self._cast: tuple[nn.Sequential, ...] = ()  # a tuple, so that they are no part of the state
        self.requires_grad_(False).eval()

    def keep_cast(self, dtype: torch.dtype) -> None:
        """Keep the weights in autocast's dtype, too: it would cast them at each call, since nothing of them is trained.

        To be called with the weights loaded, in their layout and on their device.
        """
        if dtype != torch.float32:
            self._cast = (copy.deepcopy(self.features).to(dtype),)

    def train(self, mode: bool = True) -> "VGG16Features":
        """Stay in evaluation mode whatever the network around it does."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute the features.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1], sides of 8 pixels or more.

        Returns:
            pool1 ``(N, 64, H/2, W/2)``, pool2 ``(N, 128, H/4, W/4)``, pool3 ``(N, 256, H/8, W/8)``.
        """
        x = (x - self.mean) / self.deviation
        layers = self.features
        if self._cast and torch.is_autocast_enabled(x.device.type):
            (layers,) = self._cast
            x = x.to(next(layers.parameters()).dtype)  # as autocast would
        pools = []
        for layer in layers:
            x = layer(x)
            if isinstance(layer, nn.MaxPool2d):
                pools.append(x)
        return pools


@checks_kinds
def load_vgg(path: StrPath | None = None) -> VGG16Features:
    """Load VGG16's features from torchvision's checkpoint, or from a safetensors file with the same names.

    Args:
        path: The file; without one, it is looked for as `find_vgg` does.

    Raises:
        ModelError: No file, or not VGG16's weights.

    Example:
        >>> vgg = load_vgg("vgg16.safetensors")
        >>> loss = InpaintingLoss(vgg=vgg)  # with the paper's weights of the terms
    """
    found = find_vgg(path)
    network = VGG16Features()
    fill(network, read_weights(found), found, "VGG16")
    return network
