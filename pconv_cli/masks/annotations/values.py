"""Values of JSON whose types nobody promises: taken when they are what they should be, refused in words otherwise."""

import base64
import binascii
import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.masks.annotations.shapes import ShapeError


def number(value: object, what: str) -> float:
    """Give a finite number.

    Raises:
        ShapeError: It is none.
    """
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ShapeError(f"its {what} is not a finite number")
    return found


def numbers(holder: Any, *names: str) -> tuple[float, ...]:
    """Give finite numbers by their keys.

    Raises:
        ShapeError: One is missing or none.
    """
    return tuple(number(holder.get(name), name) for name in names)


def size_of(height: object, width: object) -> tuple[int, int] | None:
    """Give (height, width) where both are whole positive numbers, else None."""
    try:
        size = int(number(height, "height")), int(number(width, "width"))
    except ShapeError:
        return None
    return size if min(size) > 0 else None


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """Go through those entries of a list (or values of an object) that are objects themselves."""
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (entry for entry in entries if isinstance(entry, dict))


def text(value: object) -> str:
    """Give a text, stripped; "" for anything else."""
    return value.strip() if isinstance(value, str) else ""


def bytes_of_base64(value: object) -> bytes:
    """Unpack base64.

    Raises:
        ShapeError: It is none.
    """
    try:
        return base64.b64decode(value if isinstance(value, str | bytes) else b"", validate=False)
    except (binascii.Error, ValueError):
        raise ShapeError("its mask is not base64") from None


def embedded_mask(data: bytes) -> NDArray[np.bool_]:
    """Decode a small image file that is a mask: by its transparency where it has any, else whatever is not black.

    Raises:
        ShapeError: It is damaged or too large.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ShapeError("its mask declares too many pixels")
            see_through = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
            samples = np.asarray(image.convert("RGBA" if see_through else "L"))
    except ShapeError:
        raise
    except Exception:  # decoders raise of every kind
        raise ShapeError("its mask is not a whole image") from None
    return np.asarray((samples[:, :, 3] if see_through else samples) > 0)
