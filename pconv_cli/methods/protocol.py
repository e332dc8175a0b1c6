"""What every method does, and what some of them can do beside it."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.rect import Size


class Backend(Protocol):
    """Fills the holes of images of any size.

    Attributes:
        name: What the method is called in tables and reports.
    """

    name: str

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes of one image.

        Args:
            rgb: ``(H, W, 3)`` float32 RGB in [0, 1]; what stands in a hole is not looked at.
            mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
            wanted: ``(H, W)`` bool, True in those holes, each as a whole, whose fill is asked for; what the others
                hold afterwards is left to the method, which saves work on them. None: all.

        Returns:
            ``(H, W, 3)`` float32 RGB in [0, 1], equal to ``rgb`` where valid.
        """


@runtime_checkable
class RemarkingBackend(Protocol):
    """A backend that may have a remark on the image that it has just filled."""

    def remark(self) -> str:
        """Give the remark, once, or nothing."""


def remark_of(backend: Backend) -> str:
    """Take a backend's remark on the image that it has just filled, if it makes any; before it fills another one."""
    return backend.remark() if isinstance(backend, RemarkingBackend) else ""


@runtime_checkable
class RandomBackend(Protocol):
    """A backend whose fills may be drawn at random.

    Attributes:
        draws: Whether they are.
    """

    @property
    def draws(self) -> bool:
        """See above."""

    def seeded(self, seed: int) -> Backend:
        """Give the same backend with another seed; what it has loaded is shared."""


@runtime_checkable
class DetailingBackend(Protocol):
    """A backend that gives a fill from a coarser scale the detail that known pixels have."""

    def detail(self, rgb: Rgb, coarse: Rgb, known: Mask, hole: Mask, own: Size) -> Rgb:
        """Give an enlarged fill detail.

        Args:
            rgb: ``(H, W, 3)``, the fill enlarged, and what is known.
            coarse: ``(H / s, W / s, 3)``, sides rounded up, the fill at its own scale, 1 / s, a power of 2.
            known: ``(H, W)``, what detail is taken from.
            hole: ``(H, W)``, what gets detail; none of it is known.
            own: Height and width of the part at the top left in which holes are; the rest are further sources.

        Returns:
            ``(H, W, 3)``, equal to ``rgb`` outside the hole.
        """

    def partners(self, rgb: Rgb, known: Mask) -> NDArray[np.int32]:
        """Find which known patch each one of a fill is most like.

        Args:
            rgb: ``(H, W, 3)``, filled.
            known: ``(H, W)``, what of it is known.

        Returns:
            ``(H, W, 2)``, row and column of its centre; -1: there is none, or all is known.
        """


@runtime_checkable
class ThreadedBackend(Protocol):
    """A backend that says whether it may be given several images at once, each in its own thread, with the same fills.

    Attributes:
        threaded: Whether it may be.
    """

    threaded: bool


def is_threaded(backend: Backend) -> bool:
    """Say whether a backend may be given several images at once."""
    return isinstance(backend, ThreadedBackend) and backend.threaded


@runtime_checkable
class DoubtfulBackend(Protocol):
    """A backend of which a user should know something before it fills anything.

    Attributes:
        doubts: What, in a line each.
    """

    doubts: tuple[str, ...]
