"""Two fills become one by depth."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.inpainting.depth import pass_by_depth


def ramp(side: int) -> NDArray[np.float32]:
    """Depth from 0 at the left to ``side - 1``."""
    return np.tile(np.arange(side, dtype=np.float32), (side, 1))


@given(seed=st.integers(0, 1000))
def test_the_first_at_the_rim_and_the_second_in_the_depth(seed: int) -> None:
    first, second = np.random.default_rng(seed).random((2, 26, 26, 3), np.float32)
    passed = pass_by_depth(first, second, ramp(26))
    np.testing.assert_array_equal(passed[:, :6], first[:, :6])
    np.testing.assert_allclose(passed[:, 22:], second[:, 22:], atol=1e-6)
    np.testing.assert_array_equal(pass_by_depth(first, first, ramp(26)), first)


def test_fine_detail_passes_before_tones() -> None:
    grey = np.full((32, 32, 3), 0.5, np.float32)
    checks = ((np.indices((32, 32)).sum(0) % 2) - 0.5)[..., None].repeat(3, 2).astype(np.float32)
    at_thirteen = np.s_[4:28, 13]
    detail = pass_by_depth(grey, grey + 0.1 * checks, ramp(32)) - grey
    tone = pass_by_depth(grey, grey + np.float32(0.1), ramp(32)) - grey
    assert np.abs(detail[at_thirteen]).mean() > 0.042  # of 0.05
    assert np.abs(tone[at_thirteen]).mean() < 0.03  # of 0.1
