"""SSIM's maps against scikit-image, MS-SSIM against its definition written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from pconv_cli.evaluation.metrics.similarity import SCALE_WEIGHTS, maps, ms_ssim


def images(seed: int, height: int, width: int, channels: int = 3):
    rng = np.random.default_rng(seed)
    smooth = np.cumsum(rng.normal(0, 3, (height, width, channels)), axis=1)
    truth = np.clip(smooth + 128, 0, 255)
    return np.clip(truth + rng.normal(0, 12, truth.shape), 0, 255), truth


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(11, 40), st.integers(11, 40), st.sampled_from([1, 3]))
def test_the_map_is_scikit_images(seed: int, height: int, width: int, channels: int) -> None:
    result, truth = images(seed, height, width, channels)
    mean, full = structural_similarity(
        truth, result, data_range=255, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
        K1=0.01, K2=0.03, full=True,
    )  # fmt: skip
    got = maps(result, truth, 255).similarity
    assert np.abs(got - full).max() < 1e-10
    assert got[5:-5, 5:-5].mean() == pytest.approx(mean, abs=1e-10)


def test_flat_images_have_no_nan() -> None:
    flat = np.full((20, 20, 3), 255.0)
    assert maps(flat, flat, 255).similarity == pytest.approx(np.ones((20, 20, 3)))
    assert np.isfinite(maps(flat, 0 * flat, 255).similarity).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_ms_ssim_by_scipys_filter(channels: int) -> None:
    """The definition written out with another filter, mirrored borders cut off, a channel at a time."""
    result, truth = images(1, 200, 187, channels)
    products = []
    for a, b in zip(result.transpose(2, 0, 1), truth.transpose(2, 0, 1), strict=True):
        product = 1.0
        for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
            if scale:
                a, b = (x[: len(x) // 2 * 2, : x.shape[1] // 2 * 2] for x in (a, b))
                a, b = (x.reshape(len(x) // 2, 2, x.shape[1] // 2, 2).mean((1, 3)) for x in (a, b))

            def blurred(x: np.ndarray) -> np.ndarray:
                return gaussian_filter(x, 1.5, truncate=3.5)[5:-5, 5:-5]

            mean_a, mean_b = blurred(a), blurred(b)
            spread = blurred(a * a) - mean_a**2 + blurred(b * b) - mean_b**2
            cs = (2 * (blurred(a * b) - mean_a * mean_b) + 7.65**2) / (spread + 7.65**2)
            light = (2 * mean_a * mean_b + 2.55**2) / (mean_a**2 + mean_b**2 + 2.55**2)
            product *= max((cs * light if scale == 4 else cs).mean(), 0) ** weight
        products.append(product)
    got = ms_ssim(result / 255, truth / 255, np.zeros((200, 187), bool))
    assert got.whole == pytest.approx(np.mean(products), abs=1e-10)


def test_ms_ssim_of_a_region_is_the_product_of_its_means() -> None:
    result, truth = images(2, 176, 192, 1)
    mask = np.ones((176, 192), bool)
    mask[64:96, 32:80] = False  # whole blocks of 16 x 16
    product, a, b, hole = 1.0, result, truth, ~mask
    for scale, weight in enumerate(SCALE_WEIGHTS):
        both = maps(a, b, 255)
        values = both.similarity if scale == 4 else both.structure
        product *= max(float(values[hole].mean()), 0) ** weight
        if scale < 4:
            a, b = ((x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4 for x in (a, b))
            hole = hole[::2, ::2]
    assert ms_ssim(result / 255, truth / 255, mask).hole == pytest.approx(product, abs=1e-9)


def test_ms_ssim_needs_176_pixels() -> None:
    result, truth = images(3, 176, 176)
    assert ms_ssim(result[:175] / 255, truth[:175] / 255, np.ones((175, 176), bool)) == (None, None, None)
    whole = ms_ssim(result / 255, truth / 255, np.ones((176, 176), bool)).whole
    assert whole is not None
    assert 0 < whole < 1


def test_maps_leave_their_input_alone() -> None:
    result, truth = images(4, 20, 20, 1)
    kept = result.copy(), truth.copy()
    maps(result, truth, 255)
    assert np.array_equal(result, kept[0])
    assert np.array_equal(truth, kept[1])
