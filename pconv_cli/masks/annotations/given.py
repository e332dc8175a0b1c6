"""Annotation files that are given where masks are: whether they are, and what then has no meaning."""

from pathlib import Path

from pconv_cli.errors import MaskError, UsageError, option
from pconv_cli.files.finding.find import has_mask
from pconv_cli.files.formats import ANNOTATION_SUFFIXES, MASK_SUFFIXES, is_tiff
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.edits import EDITS


def check_drawn(polarity: Polarity, threshold: int | None, mask_pattern: str | None) -> None:
    """Refuse options of mask files beside annotations, whose shapes say what is hole, and which name their images.

    Raises:
        UsageError: One is given.
    """
    given = {"polarity": polarity != Polarity.WHITE, "threshold": threshold is not None, "mask_pattern": mask_pattern}
    for name, is_given in given.items():
        if is_given:
            raise UsageError(
                f"{option(name)}: has no meaning with annotations, whose shapes are the holes; leave it out, or draw "
                "masks by pconv masks import"
            )


def holds_annotations(masks: Path) -> bool:
    """Check whether masks are annotation files; a folder of masks costs no more than a look at its first image."""
    if masks.is_file() and is_tiff(masks):
        from pconv_cli.masks.annotations.readers.tiff import has_channels

        return has_channels(masks)
    if masks.suffix.lower() in MASK_SUFFIXES if masks.is_file() else has_mask(masks):
        return False
    files = [masks] if masks.is_file() else masks.rglob("*")
    return any(path.suffix.lower() in ANNOTATION_SUFFIXES and path.name != EDITS for path in files)


def not_drawn(name: str, annotations: Path | str) -> MaskError:
    """Return the error of an image without a mask, where masks are drawn from annotations."""
    return MaskError(f"{name}: has no annotation in {annotations} that can be drawn; annotate it, or leave it out")
