"""Damage found in windows is what is found in the whole image."""

import functools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.detection import Search, count_areas, search_scene
from pconv_cli.masks.detect.learned import MARGIN, STEP
from pconv_cli.masks.detect.thinning import thinned
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.large.parts import connected_to, large_parts
from pconv_cli.masks.large.windowed import SearchedArray
from pconv_cli.masks.operations import dilate_packed, spread

GREEN = (0, 255, 0)


@functools.cache
def damaged(seed: int, jpeg: bool, size: tuple[int, int] = (90, 110)) -> np.ndarray:
    """An image with lines, losses and paint anywhere, across the borders of any windows."""
    height, width = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    grey = 130 + 40 * np.sin(x / 17 + seed) + 40 * np.cos(y / 13) + rng.normal(0, 4, size)
    image = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, 2)
    for colour in ((250,) * 3, (5,) * 3, (10,) * 3, (255,) * 3, GREEN, GREEN):
        ends = rng.integers(0, (width, height), (3, 2)).astype(np.int32)
        cv2.polylines(image, [ends], False, colour, int(rng.integers(1, 4)))
        place, axes = rng.integers(0, (width, height)), rng.integers(3, 20, 2)
        cv2.ellipse(image, [*map(int, place)], [*map(int, axes)], 30, 0, 360, colour, -1)
    # One line of either kind over all that, so that there is something to find in each.
    for row, colour in ((25, (5,) * 3), (70, (250,) * 3)):
        cv2.line(image, (0, row), (width - 1, row + int(rng.integers(-15, 16))), colour, 2)
    if jpeg:
        image = cv2.imdecode(cv2.imencode(".jpg", image)[1], cv2.IMREAD_COLOR)
    return image.astype(np.float32) / np.float32(255)


SEARCHES = [
    Search(colours=[GREEN, (255, 255, 255)], dilate=5),
    Search([Damage.WHITE, Damage.BLACK], rules=True, min_area=40),
    Search([Damage.CRACKS], rules=True, contrast=8, min_area=0),
    Search([Damage.SCRATCHES], rules=True, width=12),
]
NAMES = ["paint", "losses", "cracks", "wide scratches"]
BY_THE_NETWORK = Search(list(Damage), certainty=0.4)


@pytest.mark.parametrize("search", SEARCHES, ids=NAMES)
@settings(max_examples=4)
@given(seed=st.integers(0, 3), jpeg=st.booleans(), side=st.integers(20, 80))
def test_windows_change_nothing(search: Search, seed: int, jpeg: bool, side: int) -> None:
    alpha = np.ones((90, 110), np.float32)
    alpha[40:44, 10:50] = 0
    image = SearchedArray(damaged(seed, jpeg), alpha)
    whole, windowed = search_scene(image, search), search_scene(image, search, side)
    assert np.array_equal(windowed.whole(), whole.whole())
    assert whole.hole_pixels
    assert count_areas(windowed, side) == count_areas(whole)


@pytest.mark.parametrize("search", [BY_THE_NETWORK, Search(list(Damage))], ids=["one certainty", "evidence"])
def test_windows_change_nothing_by_the_network(search: Search) -> None:
    """Its margin is wide: the image is as large as it takes for each window to be cut out of it."""
    size, side = (299, 413), 150
    assert side + MARGIN < min(size)
    assert all(length % STEP for length in size)
    image = SearchedArray(damaged(0, False, size))
    whole, windowed = search_scene(image, search), search_scene(image, search, side)
    assert np.array_equal(windowed.whole(), whole.whole())
    assert count_areas(windowed, side) == count_areas(whole) > 2


@pytest.mark.parametrize(
    "search",
    [*SEARCHES, BY_THE_NETWORK, Search([Damage.WHITE]), Search([Damage.CRACKS])],
    ids=[*NAMES, "by the network", "losses with evidence", "lines with evidence"],
)
def test_all_windows_that_are_announced_are_seen(search: Search) -> None:
    reported: list[tuple[int, int]] = []
    image = SearchedArray(damaged(0, False), np.ones((90, 110), np.float32))
    search_scene(image, search, 40, lambda done, total: reported.append((done, total)))
    total = reported[0][1]
    assert total % 9 == 0
    assert reported == [(done, total) for done in range(total + 1)]
    count_areas(search_scene(image, search, 40), 40)
    assert len(reported) == total + 1  # of nothing else


def areas(rng: np.random.Generator, share: float) -> np.ndarray:
    return rng.random((37, 45)) < share


@given(seed=st.integers(0, 10**6), share=st.floats(0, 0.7), side=st.integers(1, 50), least=st.integers(1, 12))
def test_parts_are_put_together_across_windows(seed: int, share: float, side: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    area, seeds = areas(rng, share), areas(rng, 0.02)
    packed = PackedMask.of(~area)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=8)
    large = (stats[:, cv2.CC_STAT_AREA] >= least) & (np.arange(len(stats)) > 0)
    kept, count = large_parts(packed, least, side)
    assert np.array_equal(~kept.whole(), large[labels])
    assert count == large.sum()
    seeded = np.isin(labels, labels[seeds & area]) & area
    assert np.array_equal(~connected_to(packed, PackedMask.of(~(seeds & area)), side).whole(), seeded)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), px=st.integers(0, 30), side=st.integers(1, 50))
def test_growth(seed: int, px: int, side: int) -> None:
    area = areas(np.random.default_rng(seed), 0.005)
    assert np.array_equal(~dilate_packed(PackedMask.of(~area), px, side).whole(), spread(area, px))


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("degrees", [0, 10, 20, 30, 40, 45, 60, 75, 135])
def test_a_line_thins_to_its_middle_and_is_as_long_as_it_was(width: int, degrees: int) -> None:
    x, y = 100 * np.cos(np.deg2rad(degrees)), 100 * np.sin(np.deg2rad(degrees))
    area = np.zeros((130, 230), np.uint8)
    cv2.line(area, (115, 15), (115 + round(x), 15 + round(y)), 1, width)
    skeleton = thinned(area > 0, 10)
    assert not (skeleton & (area == 0)).any()
    assert cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)[0] == 2
    assert abs(int(skeleton.sum()) - 1 - max(abs(x), abs(y))) <= 3
    assert np.array_equal(thinned(skeleton, 10), skeleton)


def test_stairs_of_two_pixels_thin_to_a_diagonal() -> None:
    area = np.eye(40, dtype=np.bool_) | np.eye(40, k=1, dtype=np.bool_)
    assert thinned(area, 10).sum() >= 39


def test_thinning_looks_two_pixels_far_in_a_round() -> None:
    area = areas(np.random.default_rng(0), 0.8)
    other = area.copy()
    other[:, 30:] ^= True
    assert np.array_equal(thinned(area, 3)[:, :24], thinned(other, 3)[:, :24])
    assert not np.array_equal(thinned(area, 1), thinned(area, 3))
