"""The values that networks work in, and the way there and back from RGB in [0, 1]."""

import torch
from torch import Tensor

from pconv_cli.core.networks.spec import Values

# Mean and deviation, by channel, of the values that a network works in: (x - mean) / deviation of RGB in [0, 1].
NORMALISATION: dict[Values, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "signed": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


def to_values(values: Values, x: Tensor, mask: Tensor) -> Tensor:
    """Turn RGB in [0, 1], 0 in holes, into the values that a network works in; a hole's 0 is not a value, and stays."""
    if values == "unit":
        return x
    mean, deviation = (by_channel(v, x) for v in NORMALISATION[values])
    return torch.where(mask > 0, (x - mean) / deviation, 0.0)


def from_values(values: Values, y: Tensor) -> Tensor:
    """Turn a network's output back into RGB: the reverse of `to_values`."""
    if values == "unit":
        return y
    mean, deviation = (by_channel(v, y) for v in NORMALISATION[values])
    return y * deviation + mean


def by_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    """Give a value a channel, ``(1, C, 1, 1)``, made on the device: a copy to it would have to be waited for."""
    return torch.cat([like.new_full((1, 1, 1, 1), value) for value in values], dim=1)
