"""Holes are filled in the right colour whatever the range of the samples, by every method, and undamaged ones stay."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.whole import inpaint_image
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled import leaving, sweep
from pconv_cli.methods.tiled.windows import Rgb

SIZE = (96, 112)
Mask = NDArray[np.bool_]

# Scale and base of samples that an image of 8 bits could be written in.
RANGES: dict[str, tuple[str, float, float]] = {
    **{f"{bits} bits": ("uint16", 2**bits - 1, 0) for bits in (9, 12, 16)},
    "a narrow band": ("uint16", 900, 30000),
    "small floats": ("float32", 1e-3, 0),
    "heights": ("float32", 120, -3060),
    "large floats": ("float32", 1e5, 0),
    "below nought": ("float32", 1e5, -1e5),
}


@pytest.fixture
def hole() -> Mask:
    hole = np.zeros(SIZE, bool)
    hole[40:52, 30:70] = hole[70:90, 80:84] = True
    return hole


@pytest.fixture(scope="module")
def backends() -> dict[Method, Backend]:
    return {method: make_backend(method, device="cpu", precision="float32") for method in Method}


def filled_by(backend: Backend, samples: NDArray[Any], mask: Mask) -> NDArray[Any]:
    return inpaint_image(StoredImage(samples, ImageFormat.TIFF), mask, backend).samples


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("name", RANGES)
def test_the_colour_is_that_of_eight_bits(
    method: Method, name: str, smooth: Callable[[tuple[int, int]], Rgb], hole: Mask, backends: dict[Method, Backend]
) -> None:
    dtype, scale, base = RANGES[name]
    rgb = smooth(SIZE)
    rgb[0, :2], rgb[1, :2] = 0, 1  # so that the own range is the whole one
    eight = filled_by(backends[method], np.rint(rgb * 255).astype(np.uint8), ~hole)
    exact = rgb.astype(np.float64) * scale + base
    samples = (np.rint(exact) if dtype == "uint16" else exact).astype(dtype)
    damaged = samples.copy()
    damaged[hole] = 0 if dtype == "uint16" else -9999
    damaged[5, 5] = 65535 if dtype == "uint16" else 1e9  # a hot pixel
    filled = filled_by(backends[method], damaged, ~hole)
    np.testing.assert_array_equal(filled[~hole], damaged[~hole])
    got = (filled[hole].astype(np.float64) - base) / scale
    error = np.abs(got - eight[hole] / 255)
    # The rounding of eight bits moves a fill by a little, and single pixels by more where another patch is chosen.
    assert (error.mean() if method is Method.PATCHMATCH else error.max()) < 0.02
    assert np.ptp(got, axis=1).mean() > 0.1  # and in colour


def test_samples_that_are_no_numbers_are_no_evidence_and_stay(
    smooth: Callable[[tuple[int, int]], Rgb], hole: Mask, backends: dict[Method, Backend]
) -> None:
    samples = smooth(SIZE) * np.float32(1000)
    samples[38:56, 70:80] = np.nan  # beside the hole
    samples[10:12, 10:12, 1] = np.inf
    samples[80:, :20] = np.finfo(np.float32).min
    for method in Method:
        filled = filled_by(backends[method], samples, ~hole)
        assert filled[~hole].tobytes() == samples[~hole].tobytes()
        assert np.abs(filled[hole] - (smooth(SIZE) * 1000)[hole]).max() < 130


@pytest.mark.parametrize("method", list(Method))
def test_what_is_hidden_under_transparent_pixels_does_not_show(
    method: Method, smooth: Callable[[tuple[int, int]], Rgb], hole: Mask, backends: dict[Method, Backend]
) -> None:
    rgb = np.rint(smooth(SIZE) * 255).astype(np.uint8)
    alpha = np.full(SIZE, 255, np.uint8)
    alpha[:, 60:] = 0  # its rim runs through a hole
    alpha[:, 58:60] = 128
    results = []
    for hidden in (0, 255):
        samples = np.dstack([np.where(alpha[..., None] > 0, rgb, np.uint8(hidden)), alpha])
        filled = filled_by(backends[method], samples, ~hole)
        np.testing.assert_array_equal(filled[~hole], samples[~hole])
        np.testing.assert_array_equal(filled[..., 3], alpha)
        results.append(filled[hole])
    np.testing.assert_array_equal(*results)
    seen = (alpha > 0)[hole]
    assert np.abs(results[0][seen, :3].astype(int) - rgb[hole][seen]).max() < 36


def test_a_hole_amid_nothing_is_filled_from_afar(
    monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb]
) -> None:
    """In a large image the window round such a hole shows nothing that is known."""
    monkeypatch.setattr(sweep, "SIDE", 128)
    monkeypatch.setattr(sweep, "CONTEXT", 32)
    samples = np.full((400, 300, 3), 500.0, np.float32) + smooth((400, 300))
    samples[200:] = np.nan
    mask = np.ones((400, 300), bool)
    mask[350:360, 100:120] = mask[20:30, 30:40] = False
    filled = inpaint_image(StoredImage(samples), mask, make_backend(Method.PYRAMID, device="cpu")).samples
    assert filled[mask].tobytes() == samples[mask].tobytes()
    assert samples[:200][mask[:200]].min() <= filled[~mask].min() <= filled[~mask].max() <= samples[:200].max()


def test_a_image_of_which_nothing_is_known_fails_alone(tmp_path: Path, run: Callable[..., InpaintReport]) -> None:
    mask = np.ones((20, 30), bool)
    mask[4:9, 4:9] = False
    for name, hidden in (("clear", 0), ("sound", 255)):
        samples = np.full((20, 30, 4), 90, np.uint8)
        samples[..., 3] = hidden
        samples[~mask, 3] = 255
        write_image(tmp_path / "in" / f"{name}.png", StoredImage(samples))
        write_mask(tmp_path / "m" / f"{name}.png", mask)
    report = run(tmp_path, method=Method.PYRAMID)
    assert [one.name for one in report.done] == ["sound.png"]
    assert [name for name, _ in report.failed] == ["clear.png"]
    assert "has no pixel outside its holes to fill them from" in report.failed[0][1]
    assert (read_image(tmp_path / "out" / "sound.png").samples[..., :3] == 90).all()


def test_windows_that_find_nothing_known_fail_in_words(
    tmp_path: Path, run: Callable[..., InpaintReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> Iterator[sweep.FilledBlock]:
        raise sweep.NothingKnown
        yield

    monkeypatch.setattr(leaving, "sweep", nothing)
    mask = np.ones((20, 30), bool)
    mask[4:9, 4:9] = False
    write_image(tmp_path / "in" / "a.png", StoredImage(np.full((20, 30, 3), 90, np.uint8)))
    write_mask(tmp_path / "m" / "a.png", mask)
    ((_, reason),) = run(tmp_path, method=Method.PYRAMID).failed
    assert "has no pixel outside its holes to fill them from" in reason
