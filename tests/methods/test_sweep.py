from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from pconv_cli.core.networks.light import light_spec, read_light
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, shipped_path
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.whole import inpaint_image
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.light import LightBackend
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled import sweep as sweeping
from pconv_cli.methods.tiled import waves
from pconv_cli.methods.tiled.counting import count, listening
from pconv_cli.methods.tiled.holes import wanted_holes
from pconv_cli.methods.tiled.sweep import plan_for, sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.by_cells import CELL
from pconv_cli.tiling.rect import Rect

SIDE, CONTEXT = 384, 96


class Damaged:
    """An image in memory that counts what is looked at."""

    def __init__(self, rgb: Rgb, mask: Mask) -> None:
        self.holes = PackedMask.of(mask)
        self.rgb_whole = rgb
        self.seen = 0

    def rgb(self, rect: Rect) -> Rgb:
        self.seen += rect.area
        return self.rgb_whole[rect.slices].copy()


class Pyramid:
    """The pyramid, sure that it always sees something and never more than a window."""

    name = "pyramid"

    def __init__(self, side: int = SIDE) -> None:
        self.side, self.calls = side, 0

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        assert mask.any()
        assert max(mask.shape) <= self.side
        self.calls += 1
        return PyramidBackend().fill(rgb, mask)


def whole(rgb: Rgb, mask: Mask, side: int = SIDE, context: int = CONTEXT) -> Rgb:
    """The sweep's blocks put together."""
    return whole_by(Pyramid(side), rgb, mask, side, context)


def whole_by(backend: Pyramid, rgb: Rgb, mask: Mask, side: int, context: int) -> Rgb:
    filled = rgb.copy()
    touched = np.zeros(mask.shape, int)
    order = []
    for block in sweep(Damaged(rgb, mask), backend, side=side, context=context):
        filled[block.rect.slices][block.hole] = block.fill
        touched[block.rect.slices] += block.hole
        order.append(block.rect.top)
    np.testing.assert_array_equal(touched, ~mask)
    assert order == sorted(order)
    return filled


@given(
    st.tuples(st.integers(1, 700), st.integers(1, 700)),
    st.integers(0, 30),
    st.integers(1, 200),
    st.integers(0, 10**6),
)
def test_every_hole_pixel_is_filled_once_with_context(
    size: tuple[int, int], count: int, largest: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones(size, bool)
    for _ in range(count):
        top, left = rng.integers(0, size[0]), rng.integers(0, size[1])
        mask[top : top + rng.integers(1, largest + 1), left : left + rng.integers(1, largest + 1)] = False
    side, context = 256, 32
    plan = plan_for(PackedMask.of(mask).cells(CELL)[0], size, side, context)
    total = np.zeros(size, np.float32)
    for window in plan.windows:
        top, left, height, width = window.rect
        assert 0 <= top < top + height <= size[0]
        assert 0 <= left < left + width <= size[1]
        assert max(height, width) <= side
        weight = plan.weight(window) * plan.own(window)
        rows, columns = np.nonzero((weight > 0) & ~mask[window.rect.slices])
        assert window.grid or rows.size
        total[window.rect.slices] += weight
        if rows.size:  # what counts has context on all sides, but for the image's own edges
            least = context // 2
            assert top == 0 or rows.min() >= least
            assert left == 0 or columns.min() >= least
            assert top + height == size[0] or height - 1 - rows.max() >= least
            assert left + width == size[1] or width - 1 - columns.max() >= least
    np.testing.assert_allclose(total[~mask], 1, atol=1e-5)
    assert plan.windows == sorted(plan.windows)


@settings(max_examples=40)
@given(st.integers(60, 400), st.integers(60, 400), st.integers(1, 40), st.integers(0, 10**6))
def test_a_window_wants_whole_holes_and_no_others(height: int, width: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.ones((height, width), bool)
    for _ in range(count):
        top, left = rng.integers(height), rng.integers(width)
        mask[top : top + rng.integers(1, 60), left : left + rng.integers(1, 9)] = False
    plan = plan_for(PackedMask.of(mask).cells(CELL)[0], (height, width), 64, 16)
    for window in plan.windows:
        part = mask[window.rect.slices]
        counts = (plan.weight(window) * plan.own(window) > 0) & ~part
        found = wanted_holes(part, plan.share(window))
        wanted = ~part if found is None else found
        labels = label(~part, connectivity=2)
        np.testing.assert_array_equal(wanted, np.isin(labels, labels[counts]) & ~part)


def test_scattered_damage_gets_windows_of_its_own_where_that_is_cheaper() -> None:
    mask = np.ones((3000, 3000), bool)
    for top in range(100, 2900, 450):
        mask[top : top + 20, 100:2900:450] = False  # each within the context of the next one
    plan = plan_for(PackedMask.of(mask).cells(CELL)[0], (3000, 3000), 2048, 256)
    assert len(plan.windows) == 49
    assert sum(window.rect.area for window in plan.windows) < mask.size / 2
    mask[:, ::40] = False
    assert all(window.grid for window in plan_for(PackedMask.of(mask).cells(CELL)[0], (3000, 3000), 2048, 256).windows)


def test_a_hole_that_the_windows_see_across_is_filled_once(smooth: Callable[[tuple[int, int]], Rgb]) -> None:
    size = (400, 900)
    mask = np.ones(size, bool)
    mask[200, 20:880] = False  # the windows of a grid
    tasks = len(plan_for(PackedMask.of(mask).cells(CELL)[0], size, 512, 128).windows)
    rows, columns = np.mgrid[: size[0], : size[1]]
    for radius, calls in ((40, tasks), (120, tasks + 1)):  # windows see 64 px; a deeper hole is filled by itself, too
        backend = Pyramid(512)
        whole_by(backend, smooth(size), mask & (np.hypot(rows - 200, columns - 450) > radius), 512, 128)
        assert backend.calls == calls


def test_a_image_no_larger_than_a_window_is_given_whole(
    smooth: Callable[[tuple[int, int]], Rgb], holes: Callable[..., Mask]
) -> None:
    rgb, mask = smooth((300, 384)), holes((300, 384))
    np.testing.assert_array_equal(whole(rgb, mask), PyramidBackend().fill(rgb, mask))


def test_holes_far_apart_are_filled_in_windows_of_their_own(smooth: Callable[[tuple[int, int]], Rgb]) -> None:
    rgb, mask = smooth((1500, 1500)), np.ones((1500, 1500), bool)
    mask[100:110, 100:110] = mask[1200:1300, 700:720] = False
    scene, backend = Damaged(rgb, mask), Pyramid()
    blocks = list(sweep(scene, backend, side=SIDE, context=CONTEXT))
    assert backend.calls == 2
    assert scene.seen < 0.08 * mask.size
    assert sum(len(block.fill) for block in blocks) == 100 + 2000


@pytest.mark.parametrize("shape", ["crack", "loss", "crack with a loss", "to the edge"])
def test_large_holes_have_no_step_where_windows_meet(smooth: Callable[[tuple[int, int]], Rgb], shape: str) -> None:
    """On a smooth image no step in a hole is much larger than those of the image itself."""
    rgb, mask = smooth((900, 1000)), np.ones((900, 1000), bool)
    if "crack" in shape:
        for column in range(20, 980):
            mask[column * 7 // 8 + 10 : column * 7 // 8 + 16, column] = False
    if "loss" in shape:
        mask[300:550, 250:640] = False
    if shape == "to the edge":
        mask[200:, 100:800] = False
    filled = whole(rgb, mask)
    np.testing.assert_array_equal(filled[mask], rgb[mask])
    once = PyramidBackend().fill(rgb, mask)
    for axis in (0, 1):
        allowed = 1.3 * max(np.abs(np.diff(image, axis=axis)).max() for image in (once, rgb))
        assert np.abs(np.diff(filled, axis=axis)).max() < allowed
    assert np.abs(filled - rgb)[~mask].mean() < 1.2 * np.abs(once - rgb)[~mask].mean() + 1e-3


def test_a_flat_image_stays_flat(holes: Callable[..., Mask]) -> None:
    mask = holes((700, 800), count=200, largest=60)
    mask[100:600, 100:700] = False
    rgb = np.full((700, 800, 3), (0.25, 0.5, 0.75), np.float32)
    np.testing.assert_allclose(whole(rgb, mask), rgb, atol=1e-5)


def test_a_image_in_memory_is_swept_as_well(
    smooth: Callable[[tuple[int, int]], Rgb], holes: Callable[..., Mask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SIDE", SIDE)
    monkeypatch.setattr(sweeping, "CONTEXT", CONTEXT)
    mask = holes((600, 700), count=20, largest=90)
    samples = np.rint(smooth((600, 700)) * 65535).astype(np.uint16)
    after = inpaint_image(StoredImage(samples), mask, Pyramid()).samples
    np.testing.assert_array_equal(after[mask], samples[mask])
    expected = whole((samples / 65535).astype(np.float32), mask)
    np.testing.assert_allclose(after, expected * 65535, atol=0.6)


def test_windows_at_once_give_the_fill_of_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    rgb, mask = rng.random((900, 1000, 3), np.float32), np.ones((900, 1000), bool)
    for _ in range(30):
        top, left = rng.integers(0, 860), rng.integers(0, 960)
        mask[top : top + 30, left : left + 40] = False
    mask[200:640, 100:500] = False  # from a coarser scale first

    class Threaded(Pyramid):
        threaded = True

    monkeypatch.setattr(waves, "usable_cores", lambda: 3)
    one, several = Pyramid(), Threaded()
    np.testing.assert_array_equal(whole_by(several, rgb, mask, SIDE, CONTEXT), whole_by(one, rgb, mask, SIDE, CONTEXT))
    assert one.calls == several.calls > 6


@pytest.mark.parametrize(
    ("size", "cores", "room"),
    [((300, 300), 3, None), ((600, 600), 1, None), ((600, 600), 3, 1), ((600, 600), 3, None)],
)
def test_a_window_says_how_far_it_is_alone_and_beside_others(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], cores: int, room: int | None
) -> None:
    monkeypatch.setattr(waves, "usable_cores", lambda: cores)
    if room is not None:
        monkeypatch.setattr(sweeping, "_ROOM", room)

    class Counted(Pyramid):
        threaded = True

        def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
            count("filling", 1, 4)
            return super().fill(rgb, mask, wanted)

    rgb, mask, heard = np.zeros((*size, 3), np.float32), np.ones(size, bool), []
    mask[20:30, 20:30] = mask[-30:-20, -30:-20] = False
    with listening(lambda stage, done, total: heard.append((done, total))):
        whole_by(Counted(), rgb, mask, SIDE, CONTEXT)
    assert any(total == 4 or done % 1 for done, total in heard)
    assert heard == sorted(heard)


@pytest.mark.parametrize("texture", [0, 0.5])
def test_the_shipped_method_fills_windows_at_once_as_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, texture: float
) -> None:
    rng = np.random.default_rng(7)
    rgb, mask = rng.random((300, 340, 3), np.float32), np.ones((300, 340), bool)
    for top, left in ((20, 20), (30, 250), (230, 30), (220, 260), (130, 140)):
        mask[top : top + 40, left : left + 30] = False
    path = shipped_path(DEFAULT_WEIGHTS)
    assert path is not None
    spec = light_spec(path)
    assert spec is not None
    light = LightBackend(spec, partial(read_light, path), tile=512, overlap=64, load=pytest.fail, most=10**9)
    backend = TexturedBackend(light, texture) if texture else light
    fills, threads = [], []
    run = waves.until_dropped
    monkeypatch.setattr(waves, "until_dropped", lambda *work: (threads.append(1), run(*work))[1])
    for cores in (1, 2):
        monkeypatch.setattr(waves, "usable_cores", lambda count=cores: count)
        fills.append(whole_by(backend, rgb, mask, 160, 32))
        assert (len(threads) > 2) == (cores == 2)
    np.testing.assert_array_equal(*fills)
