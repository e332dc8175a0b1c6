"""Completion by patches: textures and lines continue, and nothing else changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.inpainting import completion, patch_kernels, patch_votes
from pconv_cli.inpainting.backends import make_backend
from pconv_cli.inpainting.completion import complete
from pconv_cli.inpainting.methods import Method

Rgb = np.ndarray
Mask = np.ndarray


def stripes(height: int, width: int) -> Rgb:
    rows, columns = np.mgrid[:height, :width]
    grey = ((rows + 2 * columns) // 6 % 2).astype(np.float32) * 0.6 + 0.2
    return np.repeat(grey[..., None], 3, axis=2)


def with_hole(height: int, width: int, top: int, left: int, side: int) -> Mask:
    mask = np.ones((height, width), bool)
    mask[top : top + side, left : left + side] = False
    return mask


def nothing(mask: Mask) -> np.ndarray:
    """A guide of no channels."""
    return np.zeros((*mask.shape, 0), np.float32)


def decibels(filled: Rgb, truth: Rgb, mask: Mask) -> float:
    return float(-10 * np.log10(((filled - truth)[~mask] ** 2).mean()))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_pattern_goes_on_through_a_hole(seed: int) -> None:
    truth, mask = stripes(96, 108), with_hole(96, 108, 34, 40, 28)
    filled = complete(truth, mask, seed=seed)
    assert decibels(filled, truth, mask) > 12  # its mean colour is at 10.5, and a shifted pattern lower still
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_texture_is_as_strong_in_the_hole_as_round_it() -> None:
    rng = np.random.default_rng(0)
    truth = (0.5 + 0.2 * rng.standard_normal((128, 128, 1), np.float32)).clip(0, 1).repeat(3, axis=2)
    mask = with_hole(128, 128, 46, 46, 36)
    filled = complete(truth, mask)
    assert filled[~mask].std() > 0.6 * truth[mask].std()
    assert abs(filled[~mask].mean() - 0.5) < 0.03


def test_two_materials_meet_where_they_did() -> None:
    """What is known decides at the rim: light stays on its side of an edge, and dark on the other."""
    rng = np.random.default_rng(1)
    truth = (0.25 + 0.5 * (np.arange(120) >= 60)[None, :, None]).repeat(100, 0) + rng.normal(0, 0.03, (100, 120, 3))
    truth = truth.clip(0, 1).astype(np.float32)
    mask = with_hole(100, 120, 38, 48, 24)
    assert decibels(complete(truth, mask), truth, mask) > 20


def test_the_rim_has_no_step(smooth: Callable[[tuple[int, int]], Rgb]) -> None:
    truth, mask = smooth((120, 120)), with_hole(120, 120, 45, 45, 30)
    filled = complete(truth, mask)
    across = np.abs(filled[45, 45:75] - truth[44, 45:75]).mean()
    assert across < 0.03


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_any_number_of_channels_and_no_quantising(channels: int) -> None:
    rng = np.random.default_rng(0)
    tile = (0.4 + 0.001 * rng.random((12, 12, channels))).astype(np.float32)  # a tenth of a step of 8 bits
    truth, mask = np.tile(tile, (8, 8, 1)), with_hole(96, 96, 40, 40, 10)
    filled = complete(truth, mask)
    assert np.abs(filled - truth)[~mask].mean() < 0.3 * np.abs(tile - tile.mean((0, 1))).mean()


def test_holes_are_not_looked_at_and_a_seed_decides_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, mask = rng.random((140, 150, 3), np.float32), with_hole(140, 150, 30, 30, 80)
    assert (~mask).sum() > 1.5 * patch_votes._PART  # so that there are parts
    first = complete(truth, mask, seed=7)
    monkeypatch.setattr(completion, "usable_cores", lambda: 1)
    other = complete(np.where(mask[..., None], truth, np.float32(np.nan)), mask, seed=7)
    np.testing.assert_array_equal(first, other)
    assert (complete(truth, mask, seed=8) != first)[~mask].any()


@pytest.mark.parametrize("size", [(1, 2), (6, 40), (9, 9)])
def test_where_no_patch_is_whole_the_fill_is_smooth(size: tuple[int, int]) -> None:
    mask = np.ones(size, bool)
    mask[0, 0] = False
    mask[size[0] // 2, size[1] // 2 :] = False
    mask[0, 1] = True
    rgb = np.where(mask[..., None], np.full((*size, 3), 0.75, np.float32), 0)
    np.testing.assert_allclose(complete(rgb, mask), 0.75, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("height", [97, 98, 100])
def test_a_hole_at_the_edge_is_completed(height: int, rows: int) -> None:
    truth, mask = stripes(height, 90), np.ones((height, 90), bool)
    mask[-rows:, 10:80] = False
    filled = complete(np.where(mask[..., None], truth, 0), mask)
    assert decibels(filled, truth, mask) > 12
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_only_wanted_holes_are_filled_and_the_others_are_no_source() -> None:
    truth, mask = stripes(90, 120), with_hole(90, 120, 30, 20, 16)
    wanted = ~mask
    mask[30:46, 70:86] = False
    damaged = np.where(mask[..., None], truth, np.float32(1))
    filled = complete(damaged, mask, wanted)
    assert decibels(filled, truth, ~wanted) > 12
    np.testing.assert_array_equal(filled[mask], truth[mask])


def test_a_guide_says_which_material_goes_where() -> None:
    """Light and dark grain round a hole in both: the guide's tone decides which of them is taken."""
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(120)[None, :, None] < 60, 0.3, 0.7) + rng.normal(0, 0.03, (100, 120, 3))
    truth = truth.astype(np.float32)
    mask = with_hole(100, 120, 30, 40, 40)
    for level in (0.3, 0.7):
        guide = np.where(mask[..., None], truth, np.float32(level))
        filled = complete(truth, mask, guide=guide)[40:60, 52:68]
        assert abs(filled.mean() - level) < 0.12  # without a guide both are at 0.5


def test_the_method_is_made_of_patches() -> None:
    truth, mask = stripes(64, 64), with_hole(64, 64, 20, 20, 16)
    backend = make_backend(Method.PATCHMATCH)
    assert backend.name == "patchmatch"
    np.testing.assert_array_equal(backend.fill(truth, mask), complete(truth, mask))


@settings(max_examples=25, deadline=None)
@given(height=st.integers(20, 41), width=st.integers(20, 41), seed=st.integers(0, 2**32 - 1))
def test_every_pixel_of_a_hole_lies_in_a_patch_at_each_scale(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones((height, width), bool)
    mask[:, 9 : 9 + int(rng.integers(1, width - 8))] = False  # to the image's edges
    red = np.zeros((height, width, 3), np.float32)
    red[..., 0] = 1
    twice = np.repeat(np.repeat(mask, 2, 0), 2, 1)[: 2 * height - seed % 2]
    large = red.repeat(2, 0).repeat(2, 1)[: len(twice)]
    with ThreadPoolExecutor(1) as workers:
        coarse = patch_votes.PatchScale(
            np.where(mask[..., None], red, 0), mask, ~mask, nothing(mask), None, seed, workers
        )
        coarse.vote()
        fine = patch_votes.PatchScale(
            np.where(twice[..., None], large, 0),
            twice,
            ~twice,
            nothing(twice),
            coarse,
            seed,
            workers,
        )
    for scale in (coarse, fine):
        np.testing.assert_allclose(scale.image()[..., 0], 1, atol=1e-6)


def test_partners_pass_to_the_next_scale() -> None:
    """An image that repeats itself: partners right at half the size are right at twice it."""
    small = np.random.default_rng(0).random((40, 24, 3), dtype=np.float32)
    small, mask = np.concatenate([small, small], 1), with_hole(40, 48, 6, 30, 10)
    large, valid = small.repeat(2, 0).repeat(2, 1), with_hole(80, 96, 12, 60, 20)
    with ThreadPoolExecutor(1) as workers:
        coarse = patch_votes.PatchScale(small, mask, ~mask, nothing(mask), None, 0, workers)
        coarse._row[:], coarse._column[:] = coarse._rows, coarse._columns - 24
        fine = patch_votes.PatchScale(
            np.where(valid[..., None], large, 0),
            valid,
            ~valid,
            nothing(valid),
            coarse,
            0,
            workers,
        )
    np.testing.assert_allclose(fine.image(), large, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3, 8])
def test_a_difference_is_that_of_numpy(channels: int) -> None:
    rng = np.random.default_rng(0)
    image, source = rng.random((2, 20, 22, channels), np.float32)
    weight = rng.random((20, 22), np.float32)
    flat = [np.concatenate([part.ravel(), np.ones(patch_kernels.SLACK, np.float32)]) for part in (image, source)]
    patch, weights = np.zeros((2, 7 * (7 * channels + 8)), np.float32)
    total = patch_kernels._take(flat[0], weight.ravel(), 22, channels, 9, 10, patch, weights)
    found = patch_kernels._differ(flat[1], 22, channels, 5, 12, patch, weights, 1e30)
    there, own = weight[6:13, 7:14, None], (source[2:9, 9:16] - image[6:13, 7:14]) ** 2
    assert total == pytest.approx(there.sum(), rel=1e-4)
    assert found == pytest.approx((own * there).sum(), rel=1e-4)
