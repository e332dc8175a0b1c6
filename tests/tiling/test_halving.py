"""Halving, against loops over blocks; odd sides and holes among them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.tiling.halving import any_of_blocks, halve_known, halve_whole


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6))
def test_halving_averages_what_is_valid(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.random((height, width, 3)).astype(np.float32)
    mask = rng.random((height, width)) > 0.5
    half, valid = halve_known(np.where(mask[:, :, None], rgb, np.float32(np.nan)), mask)
    assert valid.shape == half.shape[:2] == ((height + 1) // 2, (width + 1) // 2)
    for row in range(valid.shape[0]):
        for column in range(valid.shape[1]):
            four = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            known = rgb[four][mask[four]]
            assert valid[row, column] == bool(known.size)
            expected = known.mean(axis=0) if known.size else 0
            np.testing.assert_allclose(half[row, column], expected, atol=1e-6)


@given(st.integers(2, 9), st.integers(2, 9), st.sampled_from([(), (3,)]), st.integers(0, 10**6))
def test_halving_a_whole_averages_four_and_leaves_an_odd_end_out(
    height: int, width: int, channels: tuple[int, ...], seed: int
) -> None:
    values = np.random.default_rng(seed).random((height, width, *channels))
    half = halve_whole(values)
    assert half.shape == (height // 2, width // 2, *channels)
    for row in range(height // 2):
        for column in range(width // 2):
            four = values[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            np.testing.assert_allclose(half[row, column], four.mean(axis=(0, 1)), atol=1e-12)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 7), st.integers(0, 10**6))
def test_a_block_has_a_flag_where_any_of_its_pixels_has_one(height: int, width: int, factor: int, seed: int) -> None:
    flags = np.random.default_rng(seed).random((height, width)) < 0.1
    before = flags.copy()
    blocks = any_of_blocks(flags, factor)
    assert blocks.shape == (-(-height // factor), -(-width // factor))
    for row, column in np.ndindex(blocks.shape):
        here = flags[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        assert blocks[row, column] == here.any()
    np.testing.assert_array_equal(flags, before)
