"""The network without torch: who takes it, and which images torch fills."""

from pathlib import Path

import numpy as np
import pytest

from pconv_cli.core.light import machine
from pconv_cli.core.light.machine import is_float32_on_the_processor
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.methods.light import LightBackend, _batches, pixels_near_holes
from pconv_cli.methods.tiled.coarse import WindowToFill
from pconv_cli.tiling.rect import Rect


class Painter:
    """Fills holes with one value, and counts its windows."""

    def __init__(self, value: float) -> None:
        self.spec = ModelSpec(4, 3, "pyramid")
        self.value, self.windows = value, 0

    def paint(self, image, mask):
        self.windows += 1
        return np.where(mask[:, :, np.newaxis], image, np.float32(self.value))


class PaintingEngine(Painter):
    def fill(self, images, masks):
        return [self.paint(image, mask) for image, mask in zip(images, masks, strict=True)]


class PaintingBackend(Painter):
    def fill(self, rgb, mask, wanted=None):
        return self.paint(rgb, mask)

    def remark(self) -> str:
        return "torch's own remark"


def damaged() -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).random((600, 600, 3), np.float32)
    mask = np.ones((600, 600), np.bool_)
    mask[50:60, 50:60] = mask[500:510, 500:510] = False
    return image, mask


def test_torch_fills_images_with_much_to_fill_whatever_came_before() -> None:
    first, second, loaded = PaintingEngine(2.0), PaintingBackend(0.25), []
    image, mask = damaged()
    much = mask.copy()
    much[250:300, 250:260] = False

    def load():
        loaded.append(1)
        return second

    backend = LightBackend(first.spec, lambda: first, tile=256, overlap=64, load=load, most=2 * 128**2)
    for _ in range(2):
        filled = backend.fill(image, mask)
        assert (filled[~mask] == 1).all()  # what the network says is clipped
        assert np.array_equal(filled[mask], image[mask])
        assert (backend.fill(image, much)[~much] == 0.25).all()
    assert (first.windows, second.windows, loaded) == (4, 2, [1])
    assert backend.remark() == "torch's own remark"


def test_few_windows_are_computed_at_once() -> None:
    sizes = [(128, 128)] * 9 + [(256, 256)] * 3 + [(768, 768), (128, 128)]
    parts = [WindowToFill(np.zeros((*size, 3)), np.ones(size, np.bool_), Rect(0, 0, *size)) for size in sizes]
    batches = _batches(parts)
    assert [part.mask.shape for batch in batches for part in batch] == sizes
    assert [len(batch) for batch in batches] == [10, 2, 1, 1]


def test_pixels_near_holes_are_those_of_touched_blocks() -> None:
    rng = np.random.default_rng(0)
    for shape in ((128, 128), (130, 259), (600, 77)):
        mask = rng.random(shape) > 0.0002
        blocks = sum(
            not mask[top : top + 128, left : left + 128].all()
            for top in range(0, shape[0], 128)
            for left in range(0, shape[1], 128)
        )
        assert pixels_near_holes(mask) == blocks * 128**2


@pytest.mark.parametrize(
    ("device", "precision", "gpu", "flags", "certain"),
    [
        ("auto", "auto", False, "avx2 fma", True),
        ("cpu", "auto", True, "avx2", True),
        ("auto", "auto", True, "avx2", False),
        ("auto", "auto", False, "avx2 avx512_bf16", False),
        ("cpu", "float32", False, "avx512_bf16", True),
        ("cpu", "bfloat16", False, "avx2", False),
        ("cuda", "float32", False, "avx2", False),
        ("cpu", "auto", False, None, False),
    ],
)
def test_it_is_taken_where_torch_is_sure_to_compute_the_same(
    device: str,
    precision: str,
    gpu: bool,
    flags: str | None,
    certain: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"flags : fpu {flags}\n")
    monkeypatch.setattr(machine, "_PROCESSORS", tmp_path / "cpuinfo")
    monkeypatch.setattr(machine, "_GPUS", (str(tmp_path if gpu else tmp_path / "none"),))
    monkeypatch.setattr(machine.sys, "platform", "linux")
    assert is_float32_on_the_processor(device, precision) is certain
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    assert not is_float32_on_the_processor("auto", precision)
