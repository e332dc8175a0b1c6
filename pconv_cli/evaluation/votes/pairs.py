"""The pairs of a vote: which files belong together, and how they are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import FileError, ImageError
from pconv_cli.evaluation.evaluator import alone
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.files.colour.ranges import SampleRange
from pconv_cli.files.finding.find import find_images, relative_name
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.finding.partners import find_partners
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.previews import Rendering, Rgb8, shown, shown_hole
from pconv_cli.files.stored import StoredImage

LONGEST = 2048
"""The longest side of an image on a sheet, in pixels; larger ones are reduced."""

_GREY = 128


@dataclass(frozen=True)
class PairFiles:
    """One image of two folders, with what is shown beside it.

    Attributes:
        name: The image's POSIX path below the first folder.
        results: The results, in the order of the folders.
        truth: The true image.
        mask: The mask.
    """

    name: str
    results: tuple[Path, Path]
    truth: Path | None
    mask: Path | None


@dataclass(frozen=True)
class FoundPairs:
    """The pairs of two folders.

    Attributes:
        pairs: The pairs.
        failed: Name and error of every image that cannot be paired.
        missing: Name and error of every image that lacks a partner.
    """

    pairs: list[PairFiles]
    failed: list[tuple[str, FileError]]
    missing: list[tuple[str, FileError]]


def find_pairs(options: VoteOptions) -> FoundPairs:
    """Pair the images of both folders by relative path and stem, with what is shown beside them."""
    first, second = options.folders
    masks: dict[str, Path | None] = {}
    failed: dict[str, FileError] = {}
    missing: dict[str, FileError] = {}
    if options.masks is None:
        firsts = {relative_name(path, first): path for path in find_images(first)}
    else:
        pairing = pair_with_masks(first, options.masks)
        firsts = {pair.name: pair.image for pair in pairing.pairs}
        masks = {pair.name: pair.mask for pair in pairing.pairs}
        for name, error in pairing.problems:
            (missing if name in pairing.missing else failed)[name] = error
    every = [*firsts, *failed, *missing]
    seconds = alone(find_partners(every, second, what="image", error=ImageError), second, "image")
    sources = [seconds]
    if options.truth is not None:
        sources.append(find_partners(every, options.truth, what="true image", error=ImageError))
    for partners in sources:
        for name, error in partners.problems:
            (missing if name in partners.missing else failed).setdefault(name, error)
    for path in seconds.extra:
        name = relative_name(path, second)
        missing.setdefault(name, ImageError(f"{name}: no image in {first} for this one of {second}; add one"))
    truths = sources[1].found if len(sources) > 1 else {}
    pairs = [
        PairFiles(name, (path, seconds.found[name]), truths.get(name), masks.get(name))
        for name, path in firsts.items()
        if name not in failed and name not in missing
    ]
    return FoundPairs(pairs, list(failed.items()), list(missing.items()))


@dataclass(frozen=True, eq=False)
class PairImages:
    """A pair as it is shown, upright and no side above `LONGEST`.

    Attributes:
        results: The results of the two folders, ``(H, W, 3)`` uint8 each.
        truth: The truth, of the same size.
        hole: ``(H, W)``, True = hole.
        scale: The share of the images' own side that is shown, up to 1.
    """

    results: tuple[Rgb8, Rgb8]
    truth: Rgb8 | None
    hole: NDArray[np.bool_] | None
    scale: float

    def titled(self, first: int) -> Iterator[tuple[str, Rgb8]]:
        """List what stands on the sheet, with its titles, where folder ``first`` is A."""
        one, other = self.results[first], self.results[1 - first]
        yield from (("A", one), ("B", other))
        if self.hole is not None:
            # Where the truth is not shown, all that is known of it is what surrounds the hole.
            known = one if self.truth is None else self.truth
            yield "damaged", np.where(self.hole[:, :, np.newaxis], np.uint8(_GREY), known)
        if self.truth is not None:
            yield "truth", self.truth


def read_pair(pair: PairFiles, polarity: Polarity) -> PairImages:
    """Read a pair as it is shown.

    Raises:
        FileError: A file cannot be read, or its size is another.
    """
    one, other = (read_image(path) for path in pair.results)
    every = [one, other]
    if pair.truth is not None:
        every.append(read_image(pair.truth))
    for path, image in zip((*pair.results, pair.truth), every, strict=False):
        if image.size != one.size:
            raise ImageError(f"{path}: {_size(image)}, and {pair.results[0]} is {_size(one)}; a pair has one size")
    views = [_shown(image, _range_of(every, image)) for image in every]
    if len({view.shape for view in views}) > 1:
        raise ImageError(
            f"{pair.results[1]}: is turned otherwise than {pair.results[0]} (EXIF orientation); turn them alike"
        )
    hole = None
    if pair.mask is not None:
        hole = shown_hole(~read_mask(pair.mask, polarity=polarity), one.metadata.orientation, LONGEST)
    scale = min(1.0, LONGEST / max(one.size))
    return PairImages((views[0], views[1]), views[2] if pair.truth is not None else None, hole, scale)


def _range_of(every: Sequence[StoredImage], image: StoredImage) -> SampleRange:
    """Find the range in which an image is shown: one for all of its type, so that tones compare."""
    ranges = [one.range() for one in every if one.samples.dtype == image.samples.dtype]
    return SampleRange(min(one.low for one in ranges), max(one.high for one in ranges))


def _shown(image: StoredImage, within: SampleRange) -> Rgb8:
    rendering = Rendering(within.high, image.metadata.orientation, image.metadata.icc, within.low, image.top, image.lab)
    return shown(image.samples, rendering, LONGEST)


def _size(image: StoredImage) -> str:
    return f"{image.size[1]}x{image.size[0]}"
