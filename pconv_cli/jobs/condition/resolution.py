"""What a pixel measures on the object, where a file or a user says so."""

import math
from dataclasses import dataclass

from pconv_cli.errors import option
from pconv_cli.files.metadata.carried import MAX_DPI

#: From here on a resolution is taken for a measure. JPEG and TIFF files say 1 where they know none.
LEAST_DPI = 10

_CM, _MM = 2.54, 25.4

# What cameras and screens write where they know nothing of the object.
_USUAL = (72.0, 96.0)


@dataclass(frozen=True)
class Resolution:
    """Pixels an inch of an image as it is shown.

    Attributes:
        across: Along its rows.
        down: Along its columns.
    """

    across: float
    down: float

    def cm(self, size: tuple[int, int]) -> tuple[float, float]:
        """Give (height, width) in centimetres of a size in pixels."""
        return size[0] / self.down * _CM, size[1] / self.across * _CM

    def cm2(self, pixels: float) -> float:
        """Give an area in square centimetres."""
        return pixels * _CM * _CM / (self.across * self.down)

    def mm(self, pixels: float) -> float:
        """Give a width in millimetres; where rows and columns differ, by their geometric mean."""
        return pixels * _MM / math.sqrt(self.across * self.down)

    @property
    def words(self) -> str:
        """Say it."""
        if round(self.across, 2) == round(self.down, 2):
            return f"{self.across:.6g} dpi"
        return f"{self.across:.6g} × {self.down:.6g} dpi"


def resolution_from(
    stated: tuple[float, float] | None, given: float | None, *, is_lying: bool
) -> tuple[Resolution | None, str]:
    """Decide which resolution counts.

    Args:
        stated: What the file says, (x, y) in pixels an inch as it is stored.
        given: What the user says; goes before it.
        is_lying: Whether viewers turn the image by a quarter.

    Returns:
        The resolution, or None, and what has to be known about it.
    """
    if given is not None:
        return Resolution(given, given), ""
    if stated is None:
        return None, ""
    # PNG counts pixels a metre, so that 600 dpi come back as 599.9988.
    across, down = (round(value, 2) for value in (stated[::-1] if is_lying else stated))
    if not all(math.isfinite(value) and LEAST_DPI <= value <= MAX_DPI for value in (across, down)):
        said = f"{across:g}" if across == down else f"{across:g} x {down:g}"
        return (
            None,
            f"its resolution of {said} dpi cannot be that of an object, so areas are in pixels only; {remedy()}",
        )
    found = Resolution(across, down)
    if across == down and any(abs(across - usual) < 0.05 for usual in _USUAL):  # PNG: 72.01
        return found, (
            f"its resolution of {across:g} dpi is what cameras and screens write without measuring; if it is not the "
            f"object's, {remedy()}"
        )
    return found, ""


def remedy() -> str:
    """Say what to do about a resolution that is not the object's; it also stands on pages of `pconv inpaint`."""
    return f"pconv report takes the true one by {option('dpi')}"
