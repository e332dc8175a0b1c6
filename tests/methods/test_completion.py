"""Completion by patches: textures and lines continue, and nothing else changes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.patches import completion
from pconv_cli.methods.patches import scale as patch_scale
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.tiled.holes import hole_depth

from .textures import Rgb, decibels, with_hole


def stripes(height: int, width: int) -> Rgb:
    rows, columns = np.mgrid[:height, :width]
    grey = ((rows + 2 * columns) // 6 % 2).astype(np.float32) * 0.6 + 0.2
    return np.repeat(grey[..., None], 3, axis=2)


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


def asked_for(image: Rgb, mask: np.ndarray, monkeypatch: pytest.MonkeyPatch, *, cut: bool) -> np.ndarray:
    """Complete an image, and give the texture that patches of the finest scale last asked for in the hole."""
    asked, expect = [], patch_scale.PatchScale.expect

    def seen(scale: patch_scale.PatchScale, texture: np.ndarray) -> None:
        asked.append(texture)
        expect(scale, texture)

    monkeypatch.setattr(patch_scale.PatchScale, "expect", seen)
    complete(image, mask, cut=cut)
    monkeypatch.undo()
    return asked[-1][~mask]


def test_an_edge_asks_for_no_more_texture_than_its_surroundings_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else edges fray, and specks are put beside them. Pieces of a longer hole ask for all of it."""
    image = np.full((96, 96, 3), 0.3, np.float32)
    image[:, 48:] = 0.7
    mask = with_hole(96, 96, 32, 32, 32)
    most = 1.4 * completion.texture_of(image, mask)[~mask] + 1e-6
    assert (asked_for(image, mask, monkeypatch, cut=False) <= most).all()
    assert (asked_for(image, mask, monkeypatch, cut=True) > most).any()


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
    assert (~mask).sum() > 1.5 * patch_scale._PART  # so that there are parts
    first = complete(truth, mask, seed=7)
    monkeypatch.setattr(completion, "usable_cores", lambda: 1)
    other = complete(np.where(mask[..., None], truth, np.float32(np.nan)), mask, seed=7)
    np.testing.assert_array_equal(first, other)
    assert (complete(truth, mask, seed=8) != first)[~mask].any()


@pytest.mark.parametrize("size", [(1, 2), (6, 40), (40, 6)])
def test_an_image_narrower_than_a_patch_is_filled_smoothly(size: tuple[int, int]) -> None:
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


def test_the_method_is_made_of_patches() -> None:
    truth, mask = stripes(64, 64), with_hole(64, 64, 20, 20, 16)
    backend = make_backend(Method.PATCHMATCH)
    assert backend.name == "patchmatch"
    np.testing.assert_array_equal(backend.fill(truth, mask), complete(truth, mask))


def test_a_guide_says_which_material_goes_where() -> None:
    """Light and dark grain round a hole in both: the guide's tone decides which of them is taken."""
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(120)[None, :, None] < 60, 0.3, 0.7) + rng.normal(0, 0.03, (100, 120, 3))
    truth = truth.astype(np.float32)
    mask = with_hole(100, 120, 35, 45, 30)
    for level in (0.3, 0.7):
        guide = np.where(mask[..., None], truth, np.float32(level))
        filled = complete(truth, mask, guide=guide)[42:58, 52:68]
        assert abs(filled.mean() - level) < 0.12  # without a guide both are at 0.5


def test_a_guide_is_believed_by_depth_and_less_far_in_wide_holes() -> None:
    mask = with_hole(300, 400, 20, 20, 50)
    mask[110:270, 200:360] = False
    trust = completion.tone_trust(hole_depth(mask))
    assert (trust[mask] == 1).all()
    assert trust[44, 45] == pytest.approx(0.5, abs=0.03)  # 25 px deep, as deep as this hole is
    assert trust[190, 207] == pytest.approx(0.5, abs=0.05)  # 8 px deep in a hole of 80
    assert trust[190, 280] < 0.01


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_trust_in_a_tone_is_that_of_the_formula_at_every_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones((150, 200), bool)
    for _ in range(3):
        top, left, side = rng.integers(0, 100), rng.integers(0, 150), rng.integers(1, 90)
        mask[top : top + side, left : left + side] = False
    depth = hole_depth(mask)
    holes = cv2.connectedComponents((~mask).astype(np.uint8))[1]
    reach = np.full(mask.shape, 25.0)
    for hole in range(1, holes.max() + 1):
        reach[holes == hole] = 25 * min(1, 25 / depth[holes == hole].max())
    np.testing.assert_allclose(completion.tone_trust(depth), 1 / (1 + (depth / reach) ** 4), rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(top=st.integers(0, 60), left=st.integers(0, 80), seed=st.integers(0, 99))
def test_steps_at_a_rim_need_no_more_than_what_is_near(top: int, left: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = with_hole(90, 110, top, left, 25)
    mask[rng.integers(90, size=30), rng.integers(110, size=30)] = False  # other holes, which are not wanted
    hole = ~mask & ~with_hole(90, 110, top, left, 25)
    filled = rng.random((90, 110, 3), np.float32)
    rows, columns = slice(max(0, top - 16), top + 41), slice(max(0, left - 16), left + 41)
    whole = completion._without_steps(filled, mask, hole)
    part = completion._without_steps(filled[rows, columns], mask[rows, columns], hole[rows, columns])
    np.testing.assert_allclose(part, whole[rows, columns], atol=1e-6)
    assert np.abs(whole - filled)[hole].max() > 0.01
    np.testing.assert_array_equal(whole[~hole], filled[~hole])
