"""Display copies: all outside the holes stays, fills show from near, and parts are drawn as the whole is."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.retouch import shows
from pconv_cli.files.retouch.shows import REACH, hatched, line_width, outlined
from pconv_cli.files.retouch.tones import Tones
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

Rgb8 = NDArray[np.uint8]
SIZE = (230, 300)


@pytest.fixture
def image() -> Rgb8:
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3)


@pytest.fixture
def hole(holes: Callable[..., NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return ~holes(SIZE, count=8, largest=50)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_parts_are_drawn_as_the_whole_is(image: Rgb8, hole: NDArray[np.bool_], width: int) -> None:
    whole = hatched(image, hole, width), outlined(image, hole, width)
    for rect in tiles_of(Rect.whole(SIZE), 64):
        area = rect.grown(REACH, SIZE)
        part, gap, inside = image[area.slices], hole[area.slices], rect.relative_to(area).slices
        assert np.array_equal(hatched(part, gap, width, area.left)[inside], whole[0][rect.slices])
        assert np.array_equal(outlined(part, gap, width)[inside], whole[1][rect.slices])


@pytest.mark.parametrize("width", [1, 2, 3])
def test_lines_are_upright_seen_from_near_and_vanish_from_afar(width: int) -> None:
    colour = np.array([180, 120, 60], np.uint8)
    flat = np.broadcast_to(colour, (60, 60, 3)).copy()
    hole = np.zeros((60, 60), bool)
    hole[6:54, 6:54] = True
    shown = hatched(flat, hole, width).astype(int)
    assert np.array_equal(shown[~hole], flat[~hole])
    inside = shown[6:54, 6:54]
    assert (inside == inside[:1]).all()  # along the lines nothing changes
    runs = np.diff(np.flatnonzero(np.diff(inside[0, :, 0], prepend=-1)))
    assert set(runs[1:-1].tolist()) == {width}
    assert np.ptp(inside[0, :, 0]) >= 40
    means = shown[:, 12 : 12 + 6 * width].mean(axis=1)[6:54]
    assert np.abs(means - colour).max() <= 1


def test_white_and_black_are_hatched_and_tints_stay() -> None:
    flat = np.full((40, 80, 3), (255, 250, 235), np.uint8)
    flat[:, 40:] = (0, 6, 20)
    shown = hatched(flat, np.ones((40, 80), bool), 1).astype(int)
    for half, of in ((shown[20, 4:36], flat[0, 0]), (shown[20, 44:76], flat[0, -1])):
        assert (np.ptp(half, axis=0) >= 40).all()
        assert np.allclose(np.diff(half.mean(axis=0)), np.diff(of.astype(int)), atol=1)


def test_an_outline_surrounds_the_hole_in_a_colour_that_is_seen() -> None:
    flat = np.full((50, 90, 3), (225, 10, 50), np.uint8)
    flat[:, 45:] = (0, 200, 240)
    hole = np.zeros((50, 90), bool)
    hole[20:30, 10:20] = hole[20:30, 70:80] = True
    shown = outlined(flat, hole, 2)
    changed = (shown != flat).any(axis=2)
    expected = np.zeros_like(hole)
    expected[18:32, 8:22] = expected[18:32, 68:82] = True
    assert np.array_equal(changed, expected & ~hole)
    assert shown[19, 15].tolist() == [0, 220, 255]
    assert shown[19, 75].tolist() == [230, 0, 60]


def test_each_hole_has_the_mean_of_what_is_known_near_it() -> None:
    rgb = np.full((96, 160, 3), 50, np.uint8)
    rgb[:, 80:] = 200
    hole = np.zeros((96, 160), bool)
    hole[36:44, 20:44] = hole[36:44, 120:140] = True
    rgb[hole] = 0  # what a fill is does not count
    asked: list[Rect] = []

    def known(rect: Rect) -> tuple[Rgb8, NDArray[np.bool_]]:
        asked.append(rect)
        return rgb[rect.slices], ~hole[rect.slices]

    whole = Rect.whole(hole.shape)
    for side in (32, 48, 1024):
        tones = Tones(PackedMask.of(~hole), known, tiles_of(whole, side))
        shown = tones.toned(rgb, hole, whole)
        assert np.array_equal(shown[~hole], rgb[~hole])
        assert set(shown[36:44, 20:44].ravel().tolist()) == {50}
        assert set(shown[36:44, 120:140].ravel().tolist()) == {200}
    part = Rect(38, 30, 20, 100)
    assert np.array_equal(tones.toned(rgb[part.slices], hole[part.slices], part), shown[part.slices])
    assert Rect(64, 64, 32, 32) not in asked  # far from any hole


def test_a_hole_with_nothing_known_near_it_has_the_tone_of_all() -> None:
    hole = np.zeros((32, 200), bool)
    hole[:, :64] = True
    hole[10:20, 150:160] = True
    rgb = np.full((32, 200, 3), 90, np.uint8)
    rgb[:, 60:120] = 255  # says nothing of the image

    def known(rect: Rect) -> tuple[Rgb8, NDArray[np.bool_]]:
        counts = ~hole
        counts[:, 60:120] = False
        return rgb[rect.slices], counts[rect.slices]

    tones = Tones(PackedMask.of(~hole), known, [Rect.whole(hole.shape)])
    assert set(tones.toned(rgb, hole, Rect.whole(hole.shape))[:, :60].ravel().tolist()) == {90}


@pytest.mark.parametrize(("size", "width"), [((10, 10), 1), ((2249, 100), 1), ((100, 2251), 2), ((90_000, 9), 3)])
def test_lines_grow_with_the_image(size: tuple[int, int], width: int) -> None:
    assert line_width(size) == width
    assert shows._STROKE // 2 * width + width < REACH
