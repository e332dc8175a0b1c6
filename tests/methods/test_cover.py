"""The plan of windows: who fills what, with what context, at which sizes, and that batches change nothing."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.tiled.coarse import WindowLimits, plan_at
from pconv_cli.tiling.by_pixels import ladder
from pconv_cli.tiling.rect import Rect
from tests.tiling.rooms import plan_grid, room, wanted_room

TILING = WindowLimits(tile=512, overlap=128, reach=128, multiple=16)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Specks, strokes and large holes, at the borders too; with a valid pixel."""
    height, width = draw(st.integers(1, 900)), draw(st.integers(1, 900))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    hole = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(0, 40))):
        one, other = ([int(rng.integers(side)) for side in (width, height)] for _ in range(2))
        if rng.random() < 0.6:
            cv2.circle(hole, one, int(rng.integers(0, 30)), 1, -1)
        elif rng.random() < 0.7:
            cv2.line(hole, one, other, 1, int(rng.integers(1, 20)))
        else:
            cv2.rectangle(hole, one, other, 1, -1)
    hole[int(rng.integers(height)), int(rng.integers(width))] = 0
    return hole == 0


@settings(max_examples=25)
@given(masks())
def test_every_hole_pixel_is_filled_by_those_that_own_it_and_sees_its_surroundings(mask: Mask) -> None:
    plan, known, depth = plan_at(mask, TILING)
    wanted = wanted_room(~known, depth, 512, 32)
    times, grids = np.zeros(mask.shape, int), np.zeros(mask.shape, bool)
    seen = np.full(mask.shape, -1)
    sides = ladder(512, 16)
    for rect, label, grid, _ in plan.windows:
        assert 0 <= rect.top <= rect.bottom <= mask.shape[0]
        assert 0 <= rect.left <= rect.right <= mask.shape[1]
        assert rect.height in sides or (rect.height == mask.shape[0] and rect.height <= 512)
        assert rect.width in sides or (rect.width == mask.shape[1] and rect.width <= 512)
        assert known[rect.slices].any()
        labels = plan.labels[rect.slices]
        alone, shared = (labels == label) & (label > 0), (labels == grid) & (grid > 0)
        assert alone.any() or shared.any()
        times[rect.slices] += alone
        grids[rect.slices] |= shared
        here = room(rect, mask.shape)
        assert (here[alone] >= wanted[rect.slices][alone]).all()
        seen[rect.slices][shared] = np.maximum(seen[rect.slices][shared], here[shared])
    np.testing.assert_array_equal((times == 1) ^ grids, ~known)
    assert times.max(initial=0) <= 1
    assert (seen[grids] >= 31).all()
    np.testing.assert_array_equal(plan.labels > 0, ~known)


@settings(max_examples=15)
@given(masks())
def test_a_plan_is_no_dearer_than_one_grid_of_large_tiles(mask: Mask) -> None:
    plan, known, _ = plan_at(mask, TILING)
    grid = plan_grid(known, 512, 128)
    assert plan.pixels <= sum(rect.area for rect in grid) + 2000 * len(grid)


def test_a_speck_costs_little_and_specks_close_by_share_a_window() -> None:
    mask = np.ones((2000, 2000), bool)
    mask[500:510, 900:910] = False
    assert [window.rect for window in plan_at(mask, TILING)[0].windows] == [Rect(441, 841, 128, 128)]
    mask[520:530, 930:940] = False
    assert len(plan_at(mask, TILING)[0].windows) == 1
    mask[1500, 100] = False
    assert len(plan_at(mask, TILING)[0].windows) == 2
    mask[100:110, 100:1900] = False
    assert plan_at(mask, TILING)[0].pixels < 0.6 * 5 * 512 * 512  # of a long scratch, five large tiles
    assert plan_at(np.ones((60, 60), bool), TILING)[0].windows == []


@pytest.mark.parametrize(("tile", "multiple", "sides"), [(512, 128, [128, 256, 384, 512]), (512, 256, [256, 512])])
def test_sides_of_windows(tile: int, multiple: int, sides: list[int]) -> None:
    assert ladder(tile, multiple) == sides
    assert ladder(96, multiple) == [96]
    assert ladder(300, 64) == [128, 192, 256, 300]
    assert ladder(225, 8) == [128, 160, 192, 224, 225]
    assert ladder(tile, multiple, 256) == [side for side in sides if side >= 256]
    assert ladder(96, multiple, 256) == [96]


@pytest.mark.parametrize("network", ["tiny_weights", "tiny_pyramid"])
def test_the_size_of_batches_makes_no_difference(
    network: str,
    smooth: Callable[[tuple[int, int]], Any],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    mask = np.ones((500, 1500), bool)
    for place in range(12):
        mask[30 + 37 * place : 36 + 37 * place, 20 + 140 * (place % 4) : 30 + 140 * (place % 4)] = False
    mask[250:254] = False
    rgb = smooth((500, 1500))
    asked: list[int] = []
    compute = PConvBackend._fill_batch

    def watch(self: PConvBackend, parts: Any) -> Any:
        asked.append(len(parts))
        return compute(self, parts)

    backend = PConvBackend.load(request.getfixturevalue(network), "cpu", "float32", tile=512, overlap=128)
    monkeypatch.setattr(PConvBackend, "_fill_batch", watch)
    together = backend.fill(rgb, mask)
    assert max(asked) > 1
    backend._sizes.batch = 1
    asked.clear()
    alone = backend.fill(rgb, mask)
    assert max(asked) == 1
    np.testing.assert_allclose(alone, together, atol=1e-5)
    np.testing.assert_array_equal(alone[mask], rgb[mask])
