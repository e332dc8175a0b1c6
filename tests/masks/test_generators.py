"""What makes each type itself."""

import cv2
import numpy as np
import pytest

from pconv_cli.masks.generate.compose import Piece, blank, compose, distance_from, earliest, timed
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.generate.noise import fractal_noise
from pconv_cli.masks.generate.occlusion import _inconsistent, _Motion
from pconv_cli.masks.generate.randomwalk import _folded, _walk, _widen
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.operations import dilate


def test_walk_goes_to_one_of_four_neighbours_and_arrivals_are_first_visits() -> None:
    order = _walk((40, 50), 3000, np.random.default_rng(2))
    places = np.argwhere(order < np.inf)
    for y, x in places:
        step = order[y, x]
        if step == order.min():
            continue
        before = [
            order[b, a] for b, a in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)) if 0 <= b < 40 and 0 <= a < 50
        ]
        assert min(before) < step  # the walk came from a neighbour it had seen before


def test_walk_is_reflected_at_both_ends() -> None:
    steps = np.array([1, 1, 1, 1, 1, 1, -1, -1, -1, -1], np.int32)
    assert _folded(2, steps, 4).tolist() == [3, 3, 2, 1, 0, 0, 0, 1, 2, 3]


def test_widened_walk_at_any_step_is_the_dilation_of_the_walk_so_far() -> None:
    order = _walk((48, 48), 400, np.random.default_rng(0))
    wide = _widen(order, 3)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    for step in (1, 57, 400):
        expected = cv2.dilate((order <= step).astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        assert np.array_equal(wide <= step, expected > 0)


def test_upright_rectangles_have_only_straight_edges() -> None:
    """In half of the masks every outline runs along rows and columns, and in the other half not."""
    upright = 0
    for seed in range(30):
        mask = draw_mask("rectangles", (128, 128), np.random.default_rng(seed), ratio=(0.2, 0.4))
        # Where only axis-parallel edges meet, few 2x2 windows hold an odd number of hole pixels (the corners).
        hole = (~mask).astype(int)
        corners = (hole[1:, 1:] + hole[:-1, 1:] + hole[1:, :-1] + hole[:-1, :-1]) % 2
        upright += corners.sum() < 40
    assert 6 < upright < 24


def test_cracks_are_thin_and_long_where_the_ratio_is_small() -> None:
    for seed in range(5):
        hole = ~draw_mask("cracks", (512, 512), np.random.default_rng(seed), ratio=(0.01, 0.02))
        _, _, figures, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
        spans = np.hypot(figures[1:, cv2.CC_STAT_WIDTH], figures[1:, cv2.CC_STAT_HEIGHT])
        largest = int(spans.argmax())
        assert spans[largest] > 60
        box = figures[1 + largest]
        assert box[cv2.CC_STAT_AREA] < 0.35 * box[cv2.CC_STAT_WIDTH] * box[cv2.CC_STAT_HEIGHT]


def test_flaking_lies_rather_beside_cracks() -> None:
    """With more hole than cracks alone take, patches have come that a 5-pixel brush cannot have drawn."""
    hole = ~draw_mask("cracks", (512, 512), np.random.default_rng(1), ratio=(0.3, 0.4))
    assert cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max() > 10


def test_a_shift_of_one_square_occludes_what_it_covers_and_bares_what_it_leaves() -> None:
    first, second = np.zeros((60, 60), np.uint8), np.zeros((60, 60), np.uint8)
    first[20:40, 20:40], second[20:40, 26:46] = 1, 1
    motion = _Motion(np.array([[[1, 0, 0], [0, 1, 0]], [[1, 0, 6], [0, 1, 0]]], np.float64))
    lost = _inconsistent(first, motion, second, motion.inverse())
    found = _inconsistent(second, motion.inverse(), first, motion)
    expected_lost, expected_found = np.zeros((60, 60), np.bool_), np.zeros((60, 60), np.bool_)
    expected_lost[20:40, 40:46], expected_found[20:40, 20:26] = True, True
    assert np.array_equal(lost, expected_lost)
    assert np.array_equal(found, expected_found)


def test_occlusion_is_no_thinner_than_its_narrowest_brush() -> None:
    """Opening by a brush narrower than the narrowest used changes little of an occlusion mask at 512."""
    hole = (~draw_mask("occlusion", (512, 512), np.random.default_rng(3), ratio=(0.2, 0.3))).astype(np.uint8)
    opened = cv2.morphologyEx(hole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    assert opened.sum() > 0.97 * hole.sum()


def test_noise_is_smooth_has_no_lattice_and_any_size() -> None:
    field = fractal_noise((200, 120), 40.0, 6, 0.5, np.random.default_rng(0))
    assert field.shape == (200, 120)
    assert np.isfinite(field).all()
    assert np.abs(np.diff(field, axis=0)).mean() < 0.25 * field.std()
    assert fractal_noise((1, 1), 40.0, 6, 0.5, np.random.default_rng(0)).shape == (1, 1)


# --- the composer ---


def disc(size: tuple[int, int], centre: tuple[int, int], radius: int) -> Piece:
    shape = blank(size)
    cv2.circle(shape, centre, radius, 255, -1)
    return Piece(shape)


def test_piece_too_many_is_laid_smaller_about_its_core() -> None:
    hole = compose(iter([disc((64, 64), (32, 32), 20)]), (64, 64), 300, 300)
    assert np.count_nonzero(hole) == 300
    y, x = np.nonzero(hole)
    # 300 pixels of a disc have a radius of 9.8; ties and the approximate distance leave about one pixel.
    assert np.hypot(y - 32, x - 32).max() < 11.5


def test_line_too_long_is_drawn_up_to_a_point() -> None:
    shape = blank((20, 100))
    cv2.line(shape, (5, 10), (95, 10), 255, 3)
    piece = Piece(shape, lambda: distance_from((20, 100), (5, 10)))
    hole = compose(iter([piece]), (20, 100), 90, 90)
    distance = distance_from((20, 100), (5, 10))
    left_out = (shape != 0) & ~hole
    assert not hole[shape == 0].any()
    assert distance[hole].max() <= distance[left_out].min()


def test_within_the_interval_the_last_piece_stays_whole() -> None:
    piece = disc((64, 64), (32, 32), 9)
    hole = compose(iter([piece]), (64, 64), 200, 400)
    assert np.array_equal(hole, piece.shape != 0)


def test_without_pieces_enough_the_hole_grows_outwards() -> None:
    seed = disc((64, 64), (32, 32), 5)
    hole = compose(iter([seed]), (64, 64), 1000, 1000)
    assert np.count_nonzero(hole) == 1000
    assert np.array_equal(hole & (seed.shape != 0), seed.shape != 0)
    assert dilate(~(seed.shape != 0), 16).sum() < 64 * 64 - 800
    assert np.count_nonzero(compose(iter([]), (64, 64), 17, 17)) == 17


def test_earliest_of_equals_are_the_uppermost() -> None:
    chosen = earliest(np.zeros((3, 3), np.float32), np.ones((3, 3), np.bool_), 4)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 2, 3]


def test_timed_piece_leaves_out_what_never_arrives() -> None:
    order = np.array([[1, np.inf], [0, 2]], np.float32)
    assert (timed(order).shape != 0).tolist() == [[True, False], [True, True]]
    assert compose(iter([timed(order)]), (2, 2), 2, 2).tolist() == [[True, False], [True, False]]


@pytest.mark.parametrize("kind", [kind for kind in MaskKind if kind is not MaskKind.MIXED])
def test_figures_scale_with_the_size(kind: MaskKind) -> None:
    """The widest part of the holes, in shares of the side, is alike at 128 and at 512."""

    def widest(side: int) -> float:
        found = []
        for seed in range(8):
            hole = ~draw_mask(kind, (side, side), np.random.default_rng(seed), ratio=(0.2, 0.3))
            padded = np.pad(hole.astype(np.uint8), 1)
            found.append(cv2.distanceTransform(padded, cv2.DIST_L2, 5).max() / side)
        return float(np.median(found))

    assert 0.4 < widest(512) / widest(128) < 2.5
