"""What a user should know of an image that can be restored: the same whether it is restored or only planned."""

from pathlib import Path
from typing import TYPE_CHECKING

from pconv_cli.errors import MaskError, option
from pconv_cli.files.formats import ImageFormat
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.outcome import Warnings
from pconv_cli.masks.ratios import MOSTLY_HOLE, polarity_remedy

if TYPE_CHECKING:
    from pconv_cli.jobs.images.open_image import OpenImage


def check_ratio(source: str, ratio: float, mask: Path | None, options: InpaintOptions) -> None:
    """Refuse a mask of so much hole that it is most often one read the wrong way round.

    Args:
        source: Which mask it is, with its image in front.
        ratio: Its hole ratio, 0 to 1.
        mask: Its file; None where it is the image's own transparency.
        options: How it was read.

    Raises:
        MaskError: There is nothing left to fill from, or little, and that was not allowed.
    """
    remedy = (
        f"leave some of it opaque, or lower {option('threshold')}"
        if mask is None
        else polarity_remedy(options.polarity)
    )
    if ratio == 1:
        raise MaskError(f"{source} is all hole, and nothing is left to fill it from; {remedy}")
    if ratio > MOSTLY_HOLE and not options.allow_large_holes:
        remedy = "" if mask is None else f"{remedy}; "
        raise MaskError(
            f"{source} is {100 * ratio:.0f} % hole, which leaves little to fill it from; {remedy}if this is intended, "
            f"pass {option('allow_large_holes')}"
        )


def warn_of(warnings: Warnings, job: RestoreJob, image: "OpenImage") -> None:
    """Warn of what is known before an image is filled.

    Args:
        warnings: Where to.
        job: What is to be done with it.
        image: The image, its holes read.
    """
    ratio = image.hole_ratio
    for doubt in image.doubts:
        warnings.add("masks and samples", doubt)
    if (job.format or image.format) is ImageFormat.JPEG and ratio > 0 and image.keeps_blocks:
        warnings.add(
            "JPEG",
            f"{job.pair.name}: JPEG stores blocks, and those without a hole stay as they are; undamaged pixels in a "
            "block with a hole, or within two pixels of it, may change a little "
            f"({option('format')} png avoids that)",
        )
    elif (job.format or image.format) is ImageFormat.JPEG and ratio > 0:
        warnings.add(
            "JPEG, all of it saved again",
            f"{job.pair.name}: JPEG loses a little at every saving, so undamaged pixels cannot stay bit for bit; "
            f"{option('format')} png keeps them",
        )


def warn_of_lost_blocks(warnings: Warnings, job: RestoreJob, image: "OpenImage") -> None:
    """Warn of a JPEG of which, once it was written, more has changed than `warn_of` said."""
    if image.lost_blocks:
        warnings.add(
            "JPEG, damaged and all of it saved again",
            f"{job.pair.name}: its data is damaged or odd, so its blocks could not be kept, and all of it was saved "
            f"again as JPEG with a little loss; {option('format')} png keeps undamaged pixels bit for bit",
        )
