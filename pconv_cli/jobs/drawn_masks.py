"""Masks of a run that are annotation files: drawn for its length into a temporary folder, and then paired as ever.

A page of the run names each loss by its label, so for it they are drawn label by label, too.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pconv_cli.errors import UsageError, option
from pconv_cli.files.finding.find import has_mask
from pconv_cli.files.formats import ANNOTATION_SUFFIXES, MASK_SUFFIXES, is_tiff
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.edits import EDITS, read_edits, write_edits
from pconv_cli.progress import Progress, Silent

Options = TypeVar("Options", bound=InpaintOptions)


@contextmanager
def annotations_drawn(options: Options, progress: Progress) -> Iterator[Options]:
    """Replace annotation files that are named as masks by masks drawn from them; other masks stay as they are.

    Annotations are a file of such a suffix (`ANNOTATION_SUFFIXES`), a TIFF with channels
    beside its colours, or a folder without any image that holds some. The same annotations draw the same masks, byte
    for byte, so a later run resumes.

    Args:
        options: What to restore.
        progress: What to report failed annotation files to; their images then have no mask and fail.

    Raises:
        UsageError: An option says how mask files are to be read.
        PconvError: All that `pconv_cli.masks.annotations.importing.import_masks` raises.
    """
    if options.masks == "alpha" or not holds_annotations(options.masks):
        yield options
        return
    check_drawn(options.polarity, options.threshold, options.mask_pattern)
    from pconv_cli.masks.annotations.importing import import_masks
    from pconv_cli.masks.annotations.labelled import labels_drawn
    from pconv_cli.masks.annotations.report import ImportOptions

    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="pconv-", ignore_cleanup_errors=True))
        drawn = Path(temporary) / options.masks.name
        report = import_masks(ImportOptions(options.masks, options.images, drawn), progress)
        for name, reason in report.failed:
            progress.warn(f"{name}: {reason}")
        chosen = read_edits(options.masks if options.masks.is_dir() else options.masks.parent)
        if chosen:
            drawn.mkdir(exist_ok=True)
            write_edits(drawn, chosen)
        labels = None
        if options.report is not None:  # what fails has been said
            labels = stack.enter_context(labels_drawn(options.masks, options.images, Silent())).known_areas
        yield replace(options, masks=drawn, annotations=options.masks, labels=labels)


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
