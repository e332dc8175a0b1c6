"""Coarse fills of deep holes get detail from known pixels, wherever in the image these are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.patches import detail as patches
from pconv_cli.methods.patches.backend import PatchMatchBackend
from pconv_cli.methods.patches.detail import add_detail
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled import detail as tiles
from pconv_cli.methods.tiled.detail import CoarseFill, DetailedParts
from pconv_cli.methods.tiled.enlarging import double
from pconv_cli.methods.tiled.regions import REGION, Regions
from pconv_cli.methods.tiled.sweep import sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.halving import halve_known
from pconv_cli.tiling.rect import Rect

POISON = (1.0, 0.0, 1.0)
SIZE = (896, 1216)


def woven(height: int, width: int, seed: int = 0) -> Rgb:
    """A ground of one colour whose threads have detail that no enlargement gives back."""
    rng = np.random.default_rng(seed)
    cells = rng.choice([0.35, 0.65], (-(-height // 8), -(-width // 8))).repeat(8, 0).repeat(8, 1)[:height, :width]
    threads = 0.2 * ((np.arange(height)[:, None] + np.arange(width)) % 2 * 2 - 1)
    return np.asarray((cells + threads)[:, :, None] * (1, 0.8, 0.4), np.float32)


class Scan:
    """A smooth grey scan with a woven corner, and a wide hole that was woven too; poison stands in the hole."""

    def __init__(self) -> None:
        self.truth = np.full((*SIZE, 3), 0.6, np.float32)
        self.truth[:512, :512] = woven(512, 512)
        self.mask = np.ones(SIZE, bool)
        self.mask[200:850, 640:1180] = False
        self.truth[~self.mask] = woven(*SIZE, seed=1)[~self.mask]
        self.holes = PackedMask.of(self.mask)
        self.damaged = np.where(self.mask[:, :, None], self.truth, np.array(POISON, np.float32))
        coarse = halve_known(self.truth, np.ones(SIZE, bool))[0]
        self.fill = CoarseFill(coarse, halve_known(self.truth, self.mask)[1], Rect.whole(SIZE), 2)

    def rgb(self, rect: Rect) -> Rgb:
        return self.damaged[rect.slices].copy()

    def look(self, rect: Rect) -> tuple[Rgb, Mask]:
        return self.rgb(rect), self.mask[rect.slices]

    def parts(self) -> DetailedParts:
        return DetailedParts(self.look, SIZE, PatchMatchBackend())


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.setattr(tiles, "_TILE", 256)
    return Scan()


def contrast(image: Rgb) -> float:
    """How far neighbours differ, on the average."""
    return float(np.abs(np.diff(image, axis=1)).mean())


INSIDE = Rect(400, 800, 200, 200)


def test_detail_comes_back_from_patches_that_look_like_the_fill() -> None:
    truth, known = woven(96, 256), np.zeros((96, 256), bool)
    known[:, :128] = True
    hole = ~known
    hole[:, :136] = False
    coarse = halve_known(truth, np.ones_like(known))[0]
    smooth = np.where(known[:, :, None], truth, double(coarse, truth.shape))
    found = add_detail(smooth, coarse, known, hole, known.shape)
    np.testing.assert_array_equal(found[~hole], smooth[~hole])
    before, after = (np.abs(image - truth)[hole].mean() for image in (smooth, found))
    assert after < before / 3


def test_a_far_region_is_used_where_nothing_near_is_like_the_fill(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = contrast(scan.truth[INSIDE.slices])
    assert contrast(scan.fill.part(INSIDE)) < 0.3 * expected
    assert contrast(scan.parts().part(0, scan.fill, INSIDE)) == pytest.approx(expected, rel=0.15)
    monkeypatch.setattr(Regions, "of", lambda *_: [])
    assert contrast(scan.parts().part(0, scan.fill, INSIDE)) < 0.5 * expected


def test_what_stands_in_a_hole_changes_nothing(scan: Scan) -> None:
    scan.mask[100:140, 100:400] = False  # within the region that is borrowed
    fills = []
    for poison in (POISON, (0.0, 0.9, 0.1)):
        scan.damaged[~scan.mask] = poison
        fills.append(scan.parts().part(0, scan.fill, INSIDE))
    np.testing.assert_array_equal(*fills)


def test_parts_are_the_same_however_they_are_asked_for(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = scan.parts()
    first = parts.part(0, scan.fill, Rect(400, 740, 60, 60))
    monkeypatch.setattr(tiles, "_KEPT", 1)
    monkeypatch.setattr(patches, "usable_cores", lambda: 3)
    second = scan.parts().part(0, scan.fill, Rect(420, 760, 60, 40))
    np.testing.assert_array_equal(first[20:, 20:], second[:40])


def test_tiles_meet_without_a_seam_and_without_a_blur(scan: Scan) -> None:
    """Tiles begin at multiples of 256; detail there is as strong as elsewhere."""
    found = scan.parts().part(0, scan.fill, Rect(400, 700, 200, 136))
    across = np.abs(np.diff(found, axis=1)).mean((0, 2))
    assert 0.7 * across.mean() < across[64:72].mean() < 1.3 * across.mean()  # round column 768


def test_the_tone_stays_that_of_the_fill(scan: Scan) -> None:
    backend = TexturedBackend(PyramidBackend(), 0.5)
    found = DetailedParts(scan.look, SIZE, backend).part(0, scan.fill, INSIDE)
    smooth = scan.fill.part(INSIDE)
    assert contrast(found) > 2 * contrast(smooth)
    toned, tone = (image.reshape(10, 20, 10, 20, 3).mean((1, 3)) for image in (found, smooth))
    np.testing.assert_allclose(toned, tone, atol=0.03)


def test_regions_are_those_that_hold_most_partners() -> None:
    partners = np.full((256, 512, 2), -1, np.int32)
    tile, hole = Rect(0, 0, 256, 256), np.zeros((256, 256), bool)
    hole[20:220, 20:220] = True
    own = partners[10:110, 10:110]
    own[:60] = 150, 400  # at half the size
    own[60:99] = 60, 60  # within the tile
    own[99, :50] = 20, 300
    regions = Regions(partners, 2).of(tile, hole)
    assert len(regions) == 1  # a two-hundredth of the patches is not worth it
    (region,) = regions
    assert region.size == (REGION, REGION)
    assert region.top <= 300 < region.bottom
    assert region.left <= 800 < region.right
    assert Regions(partners, 2).of(tile, np.zeros_like(hole)) == []


@pytest.mark.parametrize(("scale", "value"), [(64, 0.9), (128, 0.9), (256, 0.9), (512, 0.5)])
def test_a_fill_of_any_scale_has_regions_that_fit_or_stays_as_it_is(scale: int, value: float) -> None:
    size = (24 * scale, 24 * scale)
    known = np.zeros((24, 24), bool)
    known[:, 20:] = True
    fill = CoarseFill(np.full((24, 24, 3), 0.5, np.float32), known, Rect.whole(size), scale)

    def look(rect: Rect) -> tuple[Rgb, Mask]:
        columns = np.arange(rect.left, rect.right) >= 20 * scale
        return np.full((*rect.size, 3), 0.5, np.float32), np.broadcast_to(columns, rect.size)

    backend = Detailed(partner=22, scale=scale)
    found = DetailedParts(look, size, backend).part(0, fill, Rect(600, 600, 8, 8))
    np.testing.assert_allclose(found, value, atol=1e-6)
    assert backend.borrowed == (value == 0.9)


class Detailed(PyramidBackend):
    """The pyramid, with a detail that is easy to see."""

    calls, borrowed = 0, False

    def __init__(self, partner: int = -1, scale: int = 2) -> None:
        super().__init__()
        self._partner, self._scale = partner, scale

    def partners(self, rgb: Rgb, known: Mask) -> NDArray[np.int32]:
        return np.full((*known.shape, 2), self._partner, np.int32)

    def detail(self, rgb: Rgb, coarse: Rgb, known: Mask, hole: Mask, own: tuple[int, int]) -> Rgb:
        self.calls += 1
        self.borrowed |= bool(known[:, own[1] :].any())
        assert not (known & hole).any()
        assert not hole[own[0] :].any()
        assert not hole[:, own[1] :].any()
        assert coarse.shape[:2] == tuple(-(-length // self._scale) for length in rgb.shape[:2])
        return np.where(hole[:, :, None], np.float32(0.9), rgb)


@pytest.mark.parametrize(("hole", "calls"), [(Rect(100, 100, 150, 150), False), (Rect(60, 60, 700, 1000), True)])
def test_only_what_is_filled_from_a_coarser_scale_gets_detail(hole: Rect, calls: bool) -> None:
    rgb, mask = np.full((*SIZE, 3), 0.5, np.float32), np.ones(SIZE, bool)
    mask[hole.slices] = False
    scan, backend = Scan(), Detailed()
    scan.damaged, scan.holes = rgb, PackedMask.of(mask)
    filled = rgb.copy()
    for block in sweep(scan, backend, side=640, context=96):
        filled[block.rect.slices][block.hole] = block.fill
    assert (backend.calls > 0) == calls
    middle = filled[hole.top + hole.height // 2, hole.left + hole.width // 2]
    np.testing.assert_allclose(middle, 0.9 if calls else 0.5, atol=1e-4)
    np.testing.assert_allclose(filled[hole.top, hole.left : hole.right], 0.5, atol=1e-4)
