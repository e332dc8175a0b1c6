"""Photoshop: the extra channels of PSD and PSB files, and their layer masks. Each is a class of its own, by its name.

White is hole, unless the channel says that its colour shows what is selected, which turns it round.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.polarity import THRESHOLD
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Bits
from pconv_cli.masks.annotations.source import AnnotationFile

# Photoshop's colour modes and how many of the channels are the image's own.
_COLOURS = {0: 1, 1: 1, 2: 1, 3: 3, 4: 4, 7: 0, 8: 1, 9: 3}

# Resources: names as Unicode and as Pascal strings, and how channels are shown.
_NAMES, _OLD_NAMES, _SHOWN = 1045, 1006, 1077


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is PSD or PSB."""
    return source.data.startswith(b"8BPS")


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read the channels and layer masks of the image of the file's own name.

    Raises:
        MaskError: It is damaged or too large, or the package that reads it is missing.
    """
    try:
        from psd_tools import PSDImage
    except ImportError:
        raise source.needs("psd-tools", "annotations") from None
    try:
        document = PSDImage.open(source.path)
        if document.width * document.height > MAX_PIXELS:
            raise MaskError(f"{source.path}: declares more than {MAX_PIXELS / 1e6:g} million pixels; save it smaller")
        regions = [*_channels(document), *_layer_masks(document)]
    except MaskError:
        raise
    except Exception as error:  # of every kind, on damaged files
        raise MaskError(f"{source.path}: is damaged or incomplete ({error}); save it again") from error
    yield AnnotatedImage(size=(document.height, document.width), regions=regions)


def _channels(document: Any) -> Iterator[Region]:
    own = _COLOURS.get(int(document.color_mode), 3)
    resources = document.image_resources
    names = [str(name).rstrip("\0") for name in resources.get_data(_NAMES) or resources.get_data(_OLD_NAMES) or []]
    shown = getattr(resources[_SHOWN].data, "alpha_channels", []) if _SHOWN in resources else []
    channels = document._record.image_data.get_data(document._record.header)
    for number, data in enumerate(channels[own:]):
        hole = _white(data, document)
        if number < len(shown) and int(getattr(shown[number], "mode", 1)) == 0:  # the colour shows what is selected
            hole = ~hole
        yield Region(names[number] if number < len(names) else f"channel {own + number + 1}", [Bits(hole)])


def _white(data: bytes, document: Any) -> NDArray[np.bool_]:
    """Return which samples of a channel are white, ``(H, W)``."""
    height, width, depth = document.height, document.width, document.depth
    if depth == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(height, -1), axis=1)[:, :width]
        return np.asarray(bits == 0)
    kind, white = {8: (">u1", 255), 16: (">u2", 65535), 32: (">f4", 1)}[depth]
    return np.asarray(np.frombuffer(data, kind).reshape(height, width) >= white * (THRESHOLD / 255))


def _layer_masks(document: Any) -> Iterator[Region]:
    for layer in document.descendants():
        mask = layer.mask if layer.has_mask() else None
        if mask is None or mask.disabled:
            continue
        hole = np.full((document.height, document.width), mask.background_color >= THRESHOLD)
        image = mask.topil()
        if image is not None:
            inside = np.asarray(image.convert("L")) >= THRESHOLD
            top, left = max(0, mask.top), max(0, mask.left)
            part = inside[top - mask.top : document.height - mask.top, left - mask.left : document.width - mask.left]
            hole[top : top + part.shape[0], left : left + part.shape[1]] = part
        yield Region(layer.name or "layer", [Bits(hole)])
