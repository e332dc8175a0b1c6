"""The metrics against scikit-image, plain float64 arithmetic and values worked out by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pconv_cli.evaluation.metrics import differences as metrics
from pconv_cli.evaluation.metrics import similarity
from pconv_cli.evaluation.metrics.differences import Score

METRICS = [metrics.psnr, similarity.ssim, similarity.ms_ssim, metrics.l1, metrics.mse, metrics.tv]
PLAIN = [metric for metric in METRICS if metric is not similarity.ms_ssim]  # small images will do
Noise = Callable[..., NDArray[Any]]


def test_psnr_and_ssim_are_scikit_images(noise: Noise, square: Noise) -> None:
    a, b, mask = noise((40, 30, 3), 1), noise((40, 30, 3), 2), square((40, 30), 10)
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    expected = peak_signal_noise_ratio(b64, a64, data_range=255)
    assert metrics.psnr(a, b, mask).whole == pytest.approx(expected, abs=1e-12)
    mean, full = structural_similarity(
        a64, b64, data_range=255, channel_axis=-1, win_size=11, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    got = similarity.ssim(a, b, mask)
    assert got.whole == pytest.approx(mean, abs=1e-12)
    assert got.hole == pytest.approx(full[15:25, 10:20].mean(), abs=1e-12)


def test_ssim_of_one_window_by_hand(noise: Noise) -> None:
    """An 11 x 11 image has one whole window, whose SSIM is worked out here from the definition."""
    a, b = noise((11, 11, 1), 1), noise((11, 11, 1), 2)
    position = np.arange(11) - 5
    weights = np.exp(-(position**2) / (2 * 1.5**2))
    window = np.outer(weights, weights) / weights.sum() ** 2
    x, y = a[..., 0].astype(float), b[..., 0].astype(float)
    mx, my = (window * x).sum(), (window * y).sum()
    vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
    cov = (window * (x - mx) * (y - my)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    assert similarity.ssim(a, b, np.ones((11, 11), bool)).whole == pytest.approx(expected, abs=1e-9)


def test_hue_bias_by_hand() -> None:
    truth = np.full((4, 4, 3), 100, np.uint8)
    mask = np.ones((4, 4), bool)
    mask[0, :2] = False
    result = truth.copy()
    result[0, 0], result[0, 1] = (116, 90, 100), (110, 90, 100)  # off by (13, -10, 0) on the average, which is 1
    assert metrics.hue_bias(result, truth, mask) == Score(None, pytest.approx((12 + 11 + 1) / 3), None)
    for channels in ([0], [0, 1], [0, 1, 2, 0]):  # which have no hue
        assert metrics.hue_bias(result[..., channels], truth[..., channels], mask) == Score(None)
    assert metrics.hue_bias(result, truth, ~np.zeros((4, 4), bool)) == Score(None)


@given(st.integers(0, 2**32), st.sampled_from([(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)]))
def test_hue_bias_is_that_of_loops_and_knows_no_lightness(seed: int, kind: tuple[Any, int]) -> None:
    rng, (dtype, white) = np.random.default_rng(seed), kind
    truth, result = (np.asarray(rng.random((5, 6, 3)) * 0.7 * white, dtype) for _ in range(2))
    mask = rng.random((5, 6)) > 0.5
    mask[0, 0], mask[4, 5] = True, False
    holes = [(y, x) for y in range(5) for x in range(6) if not mask[y, x]]
    sums = [math.fsum(float(result[y, x, c]) - float(truth[y, x, c]) for y, x in holes) for c in range(3)]
    expected = sum(abs(total - sum(sums) / 3) for total in sums) / 3 / len(holes) / white * 255
    assert metrics.hue_bias(result, truth, mask).hole == pytest.approx(expected, abs=1e-9)
    lighter = np.asarray(result + np.asarray(0.25 * white, dtype), dtype)
    assert metrics.hue_bias(lighter, truth, mask).hole == pytest.approx(expected, abs=1e-4)


def test_hole_only_by_hand() -> None:
    truth = np.full((4, 4, 3), 100, np.uint8)
    mask = np.ones((4, 4), bool)
    mask[0, :2] = False
    result = truth.copy()
    result[0, 0], result[0, 1] = 110, 80  # off by +10 and -20
    # The band of 1 px: the hole's two pixels and the ring of four round them.
    assert metrics.mse(result, truth, mask, 1) == pytest.approx(np.array([500 / 16, 250, 500 / 6]) / 255**2)
    assert metrics.l1(result, truth, mask, 1) == pytest.approx(np.array([30 / 16, 15, 30 / 6]) * 100 / 255)
    expected = [10 * math.log10(255**2 / error) for error in (500 / 16, 250, 500 / 6)]
    assert metrics.psnr(result, truth, mask, 1) == pytest.approx(expected)


@pytest.mark.parametrize("width", [1, 2, 5, 99_999])
def test_band_is_what_lies_near_the_other_kind(square: Noise, width: int) -> None:
    mask = square((17, 23), 9)
    mask[:, 20:] = False  # a hole that ends at the border
    band = metrics.band_of(mask, width)
    for y, x in np.ndindex(mask.shape):
        near = mask[max(0, y - width) : y + width + 1, max(0, x - width) : x + width + 1]
        assert band[y, x] == (near != mask[y, x]).any()


def test_a_image_of_one_kind_has_no_band() -> None:
    for mask in (np.ones((9, 9), bool), np.zeros((9, 9), bool)):
        assert not metrics.band_of(mask, 3).any()
        assert metrics.l1(np.zeros((9, 9, 3), np.uint8), np.ones((9, 9, 3), np.uint8), mask).band is None


def test_ssim_of_the_hole_looks_at_the_hole_alone(noise: Noise) -> None:
    truth = noise((60, 60, 3))
    mask = np.ones((60, 60), bool)
    mask[:10, :10] = False
    result = truth.copy()
    result[40:, 40:] = 255 - result[40:, 40:]  # far from the hole: further than the window reaches
    whole, hole, band = similarity.ssim(result, truth, mask)
    assert band == pytest.approx(1)
    assert hole == pytest.approx(1)
    assert whole is not None
    assert whole < 0.95


def test_tv_by_hand() -> None:
    mask = np.ones((5, 5), bool)
    mask[2, 2] = False  # dilated: rows and columns 1 to 3, 6 pairs across and 6 down
    image = np.zeros((5, 5, 1), np.uint8)
    image[2, 2] = 51  # 4 of the pairs differ by 0.2
    assert metrics.tv(image, image, mask, 1) == pytest.approx((0.8 / 25, 0.8 / 12, 0.8 / 12))
    # Two pixels on either side of the edge: all of the image, 40 pairs.
    assert metrics.tv(image, image, mask, 2).band == pytest.approx(0.8 / 40)


@pytest.mark.parametrize(("place", "counts"), [((1, 1), True), ((1, 0), False), ((0, 0), False), ((2, 4), False)])
def test_tv_from_both_sides(place: tuple[int, int], counts: bool) -> None:
    """The ring of one pixel counts; what lies outside it does not, even beside it."""
    mask = np.ones((6, 6), bool)
    mask[2, 2] = False
    flat = np.full((6, 6, 3), 80, np.uint8)
    changed = flat.copy()
    changed[place] = 200
    assert metrics.tv(flat, flat, mask) == (0, 0, 0)
    whole, hole, _ = metrics.tv(changed, flat, mask)
    assert whole is not None
    assert hole is not None
    assert (whole > 0) is counts
    assert (hole > 0) is counts


def test_tv_is_the_loss_term(noise: Noise, square: Noise) -> None:
    import torch

    from pconv_cli.core.losses.terms.tv import total_variation

    image, mask = noise((20, 30, 3)), square((20, 30), 9)
    x = torch.from_numpy(image.transpose(2, 0, 1) / 255.0)[None]
    expected = total_variation(x, torch.from_numpy(mask)[None, None].double())
    assert metrics.tv(image, image, mask).whole == pytest.approx(float(expected), rel=1e-12)


pair_of_images = st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 3])).flatmap(
    lambda shape: st.tuples(
        arrays.arrays(np.uint8, shape), arrays.arrays(np.uint8, shape), arrays.arrays(np.bool_, shape[:2])
    )
)


@given(pair_of_images)
def test_against_plain_float64_arithmetic(case: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> None:
    result, truth, mask = case
    differences = [
        [(float(result[y, x, c]) - float(truth[y, x, c])) / 255 for c in range(truth.shape[2])]
        for y, x in np.ndindex(mask.shape)
    ]
    in_hole = [row for row, valid in zip(differences, mask.ravel(), strict=True) if not valid]
    for rows, index in ((differences, 0), (in_hole, 1)):
        flat = [value for row in rows for value in row]
        got = [metric(result, truth, mask)[index] for metric in (metrics.l1, metrics.mse, metrics.psnr)]
        if not flat:
            assert got == [None, None, None]
            continue
        error = sum(value**2 for value in flat) / len(flat)
        expected = -10 * math.log10(error) if error else math.inf
        assert got == pytest.approx([100 * sum(map(abs, flat)) / len(flat), error, expected])


@pytest.mark.parametrize("metric", METRICS)
def test_depths_agree(metric: Callable[..., Score], noise: Noise, square: Noise) -> None:
    """The same image in 8 bits, 16 bits and float has the same figures."""
    side = 16 if metric in PLAIN else 180
    a, b, mask = noise((side, side, 3), 1), noise((side, side, 3), 2), square((side, side), 6)
    expected = metric(a, b, mask)
    assert metric(a.astype(np.uint16) * 257, b.astype(np.uint16) * 257, mask) == pytest.approx(expected)
    assert metric(a / 255, b / 255, mask) == pytest.approx(expected)


@pytest.mark.parametrize("metric", METRICS)
def test_no_hole_has_no_hole_figure(metric: Callable[..., Score], noise: Noise) -> None:
    side = 16 if metric in PLAIN else 180
    whole, hole, band = metric(noise((side, side, 3), 1), noise((side, side, 3), 2), np.ones((side, side), bool))
    assert hole is None
    assert band is None
    assert whole is not None


def test_identical_images(noise: Noise, square: Noise) -> None:
    for image in (noise((16, 16, 3)), np.zeros((16, 16, 3), np.uint8)):
        mask = square((16, 16), 4)
        assert metrics.psnr(image, image, mask) == (math.inf, math.inf, math.inf)
        assert similarity.ssim(image, image, mask) == pytest.approx((1, 1, 1))
        assert metrics.l1(image, image, mask) == metrics.mse(image, image, mask) == (0, 0, 0)


def test_ssim_needs_its_window(noise: Noise, square: Noise) -> None:
    a, b = noise((10, 30, 3), 1), noise((10, 30, 3), 2)
    assert similarity.ssim(a, b, square((10, 30), 4)) == (None, None, None)
    assert metrics.psnr(a, b, square((10, 30), 4)).hole is not None


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("result", "truth", "mask", "words"),
    [
        (np.zeros((9, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8), (8, 8), "size 8x9 against 8x8 of the truth"),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8), (8, 7), "size 8x8 against 7x8 of the mask"),
        (np.zeros((8, 8, 1), np.uint8), np.zeros((8, 8, 3), np.uint8), (8, 8), "colour channels: 1 against 3"),
        (np.zeros((8, 8, 3), np.uint16), np.zeros((8, 8, 3), np.uint8), (8, 8), "samples of uint16 against uint8"),
        (np.zeros((8, 8, 3), np.int32), np.zeros((8, 8, 3), np.int32), (8, 8), "samples of int32"),
        (np.full((8, 8, 3), np.nan), np.zeros((8, 8, 3)), (8, 8), "the result has samples that are not finite"),
        (np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8), (8, 8), r"images are \(H, W, C\)"),
    ],
)
def test_what_cannot_be_compared(
    metric: Callable[..., Score], result: NDArray[Any], truth: NDArray[Any], mask: tuple[int, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        metric(result, truth, np.zeros(mask, bool))
