"""A network that takes images of one size alone meets images of any size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.networks import registry
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.registry import Architecture, register
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import UsageError
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.trainer import train


@dataclass(frozen=True)
class SquareSpec(Spec):
    reach = 1000
    fixed_size = 64


class Square(Network):
    """The mean of what is valid, by a layer that knows one size; it keeps what it is shown."""

    def __init__(self, spec):
        super().__init__(spec)
        self.pool = torch.nn.Parameter(torch.ones(64 * 64))
        self.seen = []

    def predict(self, x, mask):
        self.seen += mask[:, 0].bool().numpy().tolist()
        flat, valid = x.flatten(2) * self.pool, mask.flatten(2) * self.pool
        mean = flat.sum(2, keepdim=True) / valid.sum(2, keepdim=True)
        return Prediction(mean[..., None].expand_as(x))


@pytest.fixture
def square(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    register(Architecture("square", SquareSpec, Square))


@st.composite
def damaged(draw):
    """A mask of any size with specks, long scratches and blocks deeper than a window."""
    height, width = draw(st.integers(1, 240)), draw(st.integers(1, 240))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    mask = np.ones((height, width), bool)
    for _ in range(draw(st.integers(1, 4))):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        tall, wide = ((3, 5), (200, 4), (120, 150))[int(rng.integers(3))]
        mask[top : top + tall, left : left + wide] = False
    mask[int(rng.integers(height)), int(rng.integers(width))] = True
    return mask


@pytest.mark.usefixtures("square")
@settings(max_examples=30, deadline=None)
@given(damaged())
def test_it_is_shown_its_size_alone_and_holes_where_the_image_ends(mask):
    rgb = np.full((*mask.shape, 3), (0.2, 0.5, 0.8), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_registered", {"square": Architecture("square", SquareSpec, Square)})
        network = Square(SquareSpec()).eval()
        filled = PConvBackend(network, tile=512, overlap=128).fill(np.where(mask[..., None], rgb, 0), mask)
    np.testing.assert_allclose(filled, rgb, atol=1e-5)
    assert all(np.shape(seen) == (64, 64) for seen in network.seen)
    height, width = (min(side, 64) for side in mask.shape)
    for seen in np.array(network.seen).reshape(-1, 64, 64):
        assert not seen[height:].any()
        assert not seen[:, width:].any()
        assert seen.any()


@pytest.mark.usefixtures("square")
def test_more_than_it_takes_and_less_are_refused_in_a_line(tmp_path):
    network = Square(SquareSpec()).eval()
    with pytest.raises(ValueError, match="65 x 20 px: the network takes up to 64 px a side"):
        network(torch.rand(1, 3, 20, 65), torch.ones(1, 1, 20, 65))
    assert network(torch.rand(1, 3, 20, 64), torch.ones(1, 1, 20, 64)).output.shape == (1, 3, 20, 64)
    path = tmp_path / "square.safetensors"
    save_weights(path, network)
    with pytest.raises(UsageError, match="`tile` 63: a tile has at least 64"):
        PConvBackend.load(path, "cpu", "auto", tile=63, overlap=16)
    SquareSpec.fixed_size = 96
    try:
        with pytest.raises(UsageError, match="`tile` 64: this network takes 96 px and no less"):
            PConvBackend(network, tile=64, overlap=16)
    finally:
        SquareSpec.fixed_size = 64


@pytest.mark.usefixtures("square")
def test_a_larger_tile_than_it_takes_is_not_replaced_in_silence(tmp_path):
    weights = tmp_path / "square.safetensors"
    save_weights(weights, Square(SquareSpec()))
    write_image(tmp_path / "in" / "a.png", StoredImage(np.full((40, 50, 3), 90, np.uint8)))
    mask = np.ones((40, 50), bool)
    mask[10:20, 10:20] = False
    write_mask(tmp_path / "m" / "a.png", mask)
    said = {}
    for tile in (None, 64, 256):
        folders = (tmp_path / "in", tmp_path / "m", tmp_path / f"out{tile}")
        said[tile] = inpaint_folder(*folders, weights=weights, device="cpu", texture=0.0, tile=tile).warnings
    line = "`tile` 256: this network takes windows of 64 px only, so it runs on those"
    assert [any(line in warning for warning in said[tile]) for tile in said] == [False, False, True]


def test_a_tile_does_not_become_smaller_than_that_when_memory_runs_out():
    def fill(tile, overlap):
        raise MemoryError

    with pytest.raises(MemoryError, match="not even tiles of 128 px fit"):
        HalvingSize(128, 32, least=128).in_tiles(fill)


@pytest.mark.usefixtures("square")
def test_a_plan_counts_its_windows_and_training_takes_its_crops(tmp_path):
    samples, mask = np.full((200, 300, 3), 90, np.uint8), np.ones((200, 300), bool)
    mask[100:104, 20:280] = False
    write_image(tmp_path / "in" / "a.png", StoredImage(samples))
    write_mask(tmp_path / "m" / "a.png", mask)
    small = {"crop": 32, "batch": 1, "steps": 1, "finetune_steps": 0, "device": "cpu", "validation": 0.0}
    small |= {"perceptual_weight": 0.0, "style_weight": 0.0, "network": "square"}
    weights = train(TrainOptions(tmp_path / "in", tmp_path / "run", **small)).weights
    options = InpaintOptions(Path(tmp_path / "in"), tmp_path / "m", tmp_path / "out", weights=str(weights))
    assert [row.tiles for row in preview_folder(options).rows] == [6]  # 16 px shared: 300 = 64 + 5 x 48 - 4
    with pytest.raises(UsageError, match="`crop` 65: this network takes 64 px and no more"):
        train(TrainOptions(tmp_path / "in", tmp_path / "other", **{**small, "crop": 65}))


@pytest.mark.usefixtures("square")
def test_an_image_of_less_than_half_its_size_is_filled_and_named(tmp_path):
    weights = tmp_path / "square.safetensors"
    save_weights(weights, Square(SquareSpec()))
    sizes = {"enough": (40, 60), "small": (40, 50), "whole": (30, 30)}
    for name, size in sizes.items():
        mask = np.ones(size, bool)
        mask[10:20, 10:20] = name == "whole"
        write_image(tmp_path / "in" / f"{name}.png", StoredImage(np.full((*size, 3), 90, np.uint8)))
        write_mask(tmp_path / "m" / f"{name}.png", mask)
    folders = (tmp_path / "in", tmp_path / "m", tmp_path / "out")
    report = inpaint_folder(*folders, weights=weights, device="cpu", texture=0.0)
    note = "smaller than the 64 px that the network takes; what is missing counts as hole"
    assert {one.name: one.note for one in report.done} == {
        "small.png": note,
        "enough.png": "",
        "whole.png": "no hole, copied as it is",
    }
    assert report.warnings == [f"small.png: {note}"]
