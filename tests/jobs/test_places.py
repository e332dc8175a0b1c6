"""What is filled at a coarser scale lies where it belongs: on a ramp an error of the fill is a shift in pixels."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images import whole as image
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled import sweep
from pconv_cli.methods.tiled.coarse import WindowLimits, WindowToFill, fill_at_any_size
from pconv_cli.methods.tiled.windows import Rgb

SIZE = (640, 800)
SLOPE = 1 / 1024  # of the ramp, a pixel


class Plane:
    """Fits a plane to what is known: of a ramp that gives the ramp, at every scale, in holes of any size."""

    name = "plane"

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        rows, columns = np.indices(mask.shape)
        places = np.stack([rows, columns, np.ones(mask.shape)], axis=2)
        plane, *_ = np.linalg.lstsq(places[mask], rgb[mask].astype(np.float64), rcond=None)
        return np.where(mask[:, :, np.newaxis], rgb, places @ plane).astype(np.float32)

    def in_tiles(self, parts: Sequence[WindowToFill]) -> Iterator[Rgb]:
        return (self.fill(rgb, mask) for rgb, mask, _ in parts)


@pytest.fixture
def ramp() -> Rgb:
    """Channels that rise downwards, to the right and to the left, ``(H, W, 3)``."""
    rows, columns = np.indices(SIZE).astype(np.float32) * np.float32(SLOPE)
    return np.stack([rows, columns, 1 - columns], axis=2)


@pytest.fixture
def deep() -> Mask:
    """A hole in blocks of the coarsest scale, so that no average there is of a part of a block."""
    mask = np.ones(SIZE, bool)
    mask[128:512, 160:640] = False
    return mask


def shift(filled: Rgb, ramp: Rgb) -> float:
    """By how many pixels a fill lies off at most."""
    return float(np.abs(filled - ramp).max() / SLOPE)


def test_a_coarser_scale_of_the_network_lies_where_it_belongs(ramp: Rgb, deep: Mask) -> None:
    filled = fill_at_any_size(ramp, deep, Plane().in_tiles, WindowLimits(64, 16, 16))
    assert shift(filled, ramp) < 0.05


def test_a_coarser_scale_of_a_large_image_lies_where_it_belongs(
    ramp: Rgb, deep: Mask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SIDE", 256)
    monkeypatch.setattr(sweep, "CONTEXT", 64)
    filled = image.inpaint_image(StoredImage(ramp, ImageFormat.TIFF), deep, Plane())
    assert shift(filled.samples, ramp) < 0.05


def test_a_hole_is_filled_from_as_much_around_it_as_it_is_deep(ramp: Rgb) -> None:
    """A plane fitted to grain errs the less the more of it is seen: some 3 dB for each doubling of the pixels."""
    mask, side = np.ones(SIZE, bool), 190
    mask[200 : 200 + side, 300 : 300 + side] = False
    deep = side // 2
    shown = np.s_[200 - deep : 200 + side + deep, 300 - deep : 300 + side + deep]
    errors: dict[str, list[float]] = {"ours": [], "least": []}
    for seed in range(6):
        grain = np.random.default_rng(seed).normal(0, 0.05, (*SIZE, 3)).astype(np.float32)
        grainy = ramp + grain
        filled = fill_at_any_size(grainy, mask, Plane().in_tiles, WindowLimits(512, 128, 128))
        errors["ours"].append(((filled - ramp)[~mask] ** 2).mean())
        least = Plane().fill(grainy[shown], mask[shown])
        errors["least"].append(((least - ramp[shown])[~mask[shown]] ** 2).mean())
    ours, least_shown = (10 * np.log10(np.mean(errors[name])) for name in ("ours", "least"))
    assert ours < least_shown + 0.5, "dB"
