"""A folder's masks checked against its images before any fill: what cannot be paired or read, and what looks wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import FileError, NothingToDo, one_file
from pconv_cli.files.decoding import decoding
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.images import read_image
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity
from pconv_cli.masks.inspection import Remark, grey_share, inspect_mask
from pconv_cli.progress import Progress, Silent


@dataclass(frozen=True)
class CheckOptions:
    """What to check.

    Attributes:
        images: A folder of images, or one image.
        masks: Their masks: a folder, or one file for all.
        polarity: The colour of the hole.
        threshold: Value (of 255) from which a sample counts as white, in [1, 255].
    """

    images: Path
    masks: Path
    polarity: Polarity = Polarity.WHITE
    threshold: int = THRESHOLD


@dataclass
class CheckReport:
    """What was found; ``exit_code`` is the status with which a command should end.

    ``remarks`` are what looks wrong, by image; ``problems`` the images without a mask that fits, each with its error;
    ``unused`` the masks without an image, and ``sound`` how many masks look right.
    """

    remarks: dict[str, list[Remark]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    sound: int = 0

    @property
    def exit_code(self) -> int:
        """0 where all masks look right, else 3."""
        return FileError.exit_code if self.remarks or self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "remarks": [
                {"name": name, "fault": one.fault.value, "words": one.words}
                for name, remarks in self.remarks.items()
                for one in remarks
            ],
            "problems": [{"name": name, "reason": reason} for name, reason in self.problems],
            "unused": self.unused,
            "doubts": self.doubts,
            "sound": self.sound,
            "exit_code": self.exit_code,
        }


def check_masks(options: CheckOptions, progress: Progress | None = None) -> CheckReport:
    """Check the masks of a folder of images, or of one; nothing is written.

    Args:
        options: What to check.
        progress: What to report to.

    Returns:
        What looks wrong. An image of more than `MAX_PIXELS` pixels is a problem of its own.

    Raises:
        UsageError: A path does not exist.
        NothingToDo: There is no image.
    """
    progress = progress or Silent()
    pairing = pair_with_masks(options.images, options.masks)
    if not pairing.pairs and not pairing.problems:
        raise NothingToDo(f"{options.images}: no image found; give a folder of images, or one image")
    report = CheckReport(
        problems=[(name, str(error)) for name, error in pairing.problems],
        unused=[path.as_posix() for path in pairing.extra],
        doubts=list(pairing.doubts),
    )
    progress.start(len(pairing.pairs), "masks")
    for pair in pairing.pairs:
        try:
            with one_file(pair.image):
                several = _pages_or_bands(pair.image)
                remarks = [] if several else _remarks(pair, options)
        except FileError as error:
            report.problems.append((pair.name, str(error)))
        else:
            if several:
                report.doubts.append(f"{pair.name}: has {several}, which can be restored but are not checked here")
            elif remarks:
                report.remarks[pair.name] = remarks
            else:
                report.sound += 1
        progress.advance(pair.name)
    return report


def _pages_or_bands(path: Path) -> str:
    """Say how an image differs from what `read_image` reads whole: several pages, or many bands; empty: it does not."""
    if not is_tiff(path):
        return ""
    from pconv_cli.files.tiff.pages import has_bands, page_sizes

    with decoding(path):
        pages = len(page_sizes(path))
        if pages > 1:
            return f"{pages} pages"
        return "many bands" if pages and has_bands(path) else ""


def _remarks(pair: Pair, options: CheckOptions) -> list[Remark]:
    assert pair.mask is not None
    mask = read_mask(pair.mask, polarity=options.polarity, threshold=options.threshold, max_pixels=MAX_PIXELS)
    image = read_image(pair.image, cmyk_to_rgb=True)
    rgb = np.rint(255 * image.rgb(mask)).clip(0, 255).astype(np.uint8)
    drawn = read_image(pair.mask, cmyk_to_rgb=True)
    # Labels, 0 to a few, are no greys of softening.
    soft = options.threshold > 1 and drawn.samples.dtype == np.uint8
    grey = grey_share(np.asarray(drawn.samples[:, :, 0], np.uint8)) if soft else 0.0
    return inspect_mask(rgb, mask, grey)
