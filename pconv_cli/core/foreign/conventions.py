"""The files in circulation, by what goes into them: a table of conventions, and what a user says of a file.

Each network wants its image and its mask in a way of its own, and nothing in a file says which. It is known by the
names, types and channels of what it takes, and never by the name of the file.

References:
    The exports themselves: ``bin/to_jit.py`` of advimman/lama; ``scripts/create_onnx_pipeline.py`` of
    Picsart-AI-Research/MI-GAN; ``iopaint/model/mi_gan.py`` of Sanster/IOPaint; ``models/inpainting_lama`` of
    opencv/opencv_zoo.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from pconv_cli.core.foreign.container import Container
from pconv_cli.core.foreign.signature import Signature, TensorPort
from pconv_cli.core.foreign.spec import ForeignSpec, Order, Polarity, Range, choices
from pconv_cli.errors import ModelError, UsageError, option

Said = dict[str, Any]
"""What a user says of a file: fields of `ForeignSpec` and their values."""

# Of sides, and of what they are multiples of.
_LARGEST = 1 << 16

_FLOATS = frozenset({"float32", "float16"})
_BYTES = frozenset({"uint8"})

# The side of the crops that LaMa was trained on.
_LAMA = 256


@dataclass(frozen=True)
class _Input:
    """An input by which a network is known; what is empty or None may be anything."""

    name: str = ""
    dtypes: frozenset[str] = frozenset()
    channels: int | None = None

    def is_like(self, port: TensorPort) -> bool:
        """Say whether a file's input has this name and type; the channels of a named one are checked afterwards."""
        named = port.name == self.name if self.name else self.channels is None or port.channels == self.channels
        return named and (port.dtype in self.dtypes if self.dtypes else not port.dtype)


@dataclass(frozen=True)
class _ForeignFamily:
    container: Container
    inputs: tuple[_Input, ...]
    spec: ForeignSpec


_FAMILIES = (
    _ForeignFamily(
        "ONNX",
        (_Input("image", _FLOATS, 3), _Input("mask", _FLOATS, 1)),
        ForeignSpec("LaMa as Carve and OpenCV have it", "image, mask", range="unit-byte", multiple=8, least=_LAMA),
    ),
    _ForeignFamily(
        "ONNX",
        (_Input("image", _BYTES, 3), _Input("mask", _BYTES, 1)),
        # Of any size, and what it does not find in 512 x 512 is made so: in windows of that size nothing is resized.
        ForeignSpec("MI-GAN with its pipeline", "image, mask", "valid", (0, 255), range="byte", size=512),
    ),
    _ForeignFamily(
        "ONNX",
        (_Input("", _FLOATS, 4),),
        ForeignSpec("LaMa of one input, as g-ronimo has it", "image + mask", multiple=32, least=_LAMA),
    ),
    _ForeignFamily(
        "ONNX",
        (_Input("picture", _FLOATS, 3), _Input("mask", _FLOATS, 1)),
        ForeignSpec("an export of this program", "image, mask", "valid"),
    ),
    _ForeignFamily(
        "TorchScript",
        (_Input(), _Input()),
        ForeignSpec("LaMa", "image, mask", multiple=8, least=_LAMA),
    ),
    _ForeignFamily(
        "TorchScript",
        (_Input(),),
        ForeignSpec("MI-GAN", "mask + image", "valid", (-0.5, 0.5), range="signed", size=512),
    ),
)


def parse_said(text: str) -> Said:
    """Read what a user says of a file, such as ``polarity=valid,range=unit-byte``.

    Raises:
        UsageError: It says nothing that is known.

    Example:
        >>> parse_said("range=unit-byte,size=512")
        {'range': 'unit-byte', 'size': 512}
    """
    known = {"polarity": list(get_args(Polarity)), "range": choices(Range), "order": choices(Order)}
    said: Said = {}
    for part in text.split(","):
        name, _, value = (word.strip() for word in part.partition("="))
        if name in said:
            raise UsageError(f"{option('foreign')} {text}: {name} is given twice; give it once")
        if name in ("size", "multiple") and value.isdecimal() and 0 < int(value) <= _LARGEST:
            said[name] = int(value)
        elif (name, value) == ("size", "any"):
            said[name] = None
        elif value in known.get(name, ()):
            said[name] = value
        else:
            allowed = {
                **{key: "|".join(words) for key, words in known.items()},
                "size": f"any|1-{_LARGEST}",
                "multiple": f"1-{_LARGEST}",
            }
            wanted = f"{name}={allowed[name]}" if name in allowed else f"one of {', '.join(allowed)}, each with =VALUE"
            raise UsageError(f"{option('foreign')} {text}: {part.strip()!r} is not understood; give {wanted}")
    return said


def spec_of(path: Path, signature: Signature, said: Said) -> ForeignSpec:
    """Find how a file is used: by the table, and by what the user says instead of it.

    Raises:
        ModelError: The file is of no known convention, has other channels than its family, or takes no free size and
            no square.
    """
    spec = _known(path, signature) or _said_alone(path, signature, said)
    size = _fixed_size(path, signature)
    if size is not None:
        if said.get("size", size) != size:
            raise ModelError(f"{path}: takes {size} px a side and nothing else; leave size out")
        said = {**said, "size": size}
    return replace(spec, **said)


def _known(path: Path, signature: Signature) -> ForeignSpec | None:
    for family in _FAMILIES:
        ports, wanted = list(signature.inputs), family.inputs
        if family.container != signature.container or len(ports) != len(wanted):
            continue
        if signature.container == "ONNX":  # by name; TorchScript goes by place, and its names are anybody's
            ports.sort(key=lambda port: [one.name for one in wanted].index(port.name) if _named(port, wanted) else 0)
        if not all(one.is_like(port) for one, port in zip(wanted, ports, strict=True)):
            continue
        for one, port in zip(wanted, ports, strict=True):
            if port.channels not in (None, one.channels):
                raise ModelError(
                    f"{path}: its input {port.name} has {port.channels} channels, and {family.spec.family} has "
                    f"{one.channels}; take another file"
                )
        return replace(family.spec, layout=_layout(family, signature))
    return None


def _named(port: TensorPort, wanted: tuple[_Input, ...]) -> bool:
    return any(one.name == port.name for one in wanted)


def _layout(family: _ForeignFamily, signature: Signature) -> str:
    """The layout in the order of the file's inputs, which it may have either way."""
    parts = family.spec.layout.split(", ")
    first = signature.inputs[0].name
    if len(parts) == 2 and (first == "mask" if signature.container == "ONNX" else "mask" in first.lower()):
        parts.reverse()
    return ", ".join(parts)


def _said_alone(path: Path, signature: Signature, said: Said) -> ForeignSpec:
    """Use a file of no known family as the user says, where its channels say which input is which."""
    layout = {(3, 1): "image, mask", (1, 3): "mask, image", (4,): "image + mask"}.get(
        tuple(port.channels or 0 for port in signature.inputs)
    )
    if layout is None or not {"polarity", "range"} <= said.keys():
        how = f"; if it fills holes, say how by {option('foreign')} polarity=...,range=..." if layout else ""
        raise ModelError(
            f"{path}: is {signature.container} of no known convention, and takes {signature.takes}{how}"
            + ("" if how else "; take another file")
        )
    of_mask = signature.inputs[layout.split(", ").index("mask") if ", " in layout else 0]
    return ForeignSpec("unknown", layout, marks=(0, 255) if of_mask.dtype == "uint8" else (0, 1))


def _fixed_size(path: Path, signature: Signature) -> int | None:
    """The side of the images that a file takes alone; None: any."""
    shapes = [port.shape for port in signature.inputs if port.shape is not None and len(port.shape) == 4]
    sides = {shape[2:] for shape in shapes} - {(None, None)}
    if len(sides) > 1 or any((height is None) != (width is None) or height != width for height, width in sides):
        raise ModelError(f"{path}: takes {signature.takes}; only free sizes and one square size are run here")
    if any(shape[0] not in (None, 1) for shape in shapes):
        raise ModelError(f"{path}: takes {signature.takes}; only networks that take a single image are run here")
    return next(iter(sides))[0] if sides else None
