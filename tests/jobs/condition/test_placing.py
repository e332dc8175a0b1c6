"""Numbers on a map: near their losses, within it, and apart from one another."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.jobs.condition.placing import Placed, place_numbers
from pconv_cli.jobs.condition.sizes import GAP, LEAST, SIDE

NEARLY = GAP - 1e-6


def apart(one: Placed, other: Placed) -> bool:
    beside = one.left + one.width + NEARLY <= other.left or other.left + other.width + NEARLY <= one.left
    return beside or one.top + one.height + NEARLY <= other.top or other.top + other.height + NEARLY <= one.top


@settings(max_examples=8, deadline=None)
@given(st.integers(LEAST, SIDE), st.integers(0, 60), st.integers(0, 2**32 - 1), st.sampled_from([0.02, 1.0]))
def test_numbers_stay_inside_and_apart(height: int, count: int, seed: int, spread: float) -> None:
    width = SIDE
    rng = np.random.default_rng(seed)
    anchors = rng.random((count, 2)) * (width, height) * spread
    texts = [str(number + 1) for number in range(count)]
    placed = place_numbers(texts, anchors, np.zeros(count), np.zeros((height, width), np.bool_), (height, width))
    boxes = [box for box in placed if box is not None]
    assert len(boxes) == count or count > 40
    for box in boxes:
        assert 0 <= box.left <= box.left + box.width <= width
        assert 0 <= box.top <= box.top + box.height <= height
    assert all(apart(one, other) for number, one in enumerate(boxes) for other in boxes[:number])


def test_a_number_stands_within_a_large_loss_and_beside_a_small_one() -> None:
    lost = np.zeros((600, 1000), np.bool_)
    lost[200:400, 300:500] = True
    lost[98:103, 798:803] = True
    anchors = np.array([[400.0, 300.0], [800.5, 100.5]])
    large, small = place_numbers(["1", "2"], anchors, np.array([100.0, 2.5]), lost, (600, 1000))
    assert large is not None
    assert small is not None
    assert (large.left + large.width / 2, large.top + large.height / 2) == (400, 300)
    assert not (small.left <= 800.5 <= small.left + small.width and small.top <= 100.5 <= small.top + small.height)
    assert np.hypot(small.left + small.width / 2 - 800.5, small.top + small.height / 2 - 100.5) < 60


def test_a_number_rather_covers_what_is_sound() -> None:
    lost = np.zeros((400, 400), np.bool_)
    lost[:, 200:] = True
    (box,) = place_numbers(["1"], np.array([[200.0, 200.0]]), np.zeros(1), lost, (400, 400))
    assert box is not None
    assert box.left + box.width <= 201


def test_where_there_is_no_room_a_number_is_left_out() -> None:
    placed = place_numbers(["1", "2"], np.full((2, 2), 20.0), np.zeros(2), np.zeros((30, 60), np.bool_), (30, 60))
    assert sum(box is None for box in placed) == 1
