"""A folder's masks checked against its images before any fill: what cannot be paired or read, and what looks wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import FileError, NothingToDo, one_file
from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.files.finding.find import left_out_words
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.finding.pairing import check_holds_masks, pair_with_masks
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.images import read_image
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity, check_threshold
from pconv_cli.masks.inspection import Remark, grey_share, inspect_mask
from pconv_cli.masks.large.windowed import Rgb, SearchedScan
from pconv_cli.masks.ratios import Mask
from pconv_cli.progress import Progress, Silent
from pconv_cli.tiling.rect import Rect, Size
from pconv_cli.wording import failed_json


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

    ``remarks`` are what looks wrong, by image; ``failed`` the images without a mask that fits, each with the reason;
    ``unused`` the masks without an image, and ``sound`` how many masks look right.
    """

    remarks: dict[str, list[Remark]] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    sound: int = 0

    @property
    def exit_code(self) -> int:
        """0 where all masks look right, else 3."""
        return FileError.exit_code if self.remarks or self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "remarks": [
                {"name": name, "fault": one.fault.value, "words": one.words}
                for name, remarks in self.remarks.items()
                for one in remarks
            ],
            "failed": failed_json(self.failed),
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
        What looks wrong, of a file of several pages page by page. An image of more than `MAX_PIXELS` pixels is a
        problem of its own.

    Raises:
        UsageError: A path does not exist, or the threshold is out of range.
        NothingToDo: There is no image, or no mask.
    """
    progress = progress or Silent()
    check_threshold(options.threshold)
    pairing = pair_with_masks(options.images, options.masks)
    check_holds_masks(options.masks, pairing)
    if not pairing.pairs and not pairing.problems:
        raise NothingToDo(f"{options.images}: no image found; give a folder of images, or one image")
    report = CheckReport(
        failed=[(name, str(error)) for name, error in pairing.problems],
        unused=[path.as_posix() for path in pairing.extra],
        doubts=[*left_out_words(options.images), *pairing.doubts],
    )
    progress.start(len(pairing.pairs), "masks")
    for pair in pairing.pairs:
        try:
            with one_file(pair.image):
                unchecked = _unchecked(pair.image)
                remarks = [] if unchecked else _remarks(pair, options)
        except FileError as error:
            report.failed.append((pair.name, str(error)))
        else:
            if unchecked:
                report.doubts.append(f"{pair.name}: has {unchecked}, which can be restored but are not checked here")
            elif remarks:
                report.remarks[pair.name] = remarks
            else:
                report.sound += 1
        progress.advance(pair.name)
    return report


def _unchecked(path: Path) -> str:
    """Say what an image is that is not checked; empty: it is checked."""
    if not is_tiff(path):
        return ""
    from pconv_cli.files.tiff.page import main_pages, open_tiff
    from pconv_cli.files.tiff.samples import is_multiband

    with decoding(path), open_tiff(path) as file:
        return "many bands" if any(is_multiband(page) for page in main_pages(file)) else ""


def _remarks(pair: Pair, options: CheckOptions) -> list[Remark]:
    if is_tiff(pair.image):
        from pconv_cli.files.tiff.pages import page_sizes

        with decoding(pair.image):
            sizes = page_sizes(pair.image)
        if len(sizes) > 1:
            return list(_of_pages(pair, sizes, options))
    assert pair.mask is not None
    mask = _read(pair.mask, options)
    return _judged(read_image(pair.image, cmyk_to_rgb=True).rgb(mask), mask, pair.mask, options)


def _of_pages(pair: Pair, sizes: Sequence[Size], options: CheckOptions) -> Iterator[Remark]:
    """Judge the mask of each page of a file of several; one page is held at a time."""
    from pconv_cli.files.tiff.pages import shared_pages
    from pconv_cli.files.tiff.scans import Scan

    with shared_pages(pair.image) as file:
        for number, size in enumerate(sizes):
            path = pair.mask_of_page(number + 1, size)
            if path is None:
                continue
            check_size(pair.image, size, MAX_PIXELS)
            with Scan(pair.image, number=number, file=file) as scan:
                colours = SearchedScan(scan).rgb(Rect(0, 0, *size))
            for one in _judged(colours, _read(path, options), path, options):
                yield replace(one, words=f"page {number + 1}: {one.words}")


def _read(path: Path, options: CheckOptions) -> Mask:
    return read_mask(path, polarity=options.polarity, threshold=options.threshold, max_pixels=MAX_PIXELS)


def _judged(colours: Rgb, mask: Mask, path: Path, options: CheckOptions) -> list[Remark]:
    rgb = np.rint(255 * colours).clip(0, 255).astype(np.uint8)
    drawn = read_image(path, cmyk_to_rgb=True)
    # Labels, 0 to a few, are no greys of softening.
    soft = options.threshold > 1 and drawn.samples.dtype == np.uint8
    grey = grey_share(np.asarray(drawn.samples[:, :, 0], np.uint8)) if soft else 0.0
    return inspect_mask(rgb, mask, grey)
