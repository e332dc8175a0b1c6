"""The pyramid: what it keeps, what it reproduces, and that it depends on valid pixels alone."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.pyramid import fill_pyramid


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 50), width=st.integers(1, 50), seed=st.integers(0, 2**31))
def test_valid_pixels_stay_and_holes_stay_within_their_range(height, width, seed):
    torch.manual_seed(seed)
    x, mask = torch.rand(2, 3, height, width), (torch.rand(2, 1, height, width) > 0.6).float()
    mask[..., 0, 0] = 1
    filled = fill_pyramid(x, mask)
    assert torch.equal(filled * mask, x * mask)
    for one, valid, result in zip(x, mask, filled, strict=True):
        values = one[:, valid[0] > 0]  # (3, valid pixels)
        assert (result.amax((1, 2)) <= values.amax(1) + 1e-5).all()
        assert (result.amin((1, 2)) >= values.amin(1) - 1e-5).all()


def test_one_colour_is_reproduced():
    x = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 33, 47)
    mask = (torch.rand(1, 1, 33, 47) > 0.9).float()
    torch.testing.assert_close(fill_pyramid(x, mask), x)


def test_a_ramp_is_nearly_reproduced():
    x = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    mask = torch.ones(1, 1, 64, 64)
    mask[..., 24:40, 24:40] = 0
    assert (fill_pyramid(x, mask) - x).abs().max() < 0.08


def test_holes_are_not_looked_at():
    x, mask = torch.rand(1, 3, 20, 20), (torch.rand(1, 1, 20, 20) > 0.5).float()
    assert torch.equal(fill_pyramid(x, mask), fill_pyramid(torch.where(mask > 0, x, float("nan")), mask))


def test_nothing_valid_gives_zero():
    assert (fill_pyramid(torch.rand(1, 3, 9, 9), torch.zeros(1, 1, 9, 9)) == 0).all()
