"""The condition of one image or page: its losses measured, sorted and numbered, and where they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.previews import RED, Colour, Rgb8, shown, upright, upright_boxes
from pconv_cli.jobs.condition.leaves import Leaf
from pconv_cli.jobs.condition.resolution import Resolution, resolution_from
from pconv_cli.masks.condition.classes import LossClass, classes_of
from pconv_cli.masks.condition.losses import Losses, measure_losses
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.tiling.halving import any_of_blocks
from pconv_cli.tiling.rect import Size

#: Longest side of the reduced view in pixels; images are reduced by a whole factor.
LONGEST = 1600

#: The colours of labels on maps: red first, as on all pages, then Okabe and Ito's, which few people confuse.
COLOURS: tuple[Colour, ...] = (
    RED,
    (0, 114, 178),
    (0, 158, 115),
    (230, 159, 0),
    (204, 121, 167),
    (86, 180, 233),
    (120, 60, 0),
)

#: What damage is called that has no label.
LOSS = "loss"


@dataclass(frozen=True, eq=False)
class Condition:
    """What is lost of an image or page. All places are those of the image as viewers turn it.

    Attributes:
        leaf: What was looked at; its samples may no longer be there.
        resolution: What a pixel measures; None: nobody knows.
        labels: What its losses are called.
        losses: The losses by their numbers: the first one is number 1 and the largest.
        label: For each loss the place of its label in ``labels``.
        kind: For each loss the place of its class in `LossClass`.
        damaged: Pixels that are lost; where labels overlap, counted once.
        view: ``(h, w, 3)``, the image reduced.
        marks: ``(h, w)``, where anything is lost in the view: the number of its label's colour, see `colour_of`.
        remarks: What a user should know.
    """

    leaf: Leaf
    resolution: Resolution | None
    labels: tuple[str, ...]
    losses: Losses
    label: NDArray[np.int16]
    kind: NDArray[np.int8]
    damaged: int
    view: Rgb8
    marks: NDArray[np.uint8]
    remarks: tuple[str, ...] = ()

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        return self.leaf.shown_size

    @property
    def pixels(self) -> int:
        """How many pixels the image has."""
        return self.size[0] * self.size[1]

    def chosen(self, label: int | None = None, kind: LossClass | None = None) -> NDArray[np.bool_]:
        """Say which losses have a label and a class; None: any."""
        found = np.ones(self.losses.count, np.bool_)
        if label is not None:
            found &= self.label == label
        return found if kind is None else found & (self.kind == list(LossClass).index(kind))


def colour_of(label: int) -> int:
    """Give the place of a label's colour in `COLOURS`, of which there are fewer than there may be labels."""
    return label % len(COLOURS)


def survey(leaf: Leaf, areas: Iterable[tuple[str, PackedMask]], dpi: float | None = None) -> Condition:
    """Measure the losses of an image or page.

    Each label's area is looked at by itself, one in memory at a time, so that of two labels that overlap both are
    whole. Of the samples a window at a time is read.

    Args:
        leaf: The image or page.
        areas: Labels, each with its area as the hole of a mask.
        dpi: Its true resolution; None: what its file says.

    Raises:
        ImageError: It is damaged.
        MaskError: An area is of another size.
    """
    labels: list[str] = []
    found: list[Losses] = []
    factor = _factor(leaf.size)
    every = PackedMask(leaf.size)
    marks = np.zeros((-(-leaf.size[0] // factor), -(-leaf.size[1] // factor)), np.uint8)
    for label, area in areas:
        if area.size != leaf.size:
            raise MaskError("its mask is of another size; a mask must have the size of its image")
        labels.append(label)
        found.append(measure_losses(area))
        every.add(area)
        _mark(marks, area, factor, colour_of(len(labels) - 1) + 1)
    orientation = leaf.rendering.orientation
    resolution, doubt = resolution_from(leaf.dpi, dpi, is_lying=orientation > 4)
    losses, label_of = _numbered(found, leaf, orientation)
    return Condition(
        leaf,
        resolution,
        tuple(labels),
        losses,
        label_of,
        classes_of(losses, leaf.size),
        every.hole_pixels,
        reduced(leaf),
        upright(marks, orientation),
        (*leaf.notes, *([doubt] if doubt else [])),
    )


def _numbered(found: list[Losses], leaf: Leaf, orientation: int) -> tuple[Losses, NDArray[np.int16]]:
    """All losses, the largest first, in the image as viewers turn it, each with the place of its label."""
    empty = measure_losses(PackedMask((1, 1)))
    every = [empty, *found]
    area = np.concatenate([one.area for one in every])
    boxes = upright_boxes(np.concatenate([one.boxes for one in every]), leaf.size, orientation)
    depth = np.concatenate([one.depth for one in every])
    deepest = np.concatenate([one.deepest for one in every])
    deepest = upright_boxes(np.concatenate([deepest, deepest + 1], axis=1), leaf.size, orientation)[:, :2]
    label = np.concatenate([np.full(one.count, number - 1, np.int16) for number, one in enumerate(every)])
    order = np.lexsort((label, boxes[:, 1], boxes[:, 0], -area))
    return Losses(area[order], boxes[order], depth[order], deepest[order]), label[order]


def _mark(marks: NDArray[np.uint8], area: PackedMask, factor: int, number: int) -> None:
    for framed in counted_tiles(area.size, max(1, SIDE // factor) * factor):
        if area.has_hole(framed.inner):
            place = framed.inner.scaled_down(factor).slices
            marks[place][any_of_blocks(area.hole(framed.inner), factor)] = number


def _factor(size: Size) -> int:
    return -(-max(size) // LONGEST)


def reduced(leaf: Leaf) -> Rgb8:
    """Show an image ``(h, w, 3)`` reduced by a whole factor to at most `LONGEST`, from one window after another.

    Raises:
        ImageError: It is damaged.
    """
    factor = _factor(leaf.size)
    view = np.empty((-(-leaf.size[0] // factor), -(-leaf.size[1] // factor), 3), np.uint8)
    stored = replace(leaf.rendering, orientation=1)
    for framed in counted_tiles(leaf.size, max(1, SIDE // factor) * factor):
        rest = [(0, -length % factor) for length in framed.inner.size]
        samples = np.pad(leaf.window(framed.inner), [*rest, (0, 0)], mode="edge")
        view[framed.inner.scaled_down(factor).slices] = shown(samples, stored, max(samples.shape[:2]) // factor)
    return upright(view, leaf.rendering.orientation)
