"""Lines that a hole interrupts: which are joined, how straight, and what is left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.methods.lines.joining import join_lines
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.texture import TexturedBackend

SIZE = (120, 140)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
DARK, BRIGHT = np.float32([0.3, 0.35, 0.2]), np.float32([0.6, 0.7, 0.8])


def horizon(slope: float, *, left: np.ndarray = BRIGHT, right: np.ndarray = BRIGHT, step: float = 0) -> np.ndarray:
    """Ground below a straight line through the middle, the sky above it of another colour on each side."""
    right_half = SIZE[1] / 2 <= COLUMNS
    below = (ROWS - SIZE[0] / 2 - slope * (COLUMNS - SIZE[1] / 2) - step * right_half).clip(-0.5, 0.5) + 0.5
    sky = np.where(right_half[:, :, None], right, left)
    return (sky + below[:, :, None] * (DARK - sky)).astype(np.float32)


def hole(top: int, left: int, height: int, width: int) -> np.ndarray:
    mask = np.ones(SIZE, bool)
    mask[top : top + height, left : left + width] = False
    return mask


def foggy(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """As a network fills a hole: with the mean of what was there."""
    return np.where(mask[:, :, None], image, image[~mask].mean(axis=0)).astype(np.float32)


MIDDLE = hole(30, 50, 60, 40)


@pytest.mark.parametrize("slope", [0, 0.1, -0.3, 0.7, 1.5])
def test_a_straight_edge_goes_on_across_the_hole(slope: float) -> None:
    image = horizon(slope)
    mask = hole(30, 50, 60, 40) if abs(slope) < 1 else hole(50, 40, 20, 60)
    drawn, sure = join_lines(foggy(image, mask), mask)
    on_line = sure > 0.99
    assert on_line.sum() > 130
    assert np.abs(drawn - image)[on_line].mean() < 0.03
    assert np.abs(foggy(image, mask) - image)[on_line].mean() > 0.1


def test_a_thin_drawn_line_keeps_its_colour_and_width() -> None:
    image = np.full((*SIZE, 3), 0.8, np.float32)
    image[59:62] = [0.5, 0.1, 0.1]
    drawn, _ = join_lines(foggy(image, MIDDLE), MIDDLE)
    np.testing.assert_allclose(drawn[56:65, 70], image[56:65, 70], atol=0.06)


def test_colours_turn_from_one_end_into_the_other() -> None:
    image = horizon(0, right=BRIGHT - np.float32(0.1))
    drawn, _ = join_lines(foggy(image, MIDDLE), MIDDLE)
    sky = drawn[57, 52:88].mean(axis=1)
    assert (np.diff(sky) < 1e-6).all()
    assert sky[0] - sky[-1] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    "image",
    [
        horizon(0, step=14),  # ends that point past one another
        horizon(0, right=DARK - np.float32(0.2)),  # light above on the left, dark above on the right
        horizon(0, left=DARK + np.float32(0.05), right=DARK + np.float32(0.05)),  # hardly an edge
        np.where(COLUMNS[:, :, None] < 70, horizon(0), np.float32(0.5)),  # it ends in the hole
    ],
    ids=["beside", "inverted", "faint", "ends"],
)
def test_what_does_not_fit_is_left_alone(image: np.ndarray) -> None:
    filled = foggy(image, MIDDLE)
    drawn, sure = join_lines(filled, MIDDLE)
    np.testing.assert_array_equal(drawn, filled)
    assert not sure.any()


def test_a_line_against_the_fills_own_tone_is_left_alone() -> None:
    mask = hole(40, 60, 40, 10)  # all of it near the rim, where the fill is trusted
    filled = horizon(0)
    assert join_lines(filled, mask)[1].any()
    filled[~mask] = [0.0, 0.9, 0.0]
    assert not join_lines(filled, mask)[1].any()


def test_narrow_holes_and_those_that_are_not_wanted_are_left_alone() -> None:
    image = horizon(0)
    narrow = hole(20, 70, 80, 4)
    assert not join_lines(foggy(image, narrow), narrow)[1].any()
    two = MIDDLE & hole(30, 10, 60, 20)
    wanted = ~MIDDLE
    _, sure = join_lines(foggy(image, two), two, wanted)
    assert sure[:, 50:90].any()
    assert not sure[:, :40].any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_only_holes_change_and_the_same_way_each_time(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    filled = (rng.random((height, width, 3)) > 0.5).astype(np.float32).repeat(4, 0).repeat(4, 1)
    mask = (rng.random((height, width)) > 0.3).repeat(4, 0).repeat(4, 1)
    mask[0, 0] = True
    drawn, sure = join_lines(filled, mask)
    np.testing.assert_array_equal(drawn[mask], filled[mask])
    assert not sure[mask].any()
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert 0 <= sure.min() <= sure.max() <= 1
    again, _ = join_lines(filled, mask)
    np.testing.assert_array_equal(drawn, again)


def test_patches_follow_a_line_that_the_guide_is_sure_of() -> None:
    grain = np.random.default_rng(0).normal(0, 0.03, (*SIZE, 1)).astype(np.float32)
    steep = horizon(0.5)
    image = (steep + grain).clip(0, 1)
    guide, sure = join_lines(foggy(image, MIDDLE), MIDDLE)
    seen = np.abs(complete(image, MIDDLE, guide=guide, sure=sure) - steep).max(axis=2)[sure > 0.99]
    unsure = np.abs(complete(image, MIDDLE, guide=foggy(image, MIDDLE)) - steep).max(axis=2)[sure > 0.99]
    assert (unsure > 0.15).mean() > 0.1
    assert (seen > 0.15).mean() < 0.05


def test_the_default_fill_joins_lines_and_keeps_the_grain() -> None:
    class Fog:
        name = "fog"

        def fill(self, rgb: np.ndarray, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
            return foggy(image, mask)

    grain = np.random.default_rng(1).normal(0, 0.03, (*SIZE, 1)).astype(np.float32)
    image = (horizon(-0.3) + grain).clip(0, 1)
    filled = TexturedBackend(Fog(), 0.5).fill(image, MIDDLE)
    on_line = join_lines(foggy(image, MIDDLE), MIDDLE)[1] > 0.99
    assert np.abs(filled - horizon(-0.3))[on_line].mean() < 0.06
    assert (filled - horizon(-0.3))[on_line].std() > 0.015
