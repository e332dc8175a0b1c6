"""What callers from outside hand to a method is checked, and nothing that is right is refused."""

from typing import Any

import numpy as np
import pytest

from pconv_cli.errors import UsageError
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.protocol import Backend

RGB = np.full((12, 16, 3), 0.5, np.float32)
MASK = np.eye(12, 16) == 0


@pytest.fixture(scope="module")
def backend() -> Backend:
    return make_backend("pyramid", device="cpu")


@pytest.mark.parametrize(
    ("rgb", "mask", "words"),
    [
        ((RGB * 255).astype(np.uint8), MASK, "rgb: has dtype uint8; fill takes float32 in"),
        (RGB.astype(np.float64), MASK, "rgb: has dtype float64"),
        (RGB.tolist(), MASK, "rgb: has dtype list"),
        (RGB[:, :, 0], MASK, r"rgb: has shape \(12, 16\); fill takes \(H, W, 3\)"),
        (RGB.transpose(2, 0, 1), MASK, r"rgb: has shape \(3, 12, 16\)"),
        (RGB[:0], MASK[:0], r"rgb: has shape \(0, 16, 3\)"),
        (RGB, MASK.astype(np.uint8), "mask: has dtype uint8; fill takes bool"),
        (RGB, MASK[:, :4], r"mask: has shape \(12, 4\), but the image has \(12, 16\) pixels"),
        (RGB, np.zeros_like(MASK), "mask: all of it is hole, .*; here True = valid, False = hole"),
        (RGB * 255, MASK, r"rgb: runs from 127.5 to 127.5 outside the holes; fill takes \[0, 1\]"),
        (RGB * 2 - 2, MASK, "rgb: runs from -1 to -1 outside the holes"),
        (np.where(MASK[:, :, None], np.float32(np.nan), RGB), MASK, "not finite outside the holes"),
    ],
)
def test_what_would_be_filled_wrongly_is_refused(backend: Backend, rgb: Any, mask: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        backend.fill(rgb, mask)
    assert isinstance(caught.value, UsageError)


def test_wanted_holes_are_checked_too(backend: Backend) -> None:
    with pytest.raises(ValueError, match="wanted: has dtype int64; fill takes bool"):
        backend.fill(RGB, MASK, np.ones((12, 16), np.int64))


@pytest.mark.parametrize("in_the_hole", [np.nan, 1e30, -5.0, 1.0])
def test_a_hole_may_hold_anything(backend: Backend, in_the_hole: float) -> None:
    damaged = np.where(MASK[:, :, None], RGB, np.float32(in_the_hole))
    np.testing.assert_allclose(backend.fill(damaged, MASK), RGB, atol=1e-6)


def test_what_rounding_leaves_beyond_the_range_is_taken(backend: Backend) -> None:
    almost = RGB * np.float32(2 + 1 / 255)
    np.testing.assert_array_equal(backend.fill(almost, MASK)[MASK], almost[MASK])


def test_arrays_may_lie_in_any_order() -> None:
    rng = np.random.default_rng(0)
    rgb, mask = rng.random((60, 80, 3), np.float32), rng.random((60, 80)) > 0.02
    textured = make_backend("pyramid", texture=0.4)
    filled = textured.fill(rgb, mask)
    np.testing.assert_array_equal(textured.fill(np.asfortranarray(rgb), np.asfortranarray(mask)), filled)
    np.testing.assert_array_equal(textured.fill(rgb.repeat(2, 1)[:, ::2], mask.repeat(2, 1)[:, ::2]), filled)
