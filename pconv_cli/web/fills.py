"""What the page's Fill shows: the part on the screen, restored by one method, at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.api import inpaint
from pconv_cli.methods.names import Method
from pconv_cli.tiling.halving import any_of_blocks
from pconv_cli.tiling.rect import Rect
from pconv_cli.web.workspace import Workspace

#: The most pixels that are filled for a look; a larger part is filled at half its size, a quarter ...
LARGEST = 1_200_000

# Pixels round the part from which a fill may take what it needs, at the size that is filled.
_MARGIN = 96


@dataclass(frozen=True)
class FilledPart:
    """A part of an image, restored.

    Attributes:
        rgb: ``(h, w, 3)`` uint8.
        rect: Where it lies in the image.
        reduced: How many times smaller it is than there.
    """

    rgb: NDArray[np.uint8]
    rect: Rect
    reduced: int


def fill_part(workspace: Workspace, name: str, rect: Rect, method: Method, seed: int = 0) -> FilledPart | None:
    """Fill the holes of a part of an image as its mask now stands.

    Args:
        workspace: The folders.
        name: The image.
        rect: The part, cut to the image.
        method: How.
        seed: The variant; 0 where the method has one alone.

    Returns:
        The part, or None where it has no hole, nothing else, or is still being read.

    Raises:
        FileError: The image cannot be read.
        UsageError: The method has one variant alone, and another one is asked for.
        PconvError: The method cannot run.
    """
    work = workspace.work(name)
    reduced = 1
    while rect.area > LARGEST * reduced**2:
        reduced *= 2
    # Whole blocks, so that image and mask are reduced alike.
    outer = rect.grown(_MARGIN * reduced, work.drawing.size, step=reduced)
    with work.lock:
        hole = any_of_blocks(work.drawing.mask.hole(outer), reduced)
    with workspace.image(name) as shown:
        rgb = shown.tile(outer, reduced)
    if rgb is None or not hole.any() or hole.all():
        return None
    filled = inpaint(rgb, hole[: rgb.shape[0], : rgb.shape[1]], method=method, seed=seed)
    top, left = (rect.top - outer.top) // reduced, (rect.left - outer.left) // reduced
    inner = Rect(top, left, -(-rect.height // reduced), -(-rect.width // reduced))
    return FilledPart(np.ascontiguousarray(filled[inner.slices]), rect, reduced)
