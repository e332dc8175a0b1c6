"""A trained network made wider, so that a larger one need not learn from nothing."""

from dataclasses import replace
from itertools import chain
from typing import cast

import torch
from torch import Tensor

from pconv_cli.core.networks.pconv.spec import Level
from pconv_cli.core.networks.pconv.unet import PConvBlock, PConvUNet
from pconv_cli.errors import UsageError, option


@torch.no_grad()
def widened(model: PConvUNet, width: int) -> PConvUNet:
    """Build a wider network that computes what a network does, until it learns on.

    Each level keeps the channels that it has as its first ones. The new ones see all channels below, by kernels drawn
    as for a fresh network, and are seen by the new ones above alone: what the old ones read of them begins at 0, and
    learns from the first step on. (Copies of channels, as in Net2WiderNet, would get the same gradients, and Adam, who
    takes no notice of their scale, would move them alike.) The last level alone is not quite the same where a window
    is valid in part: its skip, the image, keeps 3 channels, and so a smaller share of N/s.

    Args:
        model: The network.
        width: Channels of the new one's first level, above the old one's.

    Returns:
        The wider network, in training mode. Random numbers are torch's.

    Raises:
        UsageError: The width is not above the network's.
        ModelError: No network has that width.

    References:
        Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016, for the aim.
    """
    if width <= model.spec.width:
        raise UsageError(
            f"{option('widen')} {width}: the weights of {option('init')} have width {model.spec.width} already; widen "
            "to more"
        )
    wider = PConvUNet(replace(model.spec, width=width))
    rows = zip(
        chain(model.encoder, model.decoder),
        chain(wider.encoder, wider.decoder),
        model.spec.encoder + model.spec.decoder,
        wider.spec.encoder + wider.spec.decoder,
        strict=True,
    )
    for block, into, level, wide in rows:
        _widen(cast(PConvBlock, block), cast(PConvBlock, into), level, wide)
    if model.head is not None and wider.head is not None:
        wider.head.load_state_dict(model.head.state_dict())
    return wider


def _widen(block: PConvBlock, into: PConvBlock, level: Level, wide: Level) -> None:
    """Copy one level into the first channels of a wider one."""
    count = level.out_channels
    sources = torch.split(block.conv.weight, list(level.in_channels), dim=1)
    first = into.conv.weight[:count]
    for source, place in zip(sources, torch.split(first, list(wide.in_channels), dim=1), strict=True):
        place.zero_()
        place[:, : source.shape[1]] = source
    if block.conv.bias is not None and into.conv.bias is not None:
        into.conv.bias[:count] = block.conv.bias
    if block.norm is not None and into.norm is not None:
        state: dict[str, Tensor] = block.norm.state_dict()
        for name, value in into.norm.state_dict().items():
            value[... if value.ndim == 0 else slice(count)] = state[name]
