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


@pytest.mark.parametrize("slanted", [False, True])
@pytest.mark.parametrize(("wide", "every", "dash"), [(1, 9, 128), (2, 12, 128), (3, 16, 128), (1, 9, 24), (1, 9, 12)])
def test_lines_and_dashes_are_no_specks_however_thin(wide: int, every: int, dash: int, slanted: bool) -> None:
    rows, columns = np.mgrid[:128, :128]
    mask = ((rows + slanted * columns) % every < wide) & (columns % (dash + 3) < dash)
    assert scattered_parts(mask)[~mask].mean() < 0.01  # the image cuts some short


def test_a_net_of_lines_is_no_speck() -> None:
    mask = np.zeros((128, 128), bool)
    mask[::9] = mask[:, ::9] = True
    assert not scattered_parts(mask).any()


def test_holes_between_known_lines_are_filled_along_the_edges_that_these_show() -> None:
    rows, columns = np.mgrid[:128, :128].astype(np.float32)
    disc = np.where(np.hypot(rows - 64, columns - 64) < 40, np.float32(0.9), np.float32(0.1))[..., None].repeat(3, 2)
    mask = np.zeros((128, 128), bool)
    mask[::9] = True
    shown = np.where(mask[..., None], disc, 0)
    filled, alone = TexturedBackend(PyramidBackend(), 0.5).fill(shown, mask), fill_pyramid(shown, mask)
    errors = [np.square(one - disc)[~mask].mean() for one in (filled, alone)]
    assert errors[0] < 0.8 * errors[1]


class Kept(PyramidBackend):
    """A method that keeps what it filled."""

    def fill(self, rgb: np.ndarray, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
        self.filled = super().fill(rgb, mask, wanted)
        return self.filled.copy()


def test_no_line_is_drawn_over_what_lies_between_specks() -> None:
    """A band goes on from one known block to another, with specks alone between them."""
    rows, columns = np.abs(np.mgrid[:192, :320] - np.array([96, 160])[:, None, None])
    rgb = np.where((rows < 5)[..., None], np.float32(0.9), np.float32(0.2)).repeat(3, 2)
    mask = (np.abs(columns - 108) < 36) & (rows < 26) | (np.random.default_rng(0).random(rows.shape) < 0.03)
    scattered = scattered_parts(mask)
    method = Kept()
    filled = TexturedBackend(method, 0.5).fill(np.where(mask[..., None], rgb, 0), mask)
    assert (rows < 5)[scattered].sum() > 100
    np.testing.assert_array_equal(filled[scattered], method.filled[scattered])


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


def test_specks_left_over_in_a_wide_hole_are_no_cloud() -> None:
    """Judges preferred patches there, 28 of 32 times: the method alone was fog."""
    mask = np.ones((256, 256), np.bool_)
    mask[68:188, 68:188] = specks(0.03, 4, 120)
    assert not scattered_parts(mask).any()


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
