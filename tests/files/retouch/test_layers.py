"""A retouch as a layer: original + layer = result, for every type of samples."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pconv_cli.files.retouch.layers import layer_of
from tests.layers import composed

TYPES = ("uint8", "uint16", "uint32", "int16", "float16", "float32", "float64")


@given(data=st.data(), kind=st.sampled_from(TYPES), channels=st.integers(1, 4), opaque=st.booleans())
def test_original_and_layer_are_the_result(data: Any, kind: str, channels: int, opaque: bool) -> None:
    dtype = np.dtype(kind)
    samples = hnp.from_dtype(dtype, allow_nan=False)
    original = data.draw(hnp.arrays(dtype, (3, 4, channels), elements=samples))
    hole = data.draw(hnp.arrays(np.bool_, (3, 4)))
    colours = 1 if channels < 3 else 3
    result = original.copy()
    result[hole, :colours] = data.draw(hnp.arrays(dtype, (int(hole.sum()), colours), elements=samples))
    if opaque and channels > colours:
        result[hole, -1] = 1 if dtype.kind == "f" else np.iinfo(dtype).max
    before = original.copy()
    layer = layer_of(result, hole)
    assert composed(original, layer, opaque=opaque).tobytes() == result.tobytes()
    assert layer.shape == (3, 4, colours + 1)
    assert layer.dtype == dtype
    assert not layer[~hole].any()
    assert original.tobytes() == before.tobytes()


def test_the_alpha_of_twelve_bits_is_that_of_the_file() -> None:
    layer = layer_of(np.full((2, 2, 3), 9, np.uint16), np.eye(2, dtype=bool), opaque=4095)
    assert layer[:, :, 3].tolist() == [[4095, 0], [0, 4095]]


def test_what_does_not_fit_is_an_error() -> None:
    samples, hole = np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3), bool)
    with pytest.raises(ValueError, match=r"\(2, 3\) and its hole \(3, 2\)"):
        layer_of(samples, hole.T)
