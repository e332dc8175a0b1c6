"""What a user should know of an image that can be restored: the same whether it is restored or only planned."""

from pconv_cli.errors import option
from pconv_cli.files.codecs.jpeg_blocks import lacks_package
from pconv_cli.files.formats import ImageFormat
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.outcome import Warnings


def warn_of(warnings: Warnings, job: RestoreJob, image: OpenImage) -> None:
    """Warn of what is known before an image is filled.

    Args:
        warnings: Where to.
        job: What is to be done with it.
        image: The image, its holes read.
    """
    ratio = image.hole_ratio
    for doubt in image.doubts:
        warnings.add(doubt.partition(": ")[2], doubt)  # whatever file it is of
    if (job.format or image.format) is ImageFormat.JPEG and ratio > 0 and image.keeps_blocks:
        warnings.add(
            "JPEG",
            f"{job.pair.name}: JPEG stores blocks, and those without a hole stay as they are; undamaged pixels in a "
            "block with a hole, or within two pixels of it, may change a little "
            f"({option('format')} png avoids that)",
        )
    elif (job.format or image.format) is ImageFormat.JPEG and ratio > 0:
        lacks = image.format is ImageFormat.JPEG and lacks_package()
        blocks = "; pip install 'pconv-cli[jpeg]' keeps those of blocks without a hole" if lacks else ""
        warnings.add(
            "JPEG, all of it saved again",
            f"{job.pair.name}: JPEG loses a little at every saving, so undamaged pixels cannot stay bit for bit; "
            f"{option('format')} png keeps them{blocks}",
        )


def warn_of_lost_blocks(warnings: Warnings, job: RestoreJob, image: OpenImage) -> None:
    """Warn of a JPEG of which, once it was written, more has changed than `warn_of` said."""
    if image.lost_blocks:
        warnings.add(
            "JPEG, damaged and all of it saved again",
            f"{job.pair.name}: its data is damaged or odd, so its blocks could not be kept, and all of it was saved "
            f"again as JPEG with a little loss; {option('format')} png keeps undamaged pixels bit for bit",
        )
