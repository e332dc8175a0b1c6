"""The parts of completion by patches: distances, features, partners, turned copies and rarity."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.methods.patches import scale as patch_scale
from pconv_cli.methods.patches import turned
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.patches.features import features_of
from pconv_cli.methods.patches.kernels.differences import counting, differ, take
from pconv_cli.methods.patches.kernels.rarity import rarity
from pconv_cli.methods.patches.sizes import FREEDOM

from .textures import Mask, Rgb, decibels, with_hole


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_a_difference_is_that_of_numpy(channels: int) -> None:
    rng = np.random.default_rng(0)
    image, source = rng.random((2, 20, 22, channels + 2), np.float32)
    patch, counts = np.zeros(56 * (channels + 2), np.float32), counting(channels + 2)
    take(image.ravel(), 22, channels + 2, 9, 10, patch)
    own = ((source[2:9, 9:16] - image[6:13, 7:14]) ** 2).sum()
    for start, enough in ((0.0, np.inf), (3.0, np.inf)):
        found = differ(source.ravel(), 22, channels + 2, 5, 12, patch, counts, start, enough)
        assert found == pytest.approx(own + start, rel=1e-4)
    halfway = differ(source.ravel(), 22, channels + 2, 5, 12, patch, counts, 0.0, own / 2)
    assert own / 2 <= halfway < own


def test_features_are_colours_and_the_slopes_of_grey() -> None:
    rows, columns = np.mgrid[:20, :30].astype(np.float32)
    image = np.stack([0.01 * columns, 0.02 * columns + 0.03 * rows, 0 * rows], axis=2)
    flat = features_of(image)
    features = flat[:-5].reshape(20, 30, 5)
    np.testing.assert_array_equal(features[..., :3], image)
    assert not flat[-5:].any()  # a pixel more, which a line of a patch may reach into
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
        coarse = patch_scale.PatchScale(
            image, mask, ~mask, nothing[0], nothing[1], nothing[0], nothing[0], workers, own=mask.shape
        )
        shape = fine_mask.shape
        fine = patch_scale.PatchScale(
            large, fine_mask, ~fine_mask, np.zeros(shape, np.float32), np.zeros((*shape, 0), np.float32),
            np.zeros(shape, np.float32), np.zeros(shape, np.float32), workers, own=shape,
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
        sheet = turned.TurnedSheet(hole)
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
    rarity(source.ravel(), 30, 5, rows, columns, *among, 0, 3, rare)
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
            image, mask, ~mask, nothing, np.zeros((60, 90, 0), np.float32), nothing, nothing, workers, own=(60, 90)
        )
        rare, measured = scale.rarity()
    assert rare[20:40, 8:28].min() > 20 * rare[50:57, 40:80].max()
    assert not measured[~mask].any()
    scale.avoid(rare)
    freedom = np.zeros((60, 90), np.float32)
    freedom[scale._rows, scale._columns] = scale._targets[:, FREEDOM]
    assert freedom[30, 60] == pytest.approx(patch_scale._RARE_WEIGHT)
    assert freedom[30, 45] < 0.5 * freedom[30, 60]
    assert freedom[30, 40] == 0


def test_what_targets_are_compared_by_follows_the_image_as_it_is_filled() -> None:
    rng = np.random.default_rng(0)
    image, mask = rng.random((50, 70, 3), np.float32), with_hole(50, 70, 0, 30, 20)
    nothing = np.zeros((50, 70), np.float32)
    with ThreadPoolExecutor(1) as workers:
        scale = patch_scale.PatchScale(
            image, mask, ~mask, nothing, np.zeros((50, 70, 0), np.float32), nothing, nothing, workers, own=(50, 70)
        )
        scale.image = np.where(mask[..., None], image, rng.random((50, 70, 3), np.float32))
        scale.search(2, 0)
    flat = 5 * (70 * scale._rows + scale._columns)
    around = np.array([5 * (70 * row + column) for row in range(-3, 4) for column in range(-3, 4)])
    places = (flat[:, None] + around).ravel()
    for feature in range(5):
        np.testing.assert_array_equal(scale._now[places + feature], features_of(scale.image)[places + feature])
