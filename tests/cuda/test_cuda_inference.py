"""Restoring and measuring on a GPU: nothing on the wrong device, and what the processor gives."""

import numpy as np
import pytest
import torch

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.networks.pconv import kernels
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.core.weights import save_weights
from pconv_cli.evaluation.metrics.features import feature_scores, paper_loss
from pconv_cli.methods.classical import PyramidBackend
from pconv_cli.methods.neural import PConvBackend, make_pyramid


def damaged():
    rng = np.random.default_rng(1)
    rgb, mask = rng.random((70, 90, 3), np.float32), np.ones((70, 90), bool)
    mask[10:50, 20:60] = False
    mask[60:64, :] = False
    return rgb, mask


@pytest.mark.parametrize(("base", "precision"), [("pyramid", "float32"), ("none", "float32"), ("pyramid", "float16")])
def test_the_network_fills_on_a_gpu_as_on_the_processor(tmp_path, gpu, monkeypatch, base, precision):
    monkeypatch.setattr(kernels, "_FEW_CHANNELS", 0)  # what takes places from a tuple cannot be pretended
    torch.manual_seed(0)
    with torch.utils._python_dispatch._disable_current_modes():
        save_weights(tmp_path / "w.safetensors", PConvUNet(ModelSpec(20, 3, base)).eval())
        on_processor = PConvBackend.load(tmp_path / "w.safetensors", "cpu", "float32", tile=64, overlap=16)
        wanted = on_processor.fill(*damaged())
    filled = PConvBackend.load(tmp_path / "w.safetensors", "cuda:0", precision, tile=64, overlap=16).fill(*damaged())
    assert gpu.operations
    half = {o.dtype for o in gpu.operations if o.name.startswith("aten.conv")}
    assert half == {getattr(torch, precision)}
    np.testing.assert_allclose(filled, wanted, atol=1e-5 if precision == "float32" else 2e-2)
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize(
    "spec", [ModelSpec(20, 3, "pyramid"), ModelSpec(20, 3), ModelSpec(20, 3, values="imagenet", head="sigmoid")]
)
def test_what_graphs_are_captured_of_does_not_wait_for_the_gpu(gpu, monkeypatch, spec):
    monkeypatch.setattr(kernels, "_FEW_CHANNELS", 0)
    torch.manual_seed(0)
    rgb, mask = damaged()
    x, mask = torch.from_numpy(rgb.transpose(2, 0, 1).copy())[None], torch.from_numpy(mask).float()[None, None]
    with torch.utils._python_dispatch._disable_current_modes():
        model = PConvUNet(spec).eval()
        with torch.no_grad():
            wanted = torch.where(mask > 0, x, model(x, mask).output)
    engine = PConvEngine(model.to("cuda:0"))
    with torch.inference_mode():
        x, mask = x.to("cuda:0"), mask.to("cuda:0")
        engine._run_blindly(x, mask)
        assert gpu.operations
        gpu.waits.clear()
        engine._run_blindly(x, mask)
        assert not gpu.waits
        for _ in range(3):  # nothing can be captured here, and so it is computed as at the first call
            np.testing.assert_allclose(engine.fill(x, mask).cpu(), wanted, atol=1e-4)
    assert engine._graphs._calls
    assert not engine._graphs._wanted


def test_the_pyramid_fills_on_a_gpu_as_on_the_processor(gpu):
    with torch.utils._python_dispatch._disable_current_modes():
        wanted = PyramidBackend().fill(*damaged())
    np.testing.assert_allclose(make_pyramid("cuda:0").fill(*damaged()), wanted, atol=1e-6)
    assert gpu.operations


def test_perceptual_figures_of_a_gpu_are_those_of_the_processor(gpu):
    torch.manual_seed(0)
    rng = np.random.default_rng(2)
    truth, result = (rng.integers(0, 256, (48, 56, 3), dtype=np.uint8) for _ in range(2))
    mask = damaged()[1][:48, :56]

    def figures(device):
        perceptual, style = feature_scores(vgg.to(device), result, truth, mask, device)
        return [*perceptual, *style, paper_loss(InpaintingLoss(vgg=vgg.to(device)), result, truth, mask, device).whole]

    with torch.utils._python_dispatch._disable_current_modes():
        vgg = VGG16Features()
        wanted = figures("cpu")
    assert figures("cuda:0") == pytest.approx(wanted, rel=1e-4)
    assert gpu.operations
