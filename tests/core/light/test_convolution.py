"""Convolutions in NumPy: the same as torch's in float64, by windows and by Winograd's tiles."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.light import convolution
from pconv_cli.core.light.convolution import Convolution


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(5, 40),
    width=st.integers(5, 40),
    kind=st.sampled_from([(2, 1, 1), (3, 1, 1), (3, 2, 1), (5, 2, 2), (7, 2, 3)]),
    channels=st.sampled_from([(3, 5), (32, 33), (40, 32)]),
    seed=st.integers(0, 2**31),
)
def test_it_is_equal_to_torch_at_any_size(height, width, kind, channels, seed):
    (side, stride, padding), (inputs, outputs) = kind, channels
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((height, width, inputs)).astype(np.float32)
    kernel = (rng.standard_normal((outputs, side, side, inputs)) / (side * inputs**0.5)).astype(np.float32)
    found = Convolution(kernel, stride, padding)(x)
    planes, weight = torch.from_numpy(x).permute(2, 0, 1)[None], torch.from_numpy(kernel).permute(0, 3, 1, 2)
    expected = torch.nn.functional.conv2d(planes.double(), weight.double(), stride=stride, padding=padding)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected[0].permute(1, 2, 0).numpy(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", [(2, 1, 1), (3, 1, 1), (5, 2, 2)])
def test_large_inputs_take_fewer_products(kind, monkeypatch):
    side, stride, padding = kind
    kernel, x = np.ones((32, side, side, 32), np.float32), np.ones((40, 40, 32), np.float32)
    monkeypatch.setattr(Convolution, "_by_windows", None)
    assert np.allclose(Convolution(kernel, stride, padding)(x)[5:-5, 5:-5], 32 * side**2, rtol=1e-5)


def test_strips_of_any_height_give_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    x, kernel = rng.random((50, 40, 32), np.float32), rng.random((32, 3, 3, 32), np.float32)
    whole = Convolution(kernel, 1, 1)(x)
    monkeypatch.setattr(convolution, "_AT_ONCE", 1)
    np.testing.assert_allclose(Convolution(kernel, 1, 1)(x), whole, rtol=1e-5)
