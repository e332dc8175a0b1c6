from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.tiled.coarse import WindowLimits, WindowToFill, fill_at_any_size
from pconv_cli.methods.tiled.enlarging import double
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.halving import halve_known

Smooth = Callable[[tuple[int, int]], Rgb]


def by_pyramid(rgb: Rgb, mask: Mask) -> Rgb:
    assert mask.any(), "a tile that sees no valid pixel"
    return PyramidBackend().fill(rgb, mask)


def one_by_one(parts: Sequence[WindowToFill]) -> Iterator[Rgb]:
    return (by_pyramid(rgb, mask) for rgb, mask, _ in parts)


@pytest.fixture
def deep() -> Mask:
    """A hole of 220 x 300 in 300 x 400: with tiles of 64, many would see nothing."""
    mask = np.ones((300, 400), bool)
    mask[40:260, 50:350] = False
    return mask


def test_every_tile_of_a_deep_hole_sees_known_pixels_and_true_ones_stay(smooth: Smooth, deep: Mask) -> None:
    rgb = smooth((300, 400))
    filled = fill_at_any_size(rgb, deep, one_by_one, WindowLimits(64, 16, 16))
    np.testing.assert_array_equal(filled[deep], rgb[deep])


def test_a_deep_hole_has_no_seam(smooth: Smooth, deep: Mask) -> None:
    """No step anywhere in the hole is larger than those of the same method run on the whole image at once."""
    rgb = smooth((300, 400))
    filled = fill_at_any_size(rgb, deep, one_by_one, WindowLimits(64, 16, 16))
    whole = by_pyramid(rgb, deep)
    for axis in (0, 1):
        largest = np.abs(np.diff(whole, axis=axis)).max()
        assert np.abs(np.diff(filled, axis=axis)).max() < 1.25 * largest
    assert np.abs(filled - rgb).mean() < 1.2 * np.abs(whole - rgb).mean()


def test_a_flat_image_stays_flat_through_all_scales(deep: Mask) -> None:
    rgb = np.full((300, 400, 3), (0.25, 0.5, 0.75), np.float32)
    filled = fill_at_any_size(rgb, deep, one_by_one, WindowLimits(64, 16, 16))
    np.testing.assert_allclose(filled, rgb, atol=1e-5)


def test_the_method_is_given_tiles_and_never_a_deep_hole(smooth: Smooth, deep: Mask) -> None:
    seen = []

    def watch(parts: Sequence[WindowToFill]) -> Iterator[Rgb]:
        for rgb, mask, _ in parts:
            seen.append(mask.shape)
            assert mask.any()
            yield rgb

    fill_at_any_size(smooth((300, 400)), deep, watch, WindowLimits(64, 16, 16))
    assert max(max(shape) for shape in seen) <= 64
    seen.clear()
    shallow = np.ones((300, 400), bool)
    shallow[100:110, 100:110] = False
    fill_at_any_size(smooth((300, 400)), shallow, watch, WindowLimits(64, 16, 16))
    assert seen == [(64, 64)]


def test_doubling_keeps_places(smooth: Smooth) -> None:
    """A ramp halved and doubled is the same ramp: no shift by half a pixel."""
    ramp = np.repeat(np.repeat(np.arange(21, dtype=np.float32)[None, :, None], 17, axis=0), 3, axis=2)
    half, _ = halve_known(ramp, np.ones((17, 21), bool))
    again = double(half, (17, 21))
    assert again.shape == ramp.shape
    np.testing.assert_allclose(again[:, 1:-2], ramp[:, 1:-2], atol=1e-5)
