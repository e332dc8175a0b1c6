"""Losses that are left in a neutral tone, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.wide import wide_losses
from pconv_cli.wording import counted, percent


@dataclass(frozen=True, eq=False)
class LeftLosses:
    """The losses of an image that are left, since they are wider than was asked for.

    Attributes:
        masks: For each page with holes those of them that are left; None: none is.
        wider: The width in pixels; None: no width was given, so all losses are filled.
        losses: How many losses are left, on all pages.
        pixels: Their pixels.
        ratio: Their share of the image, 0 to 1.
    """

    masks: Sequence[PackedMask | None]
    wider: int | None = None
    losses: int = 0
    pixels: int = 0
    ratio: float = 0.0

    @property
    def note(self) -> str:
        """What was left, in words; empty: nothing was."""
        if not self.losses:
            return ""
        count = counted(self.losses, "loss", "losses")
        return f"{count} wider than {self.wider} px left in a neutral tone ({self.pixels} px, {percent(self.ratio)})"

    def to_record(self) -> dict[str, Any]:
        """Say it for the manifest; nothing where no width was given."""
        if self.wider is None:
            return {}
        return {"left": {"losses": self.losses, "pixels": self.pixels, "ratio": round(self.ratio, 6)}}


def left_of(every_holes: Sequence[PackedMask], hole_ratio: float, wider: int | None) -> LeftLosses:
    """Find the losses that are left on all pages of an image.

    Args:
        every_holes: The masks of the pages with holes.
        hole_ratio: The share of the image that is hole, 0 to 1.
        wider: The width in pixels above which losses are left; None: none is.
    """
    if wider is None:
        return LeftLosses([None] * len(every_holes))
    found = [wide_losses(holes, wider) for holes in every_holes]
    pixels = sum(mask.hole_pixels for mask, _ in found)
    share = pixels / max(1, sum(holes.hole_pixels for holes in every_holes))
    masks = [mask if count else None for mask, count in found]
    return LeftLosses(masks, wider, sum(count for _, count in found), pixels, hole_ratio * share)
