"""Which connected areas are damage, by how many of their pixels are certain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect import evidence
from pconv_cli.masks.detect.judging import Limits, judged

CELL = 16


def expected(
    likely: np.ndarray, again: np.ndarray, certain: np.ndarray, strange: np.ndarray, limits: Limits
) -> np.ndarray:
    """The same of the whole image, area by area."""

    def believed(likely: np.ndarray, sure: np.ndarray) -> np.ndarray:
        labels, count = ndimage.label(likely, np.ones((3, 3)))
        kept = np.zeros_like(likely)
        for area in (labels == number for number in range(1, count + 1)):
            if (sure & area).sum() >= max(limits.pixels, limits.share * area.sum()):
                kept |= area
        return kept

    first = believed(likely, certain)
    if limits.evidence is None:
        return first
    seen, sure = likely.copy(), certain.copy()
    for top in range(0, likely.shape[0], CELL):
        for left in range(0, likely.shape[1], CELL):
            around = np.s_[max(0, top - CELL) : top + 2 * CELL, max(0, left - CELL) : left + 2 * CELL]
            odd = (strange & ~first)[around].sum()
            if first[around].mean() >= limits.evidence and odd <= first[around].sum():
                square = np.s_[top : top + CELL, left : left + CELL]
                seen[square] = sure[square] = again[square]
    return believed(seen, sure)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    share=st.sampled_from([0, 0.3, 0.5]),
    pixels=st.integers(1, 6),
    least=st.sampled_from([None, 0.02, 0.2]),
    side=st.integers(5, 60),
    twice=st.booleans(),
)
def test_areas_are_judged_as_in_the_whole_image(
    seed: int, share: float, pixels: int, least: float | None, side: int, twice: bool
) -> None:
    rng = np.random.default_rng(seed)
    likely = rng.random((47, 53)) < rng.uniform(0.05, 0.35)
    certain = likely & (rng.random((47, 53)) < rng.uniform(0.02, 0.5))
    again = rng.random((47, 53)) < 0.25 if twice else likely
    strange = likely & (rng.random((47, 53)) < rng.random())
    limits = Limits(0.8, 0.2, share, pixels, least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "CELL", CELL)
        look_again = (lambda rect: again[rect.slices]) if twice else None
        found = judged(
            PackedMask.of(~likely), PackedMask.of(~certain), limits, side, look_again, PackedMask.of(~strange)
        )
    np.testing.assert_array_equal(~found.whole(), expected(likely, again, certain, strange, limits))
