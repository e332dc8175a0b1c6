"""OpenEXR of one part, by the package OpenEXR: grey, RGB or RGBA of half or 32-bit floats."""

from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import ImageError
from pconv_cli.files.metadata.carried import Decoded, Header, Metadata

_LAYOUTS = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y", "A"), ("Y",))
#: How TIFF calls alpha by which the colours are multiplied, as those of OpenEXR are.
_ASSOCIATED = 1


def read_header(path: Path) -> Header:
    """Read size and transparency."""
    import OpenEXR

    with OpenEXR.File(str(path), header_only=True) as file:
        low, high = (np.asarray(corner) for corner in file.header()["dataWindow"])
        names = {channel.name for channel in file.header()["channels"]}
        width, height = (high - low + 1).tolist()
        return Header((int(height), int(width)), "A" in names, 1)


def decode(path: Path) -> Decoded:
    """Decode the samples; they are linear, and stay so."""
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        if len(file.parts) > 1:
            raise ImageError(f"{path}: has {len(file.parts)} parts; save the one to restore as a file of its own")
        channels: dict[str, Any] = {name: channel.pixels for name, channel in file.channels().items()}
    layout = next((names for names in _LAYOUTS if set(names) <= set(channels)), None)
    if layout is None:
        raise ImageError(f"{path}: has channels {', '.join(sorted(channels))}, and neither R, G, B nor Y")
    planes = [channels[name] for name in layout]
    if len({(plane.shape, plane.dtype) for plane in planes}) > 1 or planes[0].dtype.kind != "f":
        raise ImageError(f"{path}: has channels of different kinds or sizes, which is not supported")
    left = sorted(set(channels) - set(layout))
    notes = (f"its channels {', '.join(left)} are left out",) if left else ()
    samples = np.stack(planes, axis=2)
    if "A" not in layout or bool(np.all(planes[-1] == 1)):
        return Decoded(samples, Metadata(), notes, converted=True)
    if samples.dtype == np.float16:  # no TIFF of them is read with such alpha
        samples, notes = samples.astype(np.float32), (*notes, "its half floats are written with 32 bits")
    return Decoded(samples, Metadata(own={"extrasamples": (_ASSOCIATED,)}), notes, converted=True)
