"""Other fills of the same holes, whose differences from a fill say how sure it is."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from pconv_cli.methods.names import ON_DEVICE, Method
from pconv_cli.methods.options import FillOptions

#: For methods without patches: the two methods that their fills are compared with. Both cost less than the fill, or
#: about as much.
_OTHERS: Mapping[Method, tuple[Method, Method]] = MappingProxyType(
    {
        Method.PCONV: (Method.PYRAMID, Method.TELEA),
        Method.PYRAMID: (Method.TELEA, Method.NS),
        Method.TELEA: (Method.NS, Method.PYRAMID),
        Method.NS: (Method.TELEA, Method.PYRAMID),
        Method.BIHARMONIC: (Method.TELEA, Method.PYRAMID),
    }
)


def kind_of(options: FillOptions) -> str:
    """Name the kind of a fill, by which it is calibrated: ``textured`` where patches join a method, else the method."""
    return "textured" if options.own_texture > 0 else options.method.value


def witnesses_of(options: FillOptions) -> tuple[FillOptions, FillOptions]:
    """Give the options of the two fills that a fill is compared with.

    Where patches are in a fill: the same with another seed, and patches alone (of patches alone: the pyramid). Else two
    other methods.
    """
    if options.patches:
        values = {one.name: getattr(options, one.name) for one in fields(FillOptions)}
        again = FillOptions(**{**values, "seed": (options.seed + 1) % 2**32, "device": options.own_device})
        if options.method is Method.PATCHMATCH:
            return again, _plain(Method.PYRAMID, options)
        patches = FillOptions(method=Method.PATCHMATCH, seed=options.seed, patch_turns=options.patch_turns)
        return again, patches
    first, second = _OTHERS[options.method]
    return _plain(first, options), _plain(second, options)


def _plain(method: Method, options: FillOptions) -> FillOptions:
    """A method with its defaults, where the fill itself is computed, if it can be."""
    runs = method in ON_DEVICE and options.method in ON_DEVICE
    return FillOptions(method=method, device=options.own_device if runs else "auto")
