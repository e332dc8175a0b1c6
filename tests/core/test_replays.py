"""Engines that replay CUDA graphs equal the network."""

import pytest
import torch

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.device import pick_device
from pconv_cli.core.graphs import ReplayedFunction
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.pyramid import fill_pyramid

SPECS = [
    ModelSpec(width=6, depth=3, base="pyramid"),
    ModelSpec(width=6, depth=4),
    ModelSpec(width=4, depth=3, values="imagenet", head="sigmoid"),
]
KINDS = ("box", "none", "all", "noise")


def damaged(kind, size, device="cpu"):
    generator = torch.Generator().manual_seed(KINDS.index(kind))
    x, mask = torch.rand(2, 3, *size, generator=generator), torch.ones(2, 1, *size)
    if kind == "box":
        mask[0, :, 9:30, 4:20] = mask[1, :, 2:9] = 0
    elif kind == "all":
        mask.zero_()
    elif kind == "noise":
        mask = (torch.rand(2, 1, *size, generator=generator) > 0.5).float()
    return x.to(device), mask.to(device)


def assert_the_network_at_each_call(engine, model, size):
    for kind in KINDS:
        x, mask = damaged(kind, size, engine.device)
        with torch.no_grad():
            expected = model(x, mask).output
        scale = max(1.0, expected.abs().max().item())
        assert (engine(x, mask) - expected).abs().max().item() <= 1e-4 * scale
        filled = engine.fill(torch.where(mask > 0, x, float("nan")), mask)
        assert (filled - torch.where(mask > 0, x, expected)).abs().max().item() <= 1e-4 * scale


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("size", [(48, 40), (37, 51)])
def test_an_engine_that_replays_equals_the_network(cuda, monkeypatch, spec, size):
    monkeypatch.setattr("pconv_cli.core.networks.pconv.kernels._packs", lambda _: False)
    torch.manual_seed(0)
    model = PConvUNet(spec).eval()
    engine = PConvEngine(model)
    assert engine._graphs is None  # on a processor
    engine._fill_base = fill_pyramid  # as on CUDA
    engine._graphs = ReplayedFunction(engine._run_blindly)
    assert_the_network_at_each_call(engine, model, size)
    assert len(cuda.pools) == 1
    assert engine._graphs._graphs


def test_large_images_are_not_captured(cuda, monkeypatch):
    monkeypatch.setattr("pconv_cli.core.networks.pconv.engine._MOST_GRAPHED", 2 * 48 * 40 - 1)
    model = PConvUNet(SPECS[1]).eval()
    engine = PConvEngine(model)
    engine._graphs = ReplayedFunction(engine._run_blindly)
    assert_the_network_at_each_call(engine, model, (48, 40))
    assert not cuda.pools
    assert_the_network_at_each_call(engine, model, (48, 32))
    assert len(cuda.pools) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="a real GPU is needed")
@pytest.mark.parametrize("spec", SPECS)
def test_on_a_real_gpu_an_engine_that_replays_equals_the_network(spec):
    torch.manual_seed(0)
    device = pick_device("cuda")
    model = PConvUNet(spec).eval().to(device)
    engine = PConvEngine(model)
    for size in ((64, 96), (37, 51)):
        assert_the_network_at_each_call(engine, model, size)
    assert len(engine._graphs._graphs) == 2
    x, mask = damaged("box", (64, 96), device)
    first = engine(x, mask)
    before = first.clone()
    engine(1 - x, mask)
    assert torch.equal(first, before)
