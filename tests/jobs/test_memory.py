"""When memory runs out: half the batch, no large window, half the tile, and the same images in the end."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
import torch

from pconv_cli import ModelSpec
from pconv_cli.errors import ModelError, is_out_of_memory
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.light import LightBackend
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.names import Method
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.tiled import network_windows

# As torch's allocator on the processor says it.
CPU_WORDS = "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError(CPU_WORDS), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
        (MemoryError(), True),
        (cv2.error("OpenCV(4.9) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate"), True),
        (cv2.error("OpenCV(4.9) (-215:Assertion failed)"), False),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_the_batch_halves_until_it_fits_and_stays_so() -> None:
    asked = []

    def compute(part: Sequence[int]) -> list[int]:
        asked.append(len(part))
        if len(part) > 2:
            raise torch.OutOfMemoryError
        return [item * 2 for item in part]

    sizes = HalvingSize(512, 128, batch=9)
    assert list(sizes.in_batches(range(7), compute)) == [0, 2, 4, 6, 8, 10, 12]
    assert asked == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    assert sizes.batch == 1
    assert sizes.remark() == ""  # changes no result


def test_a_single_input_that_does_not_fit_and_other_errors_pass_through() -> None:
    def compute(error: Exception) -> Callable[[Sequence[int]], list[int]]:
        def fail(part: Sequence[int]) -> list[int]:
            raise error

        return fail

    with pytest.raises(torch.OutOfMemoryError):
        list(HalvingSize(512, 128, batch=4).in_batches([1, 2, 3], compute(torch.OutOfMemoryError())))
    with pytest.raises(RuntimeError, match="shape"):
        list(HalvingSize(512, 128, batch=4).in_batches([1, 2, 3], compute(RuntimeError("shape"))))
    with pytest.raises(RuntimeError, match="shape"):
        HalvingSize(512, 128).in_tiles(lambda tile, overlap: compute(RuntimeError("shape"))([]))


def test_windows_that_run_out_of_memory_together_step_down_once() -> None:
    sizes = HalvingSize(512, 128)
    both = threading.Barrier(2, timeout=20)

    def fill(tile: int, overlap: int) -> int:
        if tile == 512:
            both.wait()
            raise MemoryError
        return tile

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: sizes.in_tiles(fill), range(2))) == [256, 256]


def test_the_tile_halves_until_it_fits_and_that_is_reported_once() -> None:
    def fill(tile: int, overlap: int) -> tuple[int, int]:
        if tile > 128:
            raise RuntimeError(CPU_WORDS)
        return tile, overlap

    sizes = HalvingSize(512, 128)
    assert sizes.in_tiles(fill) == (128, 32)
    assert sizes.remark() == "out of memory: from here on, tiles have 128 px a side"
    assert sizes.in_tiles(fill) == (128, 32)
    assert sizes.remark() == ""

    def never(tile: int, overlap: int) -> None:
        raise torch.OutOfMemoryError

    with pytest.raises(MemoryError, match="tiles of 64 px"):
        HalvingSize(256, 64).in_tiles(never)


def test_a_window_larger_than_a_tile_is_given_up_before_the_tile_halves() -> None:
    sizes = HalvingSize(128, 32, large=True)
    asked = []

    def fill(tile: int, overlap: int) -> int:
        asked.append((tile, overlap, sizes.large))
        if sizes.large or tile > fits:
            raise torch.OutOfMemoryError
        return tile

    fits = 128
    assert sizes.in_tiles(fill) == 128
    assert asked == [(128, 32, True), (128, 32, False)]
    assert sizes.remark() == "out of memory: from here on, windows have at most 128 px a side"
    fits = 64
    assert sizes.in_tiles(fill) == 64
    assert asked[2:] == [(128, 32, False), (64, 16, False)]
    assert sizes.remark() == "out of memory: from here on, tiles have 64 px a side"


def test_where_one_window_for_all_does_not_fit_tiles_do(
    tiny_pyramid: Path, holes: Callable[..., Any], scarce: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb, mask = np.random.default_rng(0).random((160, 150, 3), np.float32), holes((160, 150), count=40)

    def make() -> PConvBackend:
        return PConvBackend.load(tiny_pyramid, "cpu", "float32", tile=64, overlap=16)

    with monkeypatch.context() as context:
        context.setattr(network_windows, "_MOST_TILES", 0)
        tiles = make().fill(rgb, mask)
    assert not np.array_equal(make().fill(rgb, mask), tiles)  # one window
    backend = make()
    scarce(64 * 64)
    np.testing.assert_array_equal(backend.fill(rgb, mask), tiles)
    assert backend.remark() == "out of memory: from here on, windows have at most 64 px a side"


def test_so_it_is_without_torch(holes: Callable[..., Any]) -> None:
    class Engine:
        windows: ClassVar[list[int]] = []

        def fill(self, images: Any, masks: Any) -> Any:
            self.windows.append(max(mask.size for mask in masks))
            if self.windows[-1] > 64 * 64:
                raise MemoryError
            return images

    def load() -> Any:
        raise AssertionError

    backend = LightBackend(ModelSpec(width=4, depth=3, base="pyramid"), Engine, tile=64, overlap=16, load=load)  # type: ignore[arg-type]
    backend.fill(np.zeros((160, 150, 3), np.float32), holes((160, 150), count=40))
    assert Engine.windows[0] > 64 * 64
    assert Engine.windows[-1] <= 64 * 64
    assert backend.remark() == "out of memory: from here on, windows have at most 64 px a side"


def test_a_model_that_does_not_fit_is_an_error_of_the_model(
    tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(self: PConvBackend, parts: Any) -> Any:
        raise torch.OutOfMemoryError("injected")

    monkeypatch.setattr(PConvBackend, "_fill_batch", fill)
    with pytest.raises(ModelError, match="out of memory; not even the model of pconv fits"):
        make_backend(Method.PCONV, weights=tiny_weights, device="cpu")


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the network run out of memory above a number of pixels."""

    def limit(most: int) -> None:
        monkeypatch.setattr(PConvBackend, "_fill_batch", _scarce(PConvBackend._fill_batch, most))

    return limit


def _scarce(fill: Callable[..., Any], most: int) -> Callable[..., Any]:
    def limited(self: PConvBackend, parts: Any) -> Any:
        if sum(part.mask.size for part in parts) > most:
            raise torch.OutOfMemoryError("injected")
        return fill(self, parts)

    return limited


def test_a_folder_goes_on_with_smaller_tiles_and_says_so(
    tmp_path: Path,
    holes: Callable[..., Any],
    tiny_weights: Path,
    run: Callable[..., InpaintReport],
    put: Callable[..., Any],
    scarce: Callable[[int], None],
) -> None:
    mask = holes((200, 300), count=9)
    for name in ("a.png", "b.png"):
        put(name, size=(200, 300), mask=mask)
    scarce(64 * 64)
    report = run(tmp_path, method=Method.PCONV, weights=tiny_weights)
    assert (len(report.done), report.failed) == (2, [])
    assert [one.note for one in report.done] == ["out of memory: from here on, tiles have 64 px a side", ""]
    assert "tiles have 64 px" in report.warnings[0]


def test_smaller_tiles_give_what_they_give_when_asked_for(
    tiny_weights: Path, holes: Callable[..., Any], scarce: Callable[[int], None]
) -> None:
    rgb = np.random.default_rng(0).random((150, 260, 3), np.float32)
    mask = holes((150, 260), count=9)
    asked = make_backend(Method.PCONV, weights=tiny_weights, device="cpu", tile=64, overlap=16).fill(rgb, mask)
    scarce(64 * 64)
    backend = make_backend(Method.PCONV, weights=tiny_weights, device="cpu")
    np.testing.assert_array_equal(backend.fill(rgb, mask), asked)
