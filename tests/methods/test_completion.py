"""Completion by patches: textures and lines continue, and nothing else changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.patches import completion, turned
from pconv_cli.methods.patches import kernels as patch_kernels
from pconv_cli.methods.patches import scale as patch_scale
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.tiled.holes import hole_depth

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


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_a_difference_is_that_of_numpy(channels: int) -> None:
    rng = np.random.default_rng(0)
    image, source = rng.random((2, 20, 22, channels + 2), np.float32)
    patch = np.zeros(49 * (channels + 2), np.float32)
    patch_kernels._take(image.ravel(), 22, channels + 2, 9, 10, patch)
    own = ((source[2:9, 9:16] - image[6:13, 7:14]) ** 2).sum()
    for start, enough in ((0.0, np.inf), (3.0, np.inf)):
        found = patch_kernels._differ(source.ravel(), 22, channels + 2, 5, 12, patch, start, enough)
        assert found == pytest.approx(own + start, rel=1e-4)
    assert patch_kernels._differ(source.ravel(), 22, channels + 2, 5, 12, patch, 0.0, own / 2) >= own / 2


def test_features_are_colours_and_the_slopes_of_grey() -> None:
    rows, columns = np.mgrid[:20, :30].astype(np.float32)
    image = np.stack([0.01 * columns, 0.02 * columns + 0.03 * rows, 0 * rows], axis=2)
    features = patch_scale._features(image).reshape(20, 30, 5)
    np.testing.assert_array_equal(features[..., :3], image)
    # Half the step of two pixels, of the mean of the channels, times the root of three.
    np.testing.assert_allclose(features[5:15, 5:25, 3], 0.01 * 3**0.5, rtol=1e-3)
    np.testing.assert_allclose(features[5:15, 5:25, 4], 0.01 * 3**0.5, rtol=1e-3)


@settings(max_examples=20, deadline=None)
@given(height=st.integers(14, 41), width=st.integers(14, 41), seed=st.integers(0, 2**32 - 1))
def test_partners_pass_to_the_next_scale_and_lie_inside(height: int, width: int, seed: int) -> None:
    """Whatever the parity of the sides, a partner at half the size becomes one at twice it, at the same shift."""
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) > 0.1
    mask[0, 0], mask[-1, -1] = False, True
    image = rng.random((height, width, 3), np.float32)
    twice = (slice(0, 2 * height - seed % 2), slice(0, 2 * width - seed % 3 % 2))
    large, fine_mask = image.repeat(2, 0).repeat(2, 1)[twice], mask.repeat(2, 0).repeat(2, 1)[twice]
    nothing = np.zeros((height, width), np.float32), np.zeros((height, width, 0), np.float32)
    with ThreadPoolExecutor(1) as workers:
        coarse = patch_scale.PatchScale(image, mask, ~mask, nothing[0], nothing[1], nothing[0], workers, own=mask.shape)
        shape = fine_mask.shape
        fine = patch_scale.PatchScale(
            large, fine_mask, ~fine_mask, np.zeros(shape, np.float32), np.zeros((*shape, 0), np.float32),
            np.zeros(shape, np.float32), workers, own=shape,
        )  # fmt: skip
        coarse.search(2, seed)
    fine.start_from(coarse)
    for places, side in ((fine._row, shape[0]), (fine._column, shape[1])):
        assert places.min() >= 3
        assert places.max() < side - 3
    for number in rng.integers(0, len(fine._rows), 20):
        row, column = fine._rows[number], fine._columns[number]
        target = coarse._place[row // 2 * width + column // 2]
        down = 2 * (coarse._row[target] - row // 2) if target >= 0 else 0
        assert fine._row[number] == np.clip(row + down, 3, shape[0] - 4)


def test_a_partner_may_be_damaged_a_little_where_no_whole_one_fits() -> None:
    """Of a cross there is one more, with one pixel lost: it is taken, and what is lost in it is not."""
    truth = np.full((80, 120, 3), 0.2, np.float32)
    for column in (30, 90):
        truth[30:51, column - 1 : column + 2] = truth[39:42, column - 10 : column + 11] = 0.9
    mask = with_hole(80, 120, 36, 26, 9)
    wanted = ~mask
    mask[36, 90] = False
    filled = complete(np.where(mask[..., None], truth, 0), mask, wanted)
    assert decibels(filled, truth, ~wanted) > 15


@pytest.mark.parametrize("error", [EOFError, OSError, RuntimeError, ValueError])
def test_a_cache_that_cannot_be_used_costs_time_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    real = patch_kernels.njit

    def njit(*words: object, **options: object) -> object:
        def refuse(function: object) -> object:
            raise error("the cache is damaged")

        return refuse if options.get("cache") else real(*words, **options)

    monkeypatch.setattr(patch_kernels, "njit", njit)
    assert patch_kernels._compiled("i8(i8)")(lambda number: number + 1)(2) == 3


def medallions(turn: int, mirrored: bool) -> tuple[Rgb, Mask]:
    """A wall with two medallions, the right one turned and mirrored; the middle of the left one is lost."""
    rng = np.random.default_rng(3)
    wall = (0.5 + 0.02 * rng.standard_normal((72, 132, 3))).astype(np.float32)
    medallion = cv2.resize(rng.random((8, 8, 3), np.float32), (48, 48), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    wall[12:60, 12:60] = medallion
    wall[12:60, 72:120] = np.rot90(medallion[:, ::-1] if mirrored else medallion, turn)
    return wall, with_hole(72, 132, 26, 26, 20)


@pytest.mark.parametrize(("turn", "mirrored"), [(1, False), (2, False), (3, False), (0, True), (1, True)])
def test_turned_patches_find_what_stands_elsewhere_in_another_orientation(turn: int, mirrored: bool) -> None:
    truth, mask = medallions(turn, mirrored)
    damaged = np.where(mask[..., None], truth, np.float32(np.nan))
    filled = complete(damaged, mask, turned=True)
    assert decibels(filled, truth, mask) > 18
    assert decibels(complete(damaged, mask), truth, mask) < 15
    np.testing.assert_array_equal(filled[mask], truth[mask])
    np.testing.assert_array_equal(filled, complete(damaged, mask, turned=True))


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), side=st.integers(1, 50), seed=st.integers(0, 99))
def test_a_sheet_has_the_image_and_its_seven_copies_once_each(height: int, width: int, side: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width), np.float32)
    hole = np.zeros((height, width), bool)
    hole[rng.integers(height), rng.integers(width)] = True
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(turned, "_SIDE", side)
        sheet = turned.Sheet(hole)
    whole = np.ones((height, width), bool)
    known, laid_out = sheet.known(whole), sheet.image(image)
    assert sheet.own == (height, width)
    np.testing.assert_array_equal(laid_out[:height, :width], image)
    np.testing.assert_array_equal(np.argwhere(sheet.once(hole)), np.argwhere(hole))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(known.astype(np.uint8))
    assert count == 9  # with what is unknown
    parts = {laid_out[y : y + h, x : x + w].tobytes() for x, y, w, h, _ in boxes[1:] if (x, y) != (0, 0)}
    rows, columns = sheet._part
    part = image[rows, columns]
    assert part.shape == (min(height, side), min(width, side))
    turns = [np.rot90(one, n) for one in (part, part[:, ::-1]) for n in range(4)]
    assert parts == {np.ascontiguousarray(one).tobytes() for one in turns[1:]}


def test_rarity_is_that_of_numpy() -> None:
    rng = np.random.default_rng(0)
    source = rng.random((16, 30, 5), np.float32)
    rows, columns = np.array([5, 6, 9], np.int32), np.array([4, 20, 12], np.int32)
    among = np.array([4, 12, 9, 3], np.int32), np.array([6, 24, 26, 13], np.int32)
    rare = np.zeros(3, np.float32)
    patch_kernels.rarity(source.ravel(), 30, 5, rows, columns, *among, 0, 3, rare)
    for row, column, found in zip(rows, columns, rare, strict=True):
        apart = [
            ((source[row - 3 : row + 4, column - 3 : column + 4] - source[r - 3 : r + 4, c - 3 : c + 4]) ** 2).sum()
            for r, c in zip(*among, strict=True)
            if max(abs(r - row), abs(c - column)) >= 7
        ]
        assert found == pytest.approx(min(apart), rel=1e-4)


def test_what_stands_once_is_avoided_within_a_hole_and_not_at_its_rim() -> None:
    rng = np.random.default_rng(0)
    image = (0.5 + 0.01 * rng.standard_normal((60, 90, 3))).astype(np.float32)
    image[20:40, 8:28] = cv2.resize(rng.random((5, 5, 3), np.float32), (20, 20), interpolation=cv2.INTER_CUBIC)
    mask = with_hole(60, 90, 15, 45, 30)
    nothing = np.zeros((60, 90), np.float32)
    with ThreadPoolExecutor(1) as workers:
        scale = patch_scale.PatchScale(
            image, mask, ~mask, nothing, np.zeros((60, 90, 0), np.float32), nothing, workers, own=(60, 90)
        )
        rare, measured = scale.rarity()
    assert rare[20:40, 8:28].min() > 20 * rare[50:57, 40:80].max()
    assert not measured[~mask].any()
    scale.avoid(rare)
    freedom = scale._freedom.reshape(60, 90)
    assert freedom[30, 60] == pytest.approx(patch_scale._RARE_WEIGHT)
    assert freedom[30, 45] < 0.5 * freedom[30, 60]
    assert freedom[30, 40] == 0
