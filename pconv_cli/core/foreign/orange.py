"""The test at loading: a plain orange image with a small hole has to come back orange.

If it does not, the network is used in another way than it was made for: the mask the wrong way round, values in another
range, channels in another order. All of these show, and those that correct it are found by trying.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import torch
from torch import Tensor

from pconv_cli.core.foreign.conventions import Said
from pconv_cli.core.foreign.network import ForeignNetwork
from pconv_cli.core.foreign.spec import ForeignSpec, Order, Polarity, Range
from pconv_cli.errors import ModelError, option

ORANGE = (0.85, 0.5, 0.15)

# How far a channel's mean in the hole may be off.
_TOLERANCE = 0.1

# Sides of the image for a network that takes any, rounded up to those that it takes; two, since some mix them up.
_SIDES = (96, 160)


def check_orange(network: ForeignNetwork, said: Said) -> None:
    """Run a network on the orange image; a doubt that no convention corrects is left in ``network.doubts``.

    Args:
        network: The network.
        said: What the user says of it.

    Raises:
        ModelError: It does not run, or the image does not come back orange and another convention corrects that.
    """
    spec = network.spec
    assert isinstance(spec, ForeignSpec)
    x, mask = (part.to(network.running.device) for part in orange_image(spec))
    try:
        given = network.given(spec, x, mask)
    except ValueError as error:
        height, width = x.shape[-2:]
        remedy = "take another file"
        if spec.size is None:
            remedy = f"if it takes one size alone, give {option('foreign')} size=N, else {remedy}"
        raise ModelError(f"{network.path}: fails on {width} x {height} px ({error}); {remedy}") from error
    colour = _colour(spec, given)
    if _distance(colour) <= _TOLERANCE:
        return
    seen = "(" + ", ".join(f"{value:.2f}" for value in colour.tolist()) + ")"
    what = f"{network.path}: fills a plain orange image, ({', '.join(map(str, ORANGE))}), with {seen}"
    for other in _others(network, x, mask):
        changed = {
            name: getattr(other, name)
            for name in ("polarity", "range", "order")
            if getattr(other, name) != getattr(spec, name)
        }
        mend = ",".join(f"{name}={'any' if value is None else value}" for name, value in {**said, **changed}.items())
        raise ModelError(f"{what}, so it is used the wrong way; give {option('foreign')} {mend}")
    network.doubts = (*network.doubts, f"{what}, and no other convention corrects that; look at what it makes")


def orange_image(spec: ForeignSpec) -> tuple[Tensor, Tensor]:
    """Make the image, ``(1, 3, H, W)`` in [0, 1] with 0 in the hole, and its mask, ``(1, 1, H, W)``, 1 = valid."""
    height, width = (spec.size or spec.padded(side) for side in _SIDES)
    mask = torch.ones(1, 1, height, width)
    hole = height // 8
    mask[..., height // 2 - hole // 2 :, width // 2 - hole // 2 :][..., :hole, :hole] = 0
    return torch.tensor(ORANGE).reshape(1, 3, 1, 1) * mask, mask


def _others(network: ForeignNetwork, x: Tensor, mask: Tensor) -> Iterator[ForeignSpec]:
    """Try other conventions, those that differ least first, and give those under which orange comes back."""
    spec = network.spec
    assert isinstance(spec, ForeignSpec)
    ranges, orders = get_args(Range), get_args(Order)
    own_in, own_out = spec.ranges
    first_order = spec.orders[0]
    tried = []
    for polarity, into, out, order in product(get_args(Polarity), ranges, ranges, orders):
        other = replace(
            spec,
            polarity=polarity,
            range=into if into == out else f"{into}-{out}",
            order=first_order if order == first_order else f"{first_order}-{order}",
        )
        changes = (polarity != spec.polarity) + (out != own_out) + 2 * (into != own_in) + (other.orders != spec.orders)
        tried.append((changes, other))
    known: dict[tuple[str, str], Tensor | None] = {}
    for _, other in sorted(tried, key=lambda one: one[0])[1:]:
        if spec.marks == (0, 255) and other.ranges[0] != "byte":  # bytes are bytes
            continue
        key = other.polarity, other.ranges[0]
        if key not in known:
            try:
                known[key] = network.given(other, x, mask)
            except ValueError:
                known[key] = None
        given = known[key]
        if given is not None and _distance(_colour(other, given)) <= _TOLERANCE:
            yield other


def _colour(spec: ForeignSpec, given: Tensor) -> Tensor:
    """The mean colour of what stands in the hole, ``(3,)``, in the memory of the processor."""
    _, mask = orange_image(spec)
    return spec.output(given.cpu())[0, :, mask[0, 0] == 0].mean(1)


def _distance(colour: Tensor) -> float:
    return float((colour - torch.tensor(ORANGE)).abs().max())
