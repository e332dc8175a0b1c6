"""Holes in which only scattered specks are known: which they are, and that the method alone fills them."""

import numpy as np
import pytest

from pconv_cli.core.light.pyramid import fill_pyramid
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.narrow.scattered import scattered_parts
from pconv_cli.methods.texture import TexturedBackend


def specks(share: float, side: int = 1, size: int = 128) -> np.ndarray:
    """A mask of which squares of that side are known, here and there."""
    known = np.random.default_rng(0).random((size // side, size // side)) < share
    return np.kron(known, np.ones((side, side))) > 0


@pytest.mark.parametrize("share", [0.03, 0.1, 0.15])
def test_between_specks_the_method_alone_fills(share: float) -> None:
    mask = specks(share)
    np.testing.assert_array_equal(scattered_parts(mask), ~mask)
    rgb = np.random.default_rng(1).random((*mask.shape, 3), np.float32)
    filled = TexturedBackend(PyramidBackend(), 0.5).fill(rgb, mask)
    np.testing.assert_array_equal(filled, fill_pyramid(rgb, mask))


def test_larger_specks_are_specks_too() -> None:
    mask = specks(0.1, 3)
    assert scattered_parts(mask)[~mask].mean() > 0.95


def test_waves_of_which_a_tenth_is_known_are_filled_as_well_as_by_the_method_alone() -> None:
    """Edges that specks do not show were followed, and patches copied of which nothing was known."""
    rows, columns = np.mgrid[:128, :128].astype(np.float32)
    waves = np.stack([0.5 + 0.4 * np.sin(rows / 9 + k) * np.cos(columns / 11 - k) for k in range(3)], 2)
    mask = specks(0.1)
    filled = TexturedBackend(PyramidBackend(), 0.5).fill(np.where(mask[..., None], waves, 0), mask)
    alone = fill_pyramid(np.where(mask[..., None], waves, 0), mask)
    errors = [np.square(one - waves)[~mask].mean() for one in (filled, alone)]
    assert errors[0] <= errors[1] * 1.001


def test_what_is_no_cloud_of_specks_is_none() -> None:
    scratch, block = np.ones((128, 128), bool), np.ones((128, 128), bool)
    scratch[:, 50:67] = False
    block[20:110, 20:110] = False
    dust = block.copy()
    dust[64, 64] = dust[40, 80] = dust[70:73, 90:93] = True  # a mask with pinholes
    net = np.ones((128, 128), bool)
    net[np.arange(128) % 16 < 8] = False
    strip = np.zeros((128, 128), bool)
    strip[:, :20] = True  # little is known, but it is whole
    for mask in (scratch, block, dust, net, strip, specks(0.5), np.ones((9, 9), bool), np.zeros((128, 128), bool)):
        assert not scattered_parts(mask).any()
