"""The boxes of the decoder: they hold what a part of an image depends on, and have few sizes."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.networks.pconv.kernels import Kernel, UpKernel
from pconv_cli.core.networks.pconv.regions import LevelRegion, decoder_boxes, dependences, hole_box, least_boxes


@st.composite
def parts(draw):
    """A part of an image, and the sizes of its levels."""
    depth = draw(st.integers(1, 8))
    spans, sides = [], []
    for _ in range(2):
        side = draw(st.integers(1, 700))
        start = draw(st.integers(0, side - 1))
        spans += [start, draw(st.integers(start + 1, side))]
        sides.append(-(-side // 2**depth) * 2**depth)
    return LevelRegion(*spans), [(sides[0] >> level, sides[1] >> level) for level in range(depth + 1)]


@pytest.mark.parametrize("boxes_of", [decoder_boxes, least_boxes])
@given(parts())
def test_boxes_hold_what_a_part_depends_on(boxes_of, part):
    box, sizes = part
    boxes = boxes_of(box, sizes)
    assert len(boxes) == len(sizes)
    for (height, width), here in zip(sizes, reversed(boxes), strict=True):
        assert 0 <= here.top < here.bottom <= height
        assert 0 <= here.left < here.right <= width
    image = boxes[-1]
    assert image.top <= box.top < box.bottom <= image.bottom
    assert image.left <= box.left < box.right <= image.right
    for (low, here), (height, width) in zip(pairwise(boxes), reversed(sizes[:-1]), strict=True):
        around = low.doubled()
        assert around.top <= max(0, here.top - 1)
        assert around.left <= max(0, here.left - 1)
        assert around.bottom >= min(height, here.bottom + 1)
        assert around.right >= min(width, here.right + 1)


@given(parts())
def test_least_boxes_hold_nothing_else(part):
    box, sizes = part
    boxes = least_boxes(box, sizes)
    assert boxes[-1] == box
    for (low, here), (height, width) in zip(pairwise(boxes), reversed(sizes[:-1]), strict=True):
        # A row fewer at any end would be too few for the 3 x 3 kernel.
        assert 2 * (low.top + 1) > max(0, here.top - 1)
        assert 2 * (low.left + 1) > max(0, here.left - 1)
        assert 2 * (low.bottom - 1) < min(height, here.bottom + 1)
        assert 2 * (low.right - 1) < min(width, here.right + 1)


@given(parts(), st.integers(0, 2**31))
def test_places_depend_on_their_neighbours_below_and_on_nothing_else(part, seed):
    box, sizes = part
    boxes = least_boxes(box, sizes)
    rng = np.random.default_rng(seed)
    wanted = rng.random(box.size) < rng.choice([0.001, 0.1])
    found = dependences(wanted, boxes)
    for need, low, here in list(zip(found, boxes, boxes[1:], strict=False))[::-1]:
        reached = set()
        for row, column in np.argwhere(wanted).tolist():
            for y in (-1, 0, 1):
                for x in (-1, 0, 1):  # of the level below, enlarged, as the 3 x 3 kernel sees it
                    reached.add(((here.top + row + y) // 2 - low.top, (here.left + column + x) // 2 - low.left))
        height, width = low.size
        inside = {(row, column) for row, column in reached if 0 <= row < height and 0 <= column < width}
        assert {tuple(place) for place in np.argwhere(need.pixels).tolist()} == inside
        assert np.array_equal(need.skip[here.within(low.doubled()).slices], wanted)
        assert need.skip.sum() == wanted.sum()
        wanted = need.pixels


def test_a_box_holds_all_holes_and_no_more():
    hole = np.zeros((50, 60), np.bool_)
    assert hole_box(hole.any(axis=1), hole.any(axis=0)) is None
    hole[10:12, 20] = True
    hole[40, 5:9] = True
    assert hole_box(hole.any(axis=1), hole.any(axis=0)) == LevelRegion(10, 41, 5, 21)


def test_few_sizes_reach_the_convolutions(monkeypatch: pytest.MonkeyPatch):
    """For each new one a library prepares a convolution and keeps it: memory would grow with the number of images."""
    seen: dict[int, set[torch.Size]] = {}
    for kind in (Kernel, UpKernel):

        def watch(self, x, *rest, compute=kind.__call__, **named):
            seen.setdefault(id(self), set()).add(x.shape)
            return compute(self, x, *rest, **named)

        monkeypatch.setattr(kind, "__call__", watch)
    engine = PConvEngine(PConvUNet(ModelSpec(width=2, depth=5)).eval())
    rng = np.random.default_rng(0)
    x = torch.rand(1, 3, 256, 256)
    for _ in range(80):
        mask = torch.ones(1, 1, 256, 256)
        height, width = rng.integers(1, 200, 2)
        top, left = rng.integers(0, 256 - height), rng.integers(0, 256 - width)
        mask[..., top : top + height, left : left + width] = 0
        engine.fill(x, mask)
    counts = [len(sizes) for sizes in seen.values()]
    assert 10 < max(counts) <= 6 * 6  # sides of 32, 64, 96, 128, 192 and 256 pixels of the image
    # One for each of the encoder's five convolutions and for two each of the levels of 8, 16 and 32 pixels.
    assert counts.count(1) >= 10


def test_small_images_reach_the_convolutions_in_one_size() -> None:
    sizes = [(128 >> level, 128 >> level) for level in range(8)]
    for side in (1, 10, 60, 128):
        assert [box.size for box in decoder_boxes(LevelRegion(0, side, 0, side), sizes)] == sizes[::-1]
