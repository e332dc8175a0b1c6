"""What a run says of an image's restoration in the restored file."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pconv_cli import __version__
from pconv_cli.files.metadata.provenance import Provenance, SourceType
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.sources import Sources
from pconv_cli.jobs.planning.choices import Choices
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.methods.names import TRAINED


def provenance(job: RestoreJob, image: OpenImage, sources: Sources, choices: Choices) -> Provenance:
    """Say how an image is restored.

    The date is that of the day, in UTC, so that runs of one day write the same bytes; ``SOURCE_DATE_EPOCH`` in the
    environment sets another one. Of weights the name is given, and not where they lie.
    """
    options, recipe = choices.options(job.pair.name), choices.recipe(job.pair.name)
    trained = options.method in TRAINED
    return Provenance(
        SourceType.NETWORK if trained else SourceType.CLASSICAL,
        software=f"pconv {__version__}",
        method=options.method_name,
        hole_ratio=round(image.filled_ratio, 6),
        date=today(),
        mask_sha256=sources.fingerprint.mask_sha256 or "",
        weights=_name_of(options.weights) if trained else "",
        weights_sha256=str(recipe.get("weights_sha256", "")),
        left_losses=image.left.losses if image.has_holes else 0,
        left_ratio=round(image.left.ratio, 6) if image.has_holes else 0.0,
    )


def _name_of(weights: str | Path | None) -> str:
    from pconv_cli.core.weight_files import DEFAULT_WEIGHTS

    return Path(weights or DEFAULT_WEIGHTS).name


def today() -> str:
    """Give the day in UTC as ISO 8601; ``SOURCE_DATE_EPOCH`` sets another one."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        now = datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):  # not set, or no time
        now = datetime.now(UTC)
    return now.date().isoformat()
