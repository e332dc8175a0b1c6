"""Where the images of a condition report are damaged: by masks, or by what people annotated, label by label."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pconv_cli.errors import MaskError, NothingToDo
from pconv_cli.files.finding.find import find_images, relative_name
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.finding.pairing import check_holds_masks, pair_with_masks
from pconv_cli.files.masks.codec import read_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import OPAQUE
from pconv_cli.files.masks.values import reaches
from pconv_cli.jobs.condition.leaves import Leaf
from pconv_cli.jobs.condition.options import ConditionOptions
from pconv_cli.jobs.condition.survey import LOSS
from pconv_cli.masks.annotations.given import check_drawn, holds_annotations
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.progress import Progress
from pconv_cli.wording import first_few

Areas = Iterator[tuple[str, PackedMask]]
"""Labels, each with its area as the hole of a mask; one in memory at a time."""


@dataclass(frozen=True)
class KnownDamage:
    """Where images are damaged.

    Attributes:
        images: The images by their names.
        doubts: What a user should know of all of them.
        check: Refuses an image, by name, whose damage is not known, with a `FileError`.
        areas: Gives the labels of an image, or a page of it, with their areas; what is doubtful about a mask it hands
            on in words. A mask that is damaged is a `MaskError`.
        unread: Annotation files that could not be read, each with the reason.
    """

    images: dict[str, Path]
    doubts: Sequence[str]
    check: Callable[[str], None]
    areas: Callable[[str, Leaf, Callable[[str], None]], Areas]
    unread: Sequence[tuple[str, str]] = ()


@contextmanager
def damage_found(options: ConditionOptions, progress: Progress) -> Iterator[KnownDamage]:
    """Find images and their masks or annotations; areas can be read inside this block.

    Raises:
        UsageError: A path does not exist, or an option says how mask files are to be read and there are annotations.
        NothingToDo: There is no image, or no annotation.
    """
    if options.masks == "alpha" or not holds_annotations(options.masks):
        yield _by_masks(options)
        return
    check_drawn(options.polarity, options.threshold, options.mask_pattern)
    from pconv_cli.masks.annotations.labelled import labels_drawn  # imports all readers

    with labels_drawn(options.masks, options.images, progress) as labelled:
        doubts = [f"{name}: {reason}" for name, reason in labelled.failed if (name, reason) not in labelled.unread]
        folder = options.masks if options.masks.is_dir() else options.masks.parent
        unread = [(name, f"{folder / name}: {reason}") for name, reason in labelled.unread]

        def areas(name: str, leaf: Leaf, warn: Callable[[str], None]) -> Areas:
            for label, area in labelled.areas(name):
                if area.size == leaf.size:  # of a file of several pages, those of its size
                    yield label, area

        yield KnownDamage(labelled.images, doubts, labelled.check, areas, unread)


def _by_masks(options: ConditionOptions) -> KnownDamage:
    pairing = pair_with_masks(options.images, options.masks, pattern=options.mask_pattern)
    pairs = {pair.name: pair for pair in pairing.pairs}
    problems = dict(pairing.problems)
    check_holds_masks(options.masks, pairing)
    if not pairs and not problems:
        raise NothingToDo(f"{options.images}: holds no image of a known kind; check the path")
    doubts = [*pairing.doubts]
    if pairing.extra:
        doubts.append(f"masks without an image: {first_few(pairing.extra)}")
    files = {relative_name(path, options.images): path for path in find_images(options.images)}
    images = {name: path for name, path in files.items() if name in pairs or name in problems}

    def check(name: str) -> None:
        if name in problems:
            raise problems[name]

    def areas(name: str, leaf: Leaf, warn: Callable[[str], None]) -> Areas:
        if options.masks == "alpha":
            yield LOSS, transparent(leaf, options.threshold or OPAQUE)
            return
        path = _mask_of(pairs[name], leaf)
        if path is not None:
            polarity, threshold = options.polarity, options.threshold
            yield LOSS, read_packed_mask(path, polarity=polarity, threshold=threshold, warn=warn)

    return KnownDamage(images, doubts, check, areas)


def transparent(leaf: Leaf, threshold: int) -> PackedMask:
    """Take the transparency of an image or page as its damage, from one window after another.

    Args:
        leaf: The image or page.
        threshold: Opacity in [1, 255] below which a pixel is lost.

    Raises:
        MaskError: It has no alpha channel.
    """
    if not leaf.opaque:
        raise MaskError("the image has no alpha channel; give its mask as a file")
    holes = PackedMask(leaf.size)
    for framed in counted_tiles(leaf.size, SIDE):
        alpha = leaf.window(framed.inner)[:, :, -1].astype(np.float32) / np.float32(leaf.opaque)
        holes.put(framed.inner, reaches(alpha, threshold))
    return holes


def _mask_of(pair: Pair, leaf: Leaf) -> Path | None:
    """The mask of an image or page; None: nothing is marked on that page."""
    if leaf.number is None:
        return pair.mask
    return pair.mask_of_page(leaf.number[0], leaf.size)
