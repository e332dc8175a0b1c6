"""Perceptual and style distance over a VGG16 of random weights."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.losses.distances import feature_distance, style_distance
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.evaluation.metrics.differences import band_of, tv
from pconv_cli.evaluation.metrics.features import feature_scores, paper_loss


@pytest.fixture(scope="module")
def vgg() -> VGG16Features:
    torch.manual_seed(0)
    return VGG16Features()


def tensor(image):
    return torch.from_numpy(image.transpose(2, 0, 1) / 255.0).float()[None]


def test_whole_is_the_loss_terms(vgg, noise, square) -> None:
    a, b = noise((32, 40, 3), 1), noise((32, 40, 3), 2)
    perceptual, style = feature_scores(vgg, a, b, square((32, 40), 8))
    of_a, of_b = vgg(tensor(a)), vgg(tensor(b))
    assert perceptual.whole == pytest.approx(float(feature_distance(of_a, of_b)), rel=1e-5)
    assert style.whole == pytest.approx(float(style_distance(of_a, of_b)), rel=1e-5)


def test_hole_takes_the_blocks_that_touch_it(vgg, noise) -> None:
    a, b = noise((32, 32, 3), 1), noise((32, 32, 3), 2)
    mask = np.ones((32, 32), bool)
    mask[9, 17] = False  # pool1: row 4, column 8; pool2: 2, 4; pool3: 1, 2
    perceptual, style = feature_scores(vgg, a, b, mask)
    places = [(4, 8), (2, 4), (1, 2)]
    pairs = [
        (f[0, :, y, x], t[0, :, y, x]) for f, t, (y, x) in zip(vgg(tensor(a)), vgg(tensor(b)), places, strict=True)
    ]
    assert perceptual.hole == pytest.approx(sum(float(F.l1_loss(f, t)) for f, t in pairs), rel=1e-5)
    grams = [((torch.outer(f, f) - torch.outer(t, t)) / len(f)).abs().mean() for f, t in pairs]
    assert style.hole == pytest.approx(float(sum(grams)), rel=1e-5)


def test_all_hole_is_the_whole(vgg, noise) -> None:
    a, b = noise((16, 24, 3), 1), noise((16, 24, 3), 2)
    for score in feature_scores(vgg, a, b, np.zeros((16, 24), bool)):
        assert score.whole == pytest.approx(score.hole, rel=1e-5)
        assert score.whole > 0


def test_no_hole_and_too_small(vgg, noise, square) -> None:
    a, b = noise((16, 16, 3), 1), noise((16, 16, 3), 2)
    for score in feature_scores(vgg, a, b, square((16, 16), 0)):
        assert score.hole is None
        assert score.whole is not None
    assert feature_scores(vgg, a[:7], b[:7], square((7, 16), 2)) == ((None, None, None), (None, None, None))


def test_a_hole_in_the_strip_that_pooling_cuts_off(vgg, noise) -> None:
    mask = np.ones((17, 16), bool)
    mask[16] = False
    for score in feature_scores(vgg, noise((17, 16, 3), 1), noise((17, 16, 3), 2), mask):
        assert score.hole is None


def test_the_band_is_a_region_as_the_hole_is(vgg, noise, square) -> None:
    a, b, mask = noise((32, 32, 3), 1), noise((32, 32, 3), 2), square((32, 32), 12)
    for score, of_band in zip(
        feature_scores(vgg, a, b, mask, band=2), feature_scores(vgg, a, b, ~band_of(mask, 2)), strict=True
    ):
        assert score.band == of_band.hole


@settings(max_examples=5)
@given(
    height=st.integers(8, 70),
    width=st.integers(8, 70),
    tile=st.sampled_from([16, 24, 40]),
    hole=st.integers(0, 10),
    seed=st.integers(0, 99),
)
def test_tiles_change_nothing(vgg, height: int, width: int, tile: int, hole: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))
    mask = np.ones((height, width), bool)
    mask[height // 3 : height // 3 + hole, width // 2 : width // 2 + 2 * hole] = False
    whole, tiled = (feature_scores(vgg, a, b, mask, tile=side) for side in (96, tile))
    for one, other in zip((*whole[0], *whole[1]), (*tiled[0], *tiled[1]), strict=True):
        assert one is other is None or one == pytest.approx(other, rel=1e-4)


def test_paper_loss_is_the_sum_by_hand(vgg, noise, square) -> None:
    """L_valid + 6 L_hole + 0.05 L_perc + 120 L_style + 0.1 L_tv, the last three counted from the pieces."""
    a, b, mask = noise((24, 32, 3), 1), noise((24, 32, 3), 2), square((24, 32), 10)
    comp = np.where(mask[..., None], b, a)
    difference = np.abs(a / 255 - b / 255)
    expected = (difference * mask[..., None]).mean() + 6 * (difference * ~mask[..., None]).mean()
    of_a, of_b, of_comp = vgg(tensor(a)), vgg(tensor(b)), vgg(tensor(comp))
    expected += 0.05 * float(feature_distance(of_a, of_b) + feature_distance(of_comp, of_b))
    expected += 120 * float(style_distance(of_a, of_b) + style_distance(of_comp, of_b))
    expected += 0.1 * tv(comp, b, mask).whole
    got = paper_loss(InpaintingLoss(vgg=vgg), a, b, mask)
    assert got.whole == pytest.approx(expected, rel=1e-5)
    assert (got.hole, got.band) == (None, None)
    assert paper_loss(InpaintingLoss(vgg=vgg), a[:7], b[:7], mask[:7]).whole is None


def test_grey_is_taken_three_times(vgg, noise, square) -> None:
    a, b, mask = noise((16, 16, 1), 1), noise((16, 16, 1), 2), square((16, 16), 4)
    assert feature_scores(vgg, a, b, mask) == feature_scores(vgg, a.repeat(3, 2), b.repeat(3, 2), mask)
