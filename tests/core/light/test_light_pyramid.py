"""The pyramid without torch: the same as the one with it."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.light.pyramid import fill_pyramid
from pconv_cli.core.pyramid import fill_pyramid as fill_pyramid_in_torch


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.sampled_from([1, 2, 3, 4, 7]),
    share=st.floats(0, 1),
    block=st.integers(1, 9),
    seed=st.integers(0, 2**31),
)
def test_it_is_equal_to_the_pyramid_in_torch(height, width, channels, share, block, seed):
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, channels), np.float32)
    mask = (rng.random((height, width)) > share).repeat(block, 0).repeat(block, 1)[:height, :width]
    image[~mask] = np.nan  # what stands in a hole is not looked at
    filled = fill_pyramid(image, mask)
    assert filled.dtype == np.float32
    assert np.array_equal(filled[mask], image[mask])
    planes = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = fill_pyramid_in_torch(planes, torch.from_numpy(mask)[None, None].float())[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(filled, expected, atol=1e-5, rtol=0)
