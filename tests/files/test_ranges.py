"""The range in which an image's holes are filled: its own, whatever its type holds, and whatever a hot pixel says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.files.colour.ranges import SampleRange, blank_pixels
from pconv_cli.files.stored import StoredImage


def noise(size: tuple[int, int] = (40, 50), channels: int = 3, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).random((*size, channels), np.float32)


@given(low=st.floats(-1e5, 1e5), span=st.floats(1e-3, 1e6), seed=st.integers(0, 99))
def test_there_and_back(low: float, span: float, seed: int) -> None:
    scale = SampleRange(low, low + span)
    values = noise((5, 6), seed=seed)
    back = scale.values(scale.samples(values, np.dtype(np.float32)))
    step = np.spacing(np.float32(abs(low) + span)) / span  # the least step of a float32 sample
    np.testing.assert_allclose(back, values, atol=4 * step + 1e-6)


@pytest.mark.parametrize("bits", range(9, 17))
def test_whole_numbers_of_any_depth_come_back_as_they_are(bits: int) -> None:
    top = 2**bits - 1
    samples = np.rint(noise() * top).astype(np.uint16)
    scale = StoredImage(samples).range()
    own = (float(samples.min()), float(samples.max())) if bits < 16 else (0.0, 65535.0)
    assert tuple(scale) == pytest.approx(own, abs=0)
    np.testing.assert_array_equal(scale.samples(scale.values(samples), samples.dtype), samples)


@pytest.mark.parametrize("scale", [1e-3, 0.3, 255.0, 1e5])
@pytest.mark.parametrize("base", [-1.0, -0.5, 0.0, 7.0])
def test_floats_run_over_what_is_known_of_them(scale: float, base: float) -> None:
    samples = ((noise() + base) * np.float32(scale)).astype(np.float32)
    mask = np.ones((40, 50), bool)
    mask[3:9, 4:9] = False
    damaged = samples.copy()
    damaged[~mask] = -9999
    expected = (samples[mask].min(), samples[mask].max())
    assert tuple(StoredImage(damaged).range(mask)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("hot", [50.0, 1e3, 1e6, -1e5, np.nan, np.inf, -np.inf, np.finfo(np.float32).min])
def test_a_hot_pixel_is_no_range(hot: float) -> None:
    samples = noise() * np.float32(0.9)
    samples[5, 5] = hot
    assert tuple(StoredImage(samples).range()) == (0.0, 1.0)
    assert tuple(StoredImage(samples * np.float32(0.01)).range())[1] == pytest.approx(0.009, rel=0.01)


def test_no_data_that_floods_an_image_is_no_range_either() -> None:
    samples = 2400 + 70 * noise(channels=1)
    samples[:, 20:] = np.finfo(np.float32).min
    low, high = StoredImage(samples).range()
    assert 2400 <= low < high <= 2470


def test_eight_bits_run_to_255_whatever_they_hold() -> None:
    assert tuple(StoredImage(np.full((4, 5, 3), 7, np.uint8)).range()) == (0.0, 255.0)


def test_a_flat_image_is_filled_with_what_it_is() -> None:
    for flat in (np.full((6, 7, 3), 500, np.uint16), np.full((6, 7, 1), -3.5, np.float32)):
        mask = np.ones((6, 7), bool)
        mask[2:4, 2:4] = False
        image = StoredImage(flat)
        filled = image.with_holes_filled(np.full((6, 7, 3), 0.01, np.float32), mask)
        np.testing.assert_array_equal(filled.samples, flat)


def test_what_says_nothing() -> None:
    assert blank_pixels(np.zeros((3, 4, 3), np.uint8)) is None
    assert blank_pixels(np.full((3, 4, 4), 1, np.uint8)) is None
    samples = np.ones((3, 4, 4), np.float32)
    samples[0, 0, 3] = 0
    samples[1, 1, 2] = np.nan
    samples[2, 2, 0] = -np.inf
    blank = blank_pixels(samples)
    assert blank is not None
    assert np.argwhere(blank).tolist() == [[0, 0], [1, 1], [2, 2]]
    assert blank_pixels(np.float32([[[0.5], [np.nan]]])).tolist() == [[False, True]]  # type: ignore[union-attr]


def test_hidden_colours_are_no_range() -> None:
    samples = np.rint(noise(channels=4) * 400).astype(np.uint16) + np.uint16(1)
    samples[:, :20] = 60000
    samples[:, :20, 3] = 0
    assert StoredImage(samples).range().high == samples[:, 20:, :3].max()
