"""What a condition report is asked for."""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.arguments import ChoiceField, MasksField, PathField
from pconv_cli.errors import UsageError, option
from pconv_cli.files.masks.polarity import Polarity, check_threshold
from pconv_cli.files.metadata.carried import MAX_DPI
from pconv_cli.jobs.condition.resolution import LEAST_DPI

#: Numbers that fit beside one another on a map.
MOST_NUMBERS = 100


@dataclass(frozen=True)
class ConditionOptions:
    """What to report on, and where to.

    Attributes:
        images: A folder (searched at any depth) or one image.
        masks: A folder of masks or of annotation files, one for all images, or ``"alpha"`` for the images' own
            transparency.
        out: The folder to write to.
        numbered: How many losses of an image have a number on its map and a row on its page, the largest ones.
        dpi: The images' true resolution in pixels an inch; None: what each file says.
        polarity: The colour of the hole in mask files.
        threshold: Value in [1, 255] from which a mask's sample is white, or a pixel opaque; None: as `pconv inpaint`
            takes it.
        mask_pattern: How masks in a folder are named, such as ``{stem}-mask``; None: as their images.

    Raises:
        UsageError: A value lies outside its range.
    """

    images: PathField = PathField()
    masks: MasksField = MasksField()
    out: PathField = PathField(Path("report"))
    numbered: int = 40
    dpi: float | None = None
    polarity: ChoiceField[Polarity] = ChoiceField(Polarity, Polarity.WHITE)
    threshold: int | None = None
    mask_pattern: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.numbered <= MOST_NUMBERS:
            raise UsageError(f"{option('numbered')} {self.numbered}: must lie between 0 and {MOST_NUMBERS}")
        if self.dpi is not None and not LEAST_DPI <= self.dpi <= MAX_DPI:
            raise UsageError(f"{option('dpi')} {self.dpi:g}: must lie between {LEAST_DPI} and {MAX_DPI}")
        check_threshold(self.threshold)
        if self.masks == "alpha" and self.polarity != Polarity.WHITE:
            raise UsageError(
                f"{option('polarity')}: has no meaning with {option('masks')} alpha; the transparent part is the loss"
            )
