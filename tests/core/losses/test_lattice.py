"""The lattice term against NumPy's transform, window by window, and what it distinguishes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.losses.terms.lattice import lattice_loss


def detail(plane):
    """A plane minus its mean over 9 x 9 pixels."""
    padded = np.pad(plane, 4, mode="edge")
    return plane - np.lib.stride_tricks.sliding_window_view(padded, (9, 9)).mean((2, 3))


def naive(image, truth, hole):
    """By the docstring, a window at a time."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(32) / 32)
    waves = np.hypot(np.fft.fftfreq(32)[:, None] * 32, np.fft.rfftfreq(32) * 32)
    band = (waves >= 3) & (waves <= 15)
    band[17:, 0] = False  # the other halves of pairs
    ring = np.rint(waves[band]).astype(int)
    powers = []
    for x in (image, truth):
        of_x = []
        for number in range(len(x)):
            planes = [hole[number, 0] * detail(channel) for channel in x[number]]
            for top in range(0, x.shape[2] - 31, 16):
                for left in range(0, x.shape[3] - 31, 16):
                    if hole[number, 0, top : top + 32, left : left + 32].mean() < 0.4:
                        continue
                    windows = [p[top : top + 32, left : left + 32] for p in planes]
                    of_x.append(sum(np.abs(np.fft.rfft2(w * hann * hann[:, None])) ** 2 for w in windows))
        powers.append([p[band] for p in of_x])
    if not powers[0]:
        return 0.0
    usual = np.array([np.mean(powers[1], 0)[ring == r].mean() for r in ring])
    total = 0.0
    for made, real in zip(*powers, strict=True):
        peaks = [np.mean(q**2) / np.mean(q) ** 2 for q in (made / usual + 0.001, real / usual + 0.001)]
        total += max(0.0, np.log(peaks[0]) - np.log(max(2.0, peaks[1])))
    return total * 256 / (len(hole) * hole.shape[2] * hole.shape[3])


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(30, 80),
    width=st.integers(30, 80),
    waves=st.floats(0, 3),
    damaged=st.booleans(),
)
def test_it_is_what_its_docstring_says(seed, height, width, waves, damaged):
    rng = np.random.default_rng(seed)
    image, truth = rng.random((2, 2, 3, height, width))
    image = 0.1 * image + np.sin(waves * np.arange(width))
    known = (rng.random((2, 1, height, width)) > 0.2 * damaged).astype(np.float64)
    mask = known * (rng.random((2, 1, height, width)) > 0.6)
    image_, truth_, mask_, known_ = (torch.from_numpy(a) for a in (image, truth, mask, known))
    got = lattice_loss(image_, truth_, mask_, known_ if damaged else None)
    assert got.item() == pytest.approx(naive(image, truth, known - mask), rel=1e-9, abs=1e-12)


@pytest.fixture
def scene():
    """A random truth with a square hole, and an image whose hole holds soft, faint dots 6 pixels apart."""
    truth = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(1, 1, 128, 128)
    mask[..., 20:108, 20:108] = 0
    waves = torch.sin(torch.pi / 3 * torch.arange(128))
    return truth, mask, torch.where(mask > 0, truth, 0.5 + 0.1 * waves[:, None] * waves)


def test_dots_cost_however_faint_and_random_texture_does_not(scene):
    truth, mask, dotted = scene
    random = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    other = torch.where(mask > 0, truth, 0.5 + 0.1 * random)
    assert lattice_loss(truth, truth, mask).item() == 0
    assert lattice_loss(other, truth, mask).item() < 0.01
    strong = torch.where(mask > 0, truth, 0.5 + 3 * (dotted - 0.5))
    costs = [lattice_loss(image, truth, mask).item() for image in (dotted, strong)]
    assert costs[0] > 0.3
    assert costs[1] == pytest.approx(costs[0], rel=0.3)


def test_a_pattern_costs_nothing_where_the_truth_has_one_or_nothing_is_hole(scene):
    _, mask, dotted = scene
    everywhere = dotted[..., 20:108, 20:108].repeat(1, 1, 2, 2)[..., :128, :128]
    assert lattice_loss(everywhere.roll((2, 3), (2, 3)), everywhere, mask).item() < 0.05
    assert lattice_loss(dotted, torch.rand_like(dotted), torch.ones_like(mask)).item() == 0
    assert lattice_loss(dotted[..., :31], dotted[..., :31].flip(2), mask[..., :31]).item() == 0  # no window fits


def test_rows_and_columns_are_alike_and_halves_are_taken(scene):
    truth, mask, _ = scene
    stripes = torch.where(mask > 0, truth, 0.5 + 0.1 * torch.sin(torch.pi / 3 * torch.arange(128)))
    cost = lattice_loss(stripes, truth, mask).item()
    turned = (x.transpose(2, 3) for x in (stripes, truth, mask))
    assert lattice_loss(*turned).item() == pytest.approx(cost, rel=1e-5)
    assert lattice_loss(stripes.half(), truth, mask).item() == pytest.approx(cost, rel=0.01)


def test_its_gradient_is_finite_where_nothing_is_to_be_seen(scene):
    truth, mask, dotted = scene
    flat = torch.full_like(truth, 0.5)
    for image, real in ((flat, truth), (dotted, flat), (flat, flat)):
        image = image.clone().requires_grad_()
        lattice_loss(image, real, mask).backward()
        assert image.grad.isfinite().all()


def test_it_is_float32_under_autocast(scene):
    truth, mask, dotted = scene
    with torch.autocast("cpu", torch.bfloat16):
        rounded = lattice_loss(dotted, truth, mask)
    assert rounded.item() == lattice_loss(dotted, truth, mask).item()
