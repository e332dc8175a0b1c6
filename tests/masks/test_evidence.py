"""Places that are damaged for certain, counted in squares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect import evidence
from pconv_cli.masks.detect.evidence import CELL, damaged_places
from pconv_cli.tiling.rect import Rect


@settings(max_examples=30)
@given(size=st.tuples(st.integers(1, 70), st.integers(1, 70)), share=st.floats(0.01, 0.9), seed=st.integers(0, 10**6))
def test_a_square_is_judged_by_its_surroundings(size: tuple[int, int], share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    certain = rng.random(size) < rng.random() * rng.random(size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "CELL", 16)
        found = damaged_places(PackedMask.of(~certain), share)
    expected = []
    for top in range(0, size[0], 16):
        for left in range(0, size[1], 16):
            around = certain[max(0, top - 16) : top + 32, max(0, left - 16) : left + 32]
            if around.sum() >= share * around.size:
                expected.append(Rect.between(top, left, min(size[0], top + 16), min(size[1], left + 16)))
    assert found == expected


def test_evidence_counts_near_by_alone() -> None:
    certain = PackedMask((4 * CELL, 3 * CELL))
    certain.put_hole(Rect(0, 0, 40, 40), np.ones((40, 40), np.bool_))
    squares = [Rect(row * CELL, column * CELL, CELL, CELL) for row in (0, 1) for column in (0, 1)]
    assert damaged_places(certain, 0.0012) == squares[:1]
    assert damaged_places(certain, 0.0005) == squares
    assert damaged_places(certain, 0.002) == []


def test_evidence_is_void_where_most_that_it_would_let_in_is_of_another_colour() -> None:
    certain, strange = (PackedMask((4 * CELL, 3 * CELL)) for _ in range(2))
    certain.put_hole(Rect(0, 0, 40, 40), np.ones((40, 40), np.bool_))
    strange.put_hole(Rect(0, 0, 40, 40), np.ones((40, 40), np.bool_))  # certain all the same
    strange.put_hole(Rect(CELL, 0, 40, 40), np.ones((40, 40), np.bool_))  # next to the first square
    squares = damaged_places(certain, 0.0005)
    assert damaged_places(certain, 0.0005, strange) == squares
    strange.put_hole(Rect(CELL, 0, 1, 41), np.ones((1, 41), np.bool_))
    assert damaged_places(certain, 0.0005, strange) == []
    certain.put_hole(Rect(0, 2 * CELL, 50, 50), np.ones((50, 50), np.bool_))  # more is certain, near one half of them
    assert damaged_places(certain, 0.0005, strange) == [
        *squares[1:2],
        Rect(0, 2 * CELL, CELL, CELL),
        *squares[3:],
        Rect(CELL, 2 * CELL, CELL, CELL),
    ]
