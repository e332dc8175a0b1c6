"""The layout that several searches agree on: where it is taken, and which layout each patch takes."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from pconv_cli.methods.patches import completion
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.patches.layouts import agree
from pconv_cli.methods.patches.scale import PatchScale

from .textures import Mask, Rgb, with_hole


def clouds(side: int) -> Rgb:
    noise = cv2.GaussianBlur(np.random.default_rng(3).random((side, side, 3), np.float32), (0, 0), 3)
    return np.asarray((noise - noise.min()) / (noise.max() - noise.min()), np.float32)


def test_each_patch_takes_the_layout_nearest_to_the_median(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first layout is wrong on the left, the third on the right; where none is to agree, the first one stays."""
    image, mask = clouds(64), with_hole(64, 64, 16, 16, 32)
    still, taken = np.zeros(mask.shape, np.float32), []
    monkeypatch.setattr(PatchScale, "take_each", lambda scale, layouts, number: taken.append((layouts, number)))
    where = np.zeros((256, 256), bool)
    where[64:128, 64:192] = True  # the upper half of the hole, at four times the size
    with ThreadPoolExecutor(1) as workers:
        scale = PatchScale(
            image, mask, ~mask, still, np.zeros((64, 64, 0), np.float32), still, still, workers, own=(64, 64)
        )
        begun, seeds = scale.found(), []

        def lay_out(seed: int) -> None:
            np.testing.assert_array_equal(scale.image, begun.image)  # each one begins alike
            scale.image[16:48, 16:48] = 0.5 + 0.001 * len(seeds)
            if len(seeds) == 0:
                scale.image[16:48, 16:32] = 1
            if len(seeds) == 2:
                scale.image[16:48, 32:48] = 0
            seeds.append(seed)

        agree([scale], lay_out, where, 5)
    assert seeds[0] == 5
    assert len(set(seeds)) == len(seeds) == 8
    ((layouts, number),) = taken
    assert len(layouts) == 8
    assert set(np.unique(number[16:30, 20:28])) <= {3, 4, 5}
    assert (number[16:30, 36:44] != 2).all()
    assert (number[36:] == 0).all()


def test_partners_come_from_the_layouts_that_were_chosen() -> None:
    image, mask = clouds(48), with_hole(48, 48, 16, 16, 12)
    still = np.zeros(mask.shape, np.float32)
    with ThreadPoolExecutor(1) as workers:
        scale = PatchScale(
            image, mask, ~mask, still, np.zeros((48, 48, 0), np.float32), still, still, workers, own=(48, 48)
        )
        founds = []
        for seed in (1, 2):
            scale.search(3, seed)
            founds.append((scale.found(), scale.partners()))
        assert not np.array_equal(founds[0][1], founds[1][1])
        number = np.zeros(mask.shape, np.intp)
        number[:, 24:] = 1
        scale.take_each([found for found, _ in founds], number)
    np.testing.assert_array_equal(scale.partners(), np.where(number[..., None] == 1, founds[1][1], founds[0][1]))


def fills(mask: Mask, monkeypatch: pytest.MonkeyPatch, **options: bool) -> tuple[Rgb, Rgb]:
    """Complete an image as it is done, and without layouts that agree."""
    image = clouds(len(mask))
    now = complete(image, mask, **options)
    monkeypatch.setattr(completion, "_AGREED_DEPTH", -1)
    return now, complete(image, mask, **options)


def test_holes_up_to_a_depth_take_the_layout_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    now, alone = fills(with_hole(160, 160, 50, 50, 64), monkeypatch)
    assert not np.array_equal(now, alone)


@pytest.mark.parametrize("side", [24, 130])
def test_small_and_wide_holes_have_one_layout(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one is laid out on the scales that follow; in a wide one layouts have little in common."""
    now, alone = fills(with_hole(200, 200, 30, 30, side), monkeypatch)
    np.testing.assert_array_equal(now, alone)


def test_a_wide_hole_keeps_its_first_layout_beside_a_narrow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = with_hole(320, 320, 10, 10, 140) & with_hole(320, 320, 240, 240, 60)
    agreed = []
    monkeypatch.setattr(completion, "agree", lambda scales, lay_out, where, seed: (agreed.append(where), lay_out(seed)))
    complete(clouds(320), mask)
    np.testing.assert_array_equal(agreed[0], ~with_hole(320, 320, 240, 240, 60))


def test_turned_patches_have_one_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    now, alone = fills(with_hole(96, 96, 16, 16, 60), monkeypatch, turned=True)
    np.testing.assert_array_equal(now, alone)
