"""The nearest-neighbour field against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from skimage import data

from pconv_cli.inpainting.correspondence import PatchField


def field_of(seed: int, height: int, width: int, targets: int, smooth: bool) -> PatchField:
    rng = np.random.default_rng(seed)
    sources = rng.random((height * width, 5), dtype=np.float32)
    if smooth:  # neighbours resemble each other, as patches do
        grid = np.stack(np.mgrid[:height, :width], -1).reshape(-1, 2).astype(np.float32)
        sources = np.concatenate([np.sin(grid / 3), np.cos(grid / 5), sources[:, :1] * 0.1], 1)
    allowed = rng.random(height * width) < 0.7
    allowed[0] = True
    choices = np.flatnonzero(allowed)
    positions = np.sort(rng.choice(height * width, targets, replace=False))
    return PatchField((height, width), sources, allowed, positions, rng.choice(choices, targets))


def brute_force(field: PatchField, wanted: NDArray[np.float32]) -> NDArray[np.float64]:
    allowed = field.sources[field.allowed].astype(np.float64)
    return np.array([((allowed - row) ** 2).sum(1).min() for row in wanted.astype(np.float64)])


def test_it_finds_nearly_the_nearest_patches_of_a_photograph() -> None:
    picture = data.camera()[100:148, 200:260].astype(np.float32) / 255
    sources = sliding_window_view(np.pad(picture, 2), (5, 5)).reshape(picture.size, -1)
    hole = np.zeros(picture.shape, bool)
    hole[18:30, 20:40] = True
    targets = np.flatnonzero(hole)
    partner = np.random.default_rng(1).choice(np.flatnonzero(~hole), len(targets))
    field = PatchField(picture.shape, sources, ~hole.ravel(), targets, partner)
    nearest = brute_force(field, sources[targets])
    field.look_for(sources[targets])
    at_random = field.distance.mean()
    field.improve(4, np.random.default_rng(2))
    assert nearest.mean() * 0.999 < field.distance.mean() < min(1.5 * nearest.mean(), at_random / 5)
    field.improve(20, np.random.default_rng(3))
    assert field.distance.mean() < 1.15 * nearest.mean()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), height=st.integers(2, 20), width=st.integers(2, 20), smooth=st.booleans())
def test_partners_are_allowed_and_only_get_nearer(seed: int, height: int, width: int, smooth: bool) -> None:
    field = field_of(seed, height, width, min(10, height * width), smooth)
    wanted = np.random.default_rng(seed).random((len(field.targets), 5), dtype=np.float32)
    field.look_for(wanted)
    before = field.distance.copy()
    field.improve(2, np.random.default_rng(seed))
    assert field.allowed[field.partner].all()
    assert (field.distance <= before).all()
    exact = ((field.sources[field.partner].astype(np.float64) - wanted) ** 2).sum(1)
    np.testing.assert_allclose(field.distance, exact, rtol=1e-4, atol=1e-6)
    assert (field.distance >= brute_force(field, wanted) - 1e-4).all()


def test_propagation_spreads_one_right_partner() -> None:
    """A copy of the grid, shifted: one right partner and its neighbours follow, without any search."""
    rng = np.random.default_rng(0)
    height, width = 12, 40
    sources = rng.random((height, width, 4), dtype=np.float32)
    sources[:, 20:] = sources[:, :20]
    allowed = np.zeros((height, width), bool)
    allowed[:, :20] = True
    targets = np.flatnonzero(np.arange(height * width) % width >= 20)
    partner = np.zeros(len(targets), np.int64)
    partner[0] = targets[0] - 20
    field = PatchField((height, width), sources.reshape(-1, 4), allowed.ravel(), targets, partner)
    field.look_for(sources.reshape(-1, 4)[targets])
    for _ in range(40):
        for down, right in ((0, -1), (-1, 0)):
            field._propagate(down, right)
    np.testing.assert_array_equal(field.partner, targets - 20)
    assert field.distance.max() == pytest.approx(0)
