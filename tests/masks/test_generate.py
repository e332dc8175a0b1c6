"""Every type of mask: the ratio to the pixel, the border kept, the same again from the same seed."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.errors import UsageError
from pconv_cli.masks.generate.drawing import GENERATORS, MIXED, draw_mask, reachable_ratio
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import RATIO_CLASSES, hole_ratio, touches_border

KINDS = list(MaskKind)
kinds = st.sampled_from(KINDS)
sides = st.integers(16, 160)


def draw(kind: MaskKind, size: tuple[int, int], seed: int, ratio: tuple[float, float], border: bool | None = None):
    return draw_mask(kind, size, np.random.default_rng(seed), ratio=ratio, border=border)


@given(kinds, st.tuples(sides, sides), st.sampled_from(RATIO_CLASSES), st.booleans(), st.integers(0, 2**32))
def test_ratio_is_met_and_border_kept(
    kind: MaskKind, size: tuple[int, int], ratio: tuple[float, float], border: bool, seed: int
) -> None:
    if ratio[0] + 1 / (size[0] * size[1]) > reachable_ratio(kind, size, border):
        with pytest.raises(UsageError, match="reach a hole ratio of"):
            draw(kind, size, seed, ratio, border)
        return
    mask = draw(kind, size, seed, ratio, border)
    assert mask.shape == size
    assert mask.dtype == np.bool_
    assert ratio[0] < hole_ratio(mask) <= ratio[1]
    assert border or not touches_border(mask)


@given(kinds, st.tuples(sides, sides), st.floats(0.0, 0.78), st.integers(0, 2**32))
def test_one_single_number_of_pixels_is_met(kind: MaskKind, size: tuple[int, int], share: float, seed: int) -> None:
    pixels = size[0] * size[1]
    count = max(1, int(share * pixels))
    mask = draw(kind, size, seed, ((count - 0.5) / pixels, (count + 0.5) / pixels))
    assert np.count_nonzero(~mask) == count


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 7), (5, 3), (16, 16), (12, 700), (700, 12)])
def test_odd_sizes(kind: MaskKind, size: tuple[int, int]) -> None:
    for seed in range(3):
        assert 0.2 < hole_ratio(draw(kind, size, seed, (0.2, 0.6))) <= 0.6


@pytest.mark.parametrize("kind", KINDS)
def test_far_end_of_what_a_type_reaches(kind: MaskKind) -> None:
    reach = reachable_ratio(kind, (64, 64))
    for seed in range(3):
        assert reach - 0.02 < hole_ratio(draw(kind, (64, 64), seed, (reach - 0.02, reach))) <= reach


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_equal_masks_and_other_seeds_others(kind: MaskKind) -> None:
    first, again, other = (draw(kind, (96, 80), seed, (0.1, 0.3)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_nothing(kind: MaskKind) -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = draw(kind, (300, 300), 1, (0.2, 0.3))
        cv2.setNumThreads(4)
        four = draw(kind, (300, 300), 1, (0.2, 0.3))
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(one, four)


@pytest.mark.parametrize("kind", list(GENERATORS))
def test_holes_come_in_pieces_not_as_dust(kind: MaskKind) -> None:
    """Most of the hole lies in parts of some size, so no type meets its ratio by scattered pixels."""
    for seed in range(4):
        mask = draw(kind, (256, 256), seed, (0.1, 0.2))
        _, _, figures, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
        areas = figures[1:, cv2.CC_STAT_AREA]
        assert areas[areas >= 30].sum() > 0.9 * areas.sum()


def test_mixed_draws_from_its_three_alike() -> None:
    found = []
    for seed in range(240):
        mask = draw(MaskKind.MIXED, (32, 32), seed, (0.2, 0.3))
        for kind in MIXED:
            rng = np.random.default_rng(seed)
            # What the mixture does, by hand: the number of pixels first, then the type.
            rng.integers(205, 308)
            found += [kind] if MIXED[int(rng.integers(3))] is kind else []
        assert not mask.all()
    counts = [found.count(kind) for kind in MIXED]
    assert len(found) == 240
    assert min(counts) > 55


@pytest.mark.parametrize(
    ("kind", "size", "ratio", "border", "message"),
    [
        ("cracks", (512, 512), (0.85, 0.9), None, "cracks masks of 512x512 reach a hole ratio of 0.8, not"),
        ("shapes", (512, 512), (0.7, 0.8), False, "no hole within 50 px of the edge reach a hole ratio of 0.61"),
        ("shapes", (64, 48), (0.97, 0.99), True, "of 48x64 reach a hole ratio of 0.95"),
        ("shapes", (4, 4), (0.01, 0.02), None, "no mask of 4x4 pixels has a hole ratio in"),
        ("shapes", (64, 64), (0.3, 0.3), None, "is not an interval within 0-1"),
        ("shapes", (64, 64), (-0.1, 0.3), None, "is not an interval within 0-1"),
        ("shapes", (64, 64), (0.5, 1.1), None, "is not an interval within 0-1"),
        ("shapes", (0, 64), (0.1, 0.2), None, "a mask of 64x0 pixels is not possible"),
        ("mixed", (2, 2), (0.1, 0.5), False, "reach a hole ratio of 0"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    kind: str, size: tuple[int, int], ratio: tuple[float, float], border: bool | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        draw_mask(kind, size, np.random.default_rng(0), ratio=ratio, border=border)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
