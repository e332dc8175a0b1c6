"""Neighbourhoods of holes: each hole pixel once, thin holes cut, wide ones whole, and never dearer than the image."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.methods.tiled.neighbourhoods import neighbourhoods
from pconv_cli.tiling.rect import Rect


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(8, 500), width=st.integers(8, 500), some=st.booleans())
def test_each_hole_pixel_that_is_wanted_belongs_to_one(seed: int, height: int, width: int, some: bool) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones((height, width), bool)
    for _ in range(rng.integers(0, 6)):
        top, left = rng.integers(height), rng.integers(width)
        mask[top : top + rng.integers(1, 90), left : left + rng.integers(1, 90)] = False
    wanted = None if not some else ~mask & (np.arange(width) < width // 2)
    times = np.zeros(mask.shape, int)
    planned = neighbourhoods(mask, wanted)
    for rect, own, _ in planned:
        assert own.shape == rect.size
        times[rect.slices] += own
    np.testing.assert_array_equal(times, ~mask if wanted is None else wanted)
    assert sum(window.rect.area for window in planned) <= mask.size


def test_a_scratch_through_the_image_gets_a_chain_of_windows() -> None:
    mask = np.ones((1500, 1500), bool)
    at = np.arange(1300)
    for beside in range(6):
        mask[at + 90, at + 90 + beside] = False
    planned = neighbourhoods(mask)
    assert len(planned) > 4
    assert sum(window.rect.area for window in planned) < 0.4 * mask.size
    for rect, own, cut in planned:
        assert cut
        rows, columns = np.nonzero(own)
        assert min(rows.min(), columns.min(), rect.height - 1 - rows.max(), rect.width - 1 - columns.max()) >= 48


def test_a_wide_hole_is_not_cut_and_sees_twice_its_depth() -> None:
    mask = np.ones((1200, 1200), bool)
    mask[500:700, 500:640] = False
    (only,) = neighbourhoods(mask)
    assert only.rect == Rect(360, 360, 480, 420)
    assert only.own.sum() == 200 * 140
    assert not only.cut
    assert neighbourhoods(mask, whole=True)[0].rect == Rect(0, 0, 1200, 1200)


def test_where_windows_are_no_cheaper_there_is_one_for_all() -> None:
    mask = np.ones((200, 200), bool)
    mask[20:180:10, 20:180:10] = False
    (only,) = neighbourhoods(mask)
    assert only.rect == Rect(0, 0, 200, 200)


def test_no_hole_no_window() -> None:
    assert neighbourhoods(np.ones((5, 5), bool)) == []


def test_a_large_image_full_of_holes_is_divided_so_that_memory_is_bounded() -> None:
    mask = np.ones((1500, 1800), bool)
    mask[10:1490:30, 10:1790] = mask[10:1490, 10:1790:30] = False  # one net of scratches
    planned = neighbourhoods(mask)
    assert 1 < len(planned) < 9
    assert max(window.rect.area for window in planned) <= 3 * 2**19
    times = np.zeros(mask.shape, int)
    for window in planned:
        times[window.rect.slices] += window.own
        assert not window.cut
    np.testing.assert_array_equal(times, ~mask)
    assert len(neighbourhoods(mask[:900, :900])) == 1


def test_a_wide_hole_larger_than_a_window_stays_whole() -> None:
    mask = np.ones((2000, 2000), bool)
    mask[200:1800, 200:1800] = False
    mask[20:24, 20:1980] = False
    planned = neighbourhoods(mask)
    (wide,) = [window for window in planned if window.own.sum() > 1_000_000]
    assert wide.own.sum() >= 1600 * 1600
