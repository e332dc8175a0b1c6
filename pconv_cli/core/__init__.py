"""The one core that every command shares: the layer, the network, the loss, the weights on disk."""

from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.networks.pconv.partial_conv import PartialConv2d
from pconv_cli.core.networks.pconv.unet import ModelSpec, PConvUNet
from pconv_cli.core.weights import load_weights, save_weights

__all__ = [
    "InpaintingLoss",
    "LossWeights",
    "ModelSpec",
    "PConvUNet",
    "PartialConv2d",
    "load_weights",
    "save_weights",
]
