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
    sizes=st.lists(st.tuples(st.integers(5, 40), st.integers(5, 40)), min_size=1, max_size=4),
    kind=st.sampled_from([(2, 1, 1), (3, 1, 1), (3, 2, 1), (5, 2, 2), (7, 2, 3)]),
    channels=st.sampled_from([(3, 5), (32, 33), (40, 32)]),
    seed=st.integers(0, 2**31),
)
def test_it_is_equal_to_torch_on_images_of_any_sizes(sizes, kind, channels, seed):
    (side, stride, padding), (inputs, outputs) = kind, channels
    rng = np.random.default_rng(seed)
    images = [rng.standard_normal((*size, inputs)).astype(np.float32) for size in sizes]
    kernel = (rng.standard_normal((outputs, side, side, inputs)) / (side * inputs**0.5)).astype(np.float32)
    weight = torch.from_numpy(kernel).permute(0, 3, 1, 2).double()
    for x, found in zip(images, Convolution(kernel, stride, padding)(images), strict=True):
        planes = torch.from_numpy(x).permute(2, 0, 1)[None].double()
        expected = torch.nn.functional.conv2d(planes, weight, stride=stride, padding=padding)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected[0].permute(1, 2, 0).numpy(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [8, 32])
def test_places_that_are_wanted_come_as_if_all_were(channels):
    rng = np.random.default_rng(0)
    images = [rng.random((height, 30, channels), np.float32) for height in (40, 3, 9)]
    kernel = rng.random((channels, 3, 3, channels), np.float32)
    wanted = [rng.random(image.shape[:2]) < 0.05 for image in images]
    wanted[1][:] = False
    few, all_ = Convolution(kernel, 1, 1)(images, wanted), Convolution(kernel, 1, 1)(images)
    for some, part, whole in zip(wanted, few, all_, strict=True):
        np.testing.assert_allclose(part[some], whole[some], rtol=1e-5)
        assert np.isfinite(part).all()
    assert not few[1].any()  # nothing was computed


@pytest.mark.parametrize("kind", [(2, 1, 1), (3, 1, 1), (5, 2, 2)])
def test_large_inputs_take_fewer_products(kind, monkeypatch):
    side, stride, padding = kind
    kernel, x = np.ones((32, side, side, 32), np.float32), np.ones((48, 48, 32), np.float32)
    monkeypatch.setattr(Convolution, "_by_windows", None)
    assert np.allclose(Convolution(kernel, stride, padding)([x])[0][5:-5, 5:-5], 32 * side**2, rtol=1e-5)


@pytest.mark.parametrize("at_once", [1, 40 * 9 * 32, 2**17])
def test_strips_of_any_height_give_the_same(at_once, monkeypatch):
    rng = np.random.default_rng(0)
    images = [rng.random((height, 40, 32), np.float32) for height in (50, 7, 1)]
    kernel = rng.random((32, 3, 3, 32), np.float32)
    whole = Convolution(kernel, 1, 1)(images)
    monkeypatch.setattr(convolution, "_AT_ONCE", at_once)
    for part, expected in zip(Convolution(kernel, 1, 1)(images), whole, strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-5)


def test_large_kernels_are_transformed_each_time_and_give_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    image, kernel = rng.random((40, 40, 32), np.float32), rng.random((32, 3, 3, 32), np.float32)
    keeping = Convolution(kernel, 1, 1)
    first = keeping([image])[0]
    assert keeping._transformed() is keeping._transformed()
    monkeypatch.setattr(convolution, "_MOST_KEPT", 0)
    forgetting = Convolution(kernel, 1, 1)
    assert forgetting._transformed() is not forgetting._transformed()
    for convolve in (keeping, forgetting):
        np.testing.assert_array_equal(convolve([image])[0], first)
