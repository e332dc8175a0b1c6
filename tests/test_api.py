"""`pconv_cli.inpaint`: what it takes and returns, that it is the command, and what it refuses."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import pconv_cli
from pconv_cli import FillOptions, Method, ModelSpec, PConvUNet, inpaint, inpaint_folder
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.methods.backends import Backends

DTYPES = ["uint8", "uint16", ">u2", "float16", "float32", "float64"]
SHAPES = [(40, 56), (40, 56, 1), (40, 56, 2), (40, 56, 3), (40, 56, 4)]


@pytest.fixture
def hole() -> NDArray[np.bool_]:
    mask = np.zeros((40, 56), np.bool_)
    mask[12:20, 10:44] = True
    return mask


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Weights of a tiny network."""
    pconv_cli.save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(4, 3, "pyramid")))
    return tmp_path / "tiny.safetensors"


def image(shape: tuple[int, ...], dtype: str, hole: NDArray[np.bool_], seed: int = 0) -> NDArray[Any]:
    """Colours about 0.4 of white, opaque, and white where it is damaged."""
    kind = np.dtype(dtype)
    white = np.iinfo(kind).max if kind.kind == "u" else 1
    values = np.random.default_rng(seed).uniform(0.35, 0.45, shape)
    if len(shape) == 3 and shape[2] in (2, 4):
        values[..., -1] = 1
    values[hole] = 1
    return (values * white).astype(kind)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_dtype_shape_and_known_samples_stay_and_the_hole_takes_the_colour_round_it(
    dtype: str, shape: tuple[int, ...], hole: NDArray[np.bool_]
) -> None:
    given = image(shape, dtype, hole)
    before = given.copy()
    restored = inpaint(given, hole, method="telea")
    assert (restored.dtype, restored.shape) == (given.dtype, given.shape)
    assert restored[~hole].tobytes() == given[~hole].tobytes()
    np.testing.assert_array_equal(given, before)
    white = 1 if given.dtype.kind == "f" else np.iinfo(given.dtype).max
    colours = {1: 1, 2: 1, 3: 3, 4: 3}[shape[2]] if len(shape) == 3 else 1
    filled = restored[hole].reshape(hole.sum(), -1)
    np.testing.assert_allclose(filled[:, :colours].astype(float) / white, 0.4, atol=0.06)
    assert (filled[:, colours:] == white).all()


def test_alpha_stays_bit_for_bit_in_the_holes_too(hole: NDArray[np.bool_]) -> None:
    given = image((40, 56, 4), "float64", hole)
    given[..., 3] = 0.7  # no float32
    restored = inpaint(given, hole, method="telea")
    np.testing.assert_array_equal(restored[..., 3], given[..., 3])
    assert (restored[hole, :3] != given[hole, :3]).all()


@given(
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 1000),
    box=st.tuples(st.integers(4, 12), st.integers(4, 12), st.integers(1, 8), st.integers(1, 8)),
)
def test_what_a_hole_holds_changes_nothing(dtype: str, seed: int, box: tuple[int, int, int, int]) -> None:
    top, left, height, width = box  # off the edges, where OpenCV reads what stands in a hole
    hole = np.zeros((24, 24), np.bool_)
    hole[top : top + height, left : left + width] = True
    one = image((24, 24, 3), dtype, hole, seed)
    other = one.copy()
    other[hole] = 0
    np.testing.assert_array_equal(inpaint(one, hole, method="telea"), inpaint(other, hole, method="telea"))


@pytest.mark.parametrize("kind", ["uint8", "int64", "float32", "uint16"])
def test_nonzero_is_hole_as_in_opencv_and_scikit_image(kind: str, hole: NDArray[np.bool_]) -> None:
    given = image((40, 56, 3), "uint8", hole)
    expected = inpaint(given, hole, method="telea")
    for mask in (hole.astype(kind), 7 * hole.astype(kind), hole[:, :, np.newaxis].astype(kind), hole.tolist()):
        np.testing.assert_array_equal(inpaint(given, mask, method="telea"), expected)
    assert (expected[hole] < 130).all()  # the damage is white, and gone


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_it_gives_what_the_command_writes(
    tmp_path: Path, tiny: Path, hole: NDArray[np.bool_], dtype: str, channels: int
) -> None:
    given = image((40, 56, channels), dtype, hole)
    write_image(tmp_path / "in.png", StoredImage(given))
    write_mask(tmp_path / "m.png", ~hole)
    report = inpaint_folder(tmp_path / "in.png", str(tmp_path / "m.png"), tmp_path / "out.png", weights=tiny)
    assert report.exit_code == 0
    expected = read_image(tmp_path / "out.png").samples
    np.testing.assert_array_equal(inpaint(given, hole, weights=tiny), expected)
    from_files = inpaint(str(tmp_path / "in.png"), tmp_path / "m.png", weights=str(tiny))
    np.testing.assert_array_equal(from_files, expected[:, :, 0] if channels == 1 else expected)
    assert not np.array_equal(expected, given)


def test_transparency_is_the_mask_where_asked_and_becomes_opaque(hole: NDArray[np.bool_]) -> None:
    given = image((40, 56, 4), "uint8", hole)
    given[hole, 3] = 0
    restored = inpaint(given, "alpha", method="telea")
    assert (restored[..., 3] == 255).all()
    assert (restored[hole] != given[hole]).any(axis=1).all()
    with pytest.raises(ValueError, match="mask: is 'alpha', but the image has no alpha channel"):
        inpaint(given[..., :3], "alpha")


def test_dilate_grows_the_holes(hole: NDArray[np.bool_]) -> None:
    given = image((40, 56, 3), "uint8", hole)
    small = hole.copy()
    small[12], small[19], small[:, 10], small[:, 43] = False, False, False, False
    restored = inpaint(given, small, method="telea", dilate=2)
    assert (restored[hole] < 130).all()


def test_an_empty_mask_gives_a_copy_and_loads_no_model(hole: NDArray[np.bool_]) -> None:
    given = image((40, 56, 3), "uint8", hole)
    restored = inpaint(given, np.zeros((40, 56)), weights="no such weights")
    np.testing.assert_array_equal(restored, given)
    assert not np.shares_memory(restored, given)


def test_a_model_is_loaded_once_and_again_when_its_file_changes(
    tiny: Path, hole: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make: Callable[..., Any] = Backends.of
    monkeypatch.setattr(Backends, "of", lambda self, options: made.append(options) or make(self, options))
    given = image((40, 56, 3), "uint8", hole)
    first = inpaint(given, hole, weights=tiny)
    np.testing.assert_array_equal(inpaint(given, hole, weights=tiny, dilate=0), first)
    inpaint(given, hole, weights=tiny, dilate=1)
    assert len(made) == 1
    pconv_cli.save_weights(tiny, PConvUNet(ModelSpec(5, 3, "pyramid")))
    inpaint(given, hole, weights=tiny)
    assert len(made) == 2


def test_its_options_are_those_of_the_command() -> None:
    shown = inspect.signature(inpaint).parameters
    assert [*shown] == ["image", "mask", *(field.name for field in fields(FillOptions))]
    assert shown["method"].default is Method.PCONV
    with pytest.raises(TypeError, match="unexpected keyword argument 'tiles'"):
        inpaint(np.zeros((4, 4)), np.zeros((4, 4)), tiles=3)  # type: ignore[call-arg]


GOOD = np.full((8, 9, 3), 100, np.uint8)
SOME = np.eye(8, 9) > 0


@pytest.mark.parametrize(
    ("image", "mask", "words"),
    [
        (GOOD.astype(np.int64), SOME, "image: has dtype int64; convert it to uint8, uint16 or floats"),
        (GOOD > 1, SOME, "image: has dtype bool"),
        ([[1, 2], [3]], SOME, "image: is no array, since its rows differ in length"),
        (GOOD, [[1, 2], [3]], "mask: is no array, since its rows differ in length"),
        (GOOD.astype(complex), SOME, "image: has dtype complex128"),
        (GOOD.transpose(2, 0, 1), SOME, r"looks like \(C, H, W\); move the channels to the end"),
        (GOOD[np.newaxis], SOME, r"image: has shape \(1, 8, 9, 3\); pass one image"),
        (np.zeros((8, 9, 5), np.uint8), SOME, r"image: has shape \(8, 9, 5\)"),
        (GOOD[:0], SOME[:0], "no pixel"),
        (GOOD, SOME[:7], r"mask: has shape \(7, 9\), but the image has \(8, 9\) pixels"),
        (GOOD, np.repeat(SOME[:, :, None], 3, axis=2), r"mask: has shape \(8, 9, 3\); .* mask.any\(axis=2\)"),
        (GOOD, SOME.astype("U5"), "mask: has dtype <U5"),
        (GOOD, np.where(SOME, np.nan, 0), "mask: has dtype float64 or NaN"),
        (GOOD, np.ones((8, 9)), r"all of it is hole, .* pass ~mask"),
        (
            np.where(SOME, 0.5, np.nan),
            SOME,
            "has no pixel outside the holes to fill them from",
        ),
        (
            np.where(SOME[:, :, None], GOOD, 0)[..., [0, 1, 2, 0]],
            SOME,
            "has no pixel outside the holes to fill them from",
        ),
        ("", SOME, "image: is empty"),
        (GOOD, "", "mask: is empty"),
    ],
)
def test_what_cannot_be_filled_is_a_value_error_in_one_line(image: Any, mask: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        inpaint(image, mask)
    assert isinstance(caught.value, pconv_cli.PconvError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e300])
def test_what_is_no_number_is_filled_in_a_hole_and_kept_outside(odd: float) -> None:
    given = np.where(SOME, np.nan, 0.5)
    given[7, 0] = odd
    restored = inpaint(given, SOME, method="telea")
    assert restored[~SOME].tobytes() == given[~SOME].tobytes()
    np.testing.assert_allclose(restored[SOME], 0.5, atol=0.01)


def test_a_mask_that_is_mostly_hole_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="the mask is 79 % hole; .* pass ~mask"):
        inpaint(GOOD, ~SOME & (np.arange(9) > 0), method="telea")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inpaint(GOOD, SOME, method="telea")
