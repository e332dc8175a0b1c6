"""Masks of a run that are annotation files: drawn for its length into a temporary folder, and then paired as ever.

A page of the run names each loss by its label, so for it they are drawn label by label, too.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.annotations.given import check_drawn, holds_annotations
from pconv_cli.masks.edits import read_edits, write_edits
from pconv_cli.progress import Progress, Silent

Options = TypeVar("Options", bound=InpaintOptions)


class _WithoutNotes(Silent):
    """Hears of an import what another progress shall hear of it, but for its failures."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def start(self, total: int, what: str) -> None:
        """Pass on how many files there are."""
        self._progress.start(total, what)

    def advance(self, name: str, note: str = "") -> None:
        """Pass on that a file is done."""
        self._progress.advance(name)

    def warn(self, message: str) -> None:
        """Pass on a warning."""
        self._progress.warn(message)


@contextmanager
def annotations_drawn(options: Options, progress: Progress) -> Iterator[Options]:
    """Replace annotation files that are named as masks by masks drawn from them; other masks stay as they are.

    Annotations are a file of such a suffix (`ANNOTATION_SUFFIXES`), a TIFF with channels
    beside its colours, or a folder without any image that holds some. The same annotations draw the same masks, byte
    for byte, so a later run resumes.

    Args:
        options: What to restore.
        progress: Hears of annotations that cannot be drawn; their images then have no mask and fail. Files that cannot
            be read are in ``unread`` of the options.

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
        report = import_masks(ImportOptions(options.masks, options.images, drawn), _WithoutNotes(progress))
        for name, reason in report.failed:
            if (name, reason) not in report.unread:  # which the run reports among what failed
                progress.warn(f"{name}: {reason}")
        folder = options.masks if options.masks.is_dir() else options.masks.parent
        unread = tuple((name, f"{folder / name}: {reason}") for name, reason in report.unread)
        chosen = read_edits(folder)
        if chosen:
            drawn.mkdir(exist_ok=True)
            write_edits(drawn, chosen)
        labels = None
        if options.report is not None:  # what fails has been said
            labels = stack.enter_context(labels_drawn(options.masks, options.images, Silent())).known_areas
        yield replace(options, masks=drawn, annotations=options.masks, labels=labels, unread=unread)
