"""ONNX files: what onnxruntime computes from them is what the network computes, for images of any size."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.onnx_export import export_onnx
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.errors import ModelError

SPECS = [
    ModelSpec(4, 3),
    ModelSpec(4, 3, "pyramid"),
    ModelSpec(4, 3, values="imagenet", head="tanh"),
    ModelSpec(4, 3, values="signed"),
    ModelSpec(4, 3, head="sigmoid"),
    ModelSpec(4, 3, batch_norm=False, head="ratio"),
]
SIZES = [(1, 1), (1, 7), (8, 8), (17, 130), (64, 48), (97, 33)]


def saved(folder, spec):
    """Weights with BatchNorm statistics and biases that are not those of a new network."""
    torch.manual_seed(0)
    model = PConvUNet(spec)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name.endswith("bias") or "running_mean" in name:
                value.normal_(0, 0.2)
            elif "norm.weight" in name or "running_var" in name:
                value.uniform_(0.5, 2)
    save_weights(folder / "w.safetensors", model, {"data": "壁画"})
    return folder / "w.safetensors"


def run(path, image, mask):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"picture": image.numpy(), "mask": mask.numpy()})[0]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_file_computes_what_the_network_does_at_any_size(tmp_path, spec):
    weights = saved(tmp_path, spec)
    assert export_onnx(weights, tmp_path / "w.onnx", {}) < 1e-4
    model = load_weights(weights)
    for batch, size in enumerate(SIZES, 1):
        x, mask = torch.rand(batch, 3, *size), (torch.rand(batch, 1, *size) > 0.3).float()
        mask[..., 10:40, 12:30] = 0
        x[0, 0][mask[0, 0] == 0] = float("nan")  # what stands in a hole does not matter
        with torch.no_grad():
            expected = model(x, mask).output.numpy()
        scale = max(1, abs(expected).max())
        np.testing.assert_allclose(run(tmp_path / "w.onnx", x, mask) / scale, expected / scale, rtol=0, atol=1e-5)


def test_every_node_has_a_name_of_its_own(tmp_path):
    export_onnx(saved(tmp_path, ModelSpec(4, 3, "pyramid")), tmp_path / "w.onnx", {})
    names = [node.name for node in onnx.load(tmp_path / "w.onnx").graph.node]
    assert all(names)
    assert len(set(names)) == len(names)


def test_on_the_pyramid_without_holes_without_anything_else_and_without_detail(tmp_path):
    weights = saved(tmp_path, ModelSpec(4, 3, "pyramid"))
    export_onnx(weights, tmp_path / "w.onnx", {})
    x, ones = torch.rand(1, 3, 20, 30), torch.ones(1, 1, 20, 30)
    assert np.array_equal(run(tmp_path / "w.onnx", x, ones), x.numpy())
    assert not run(tmp_path / "w.onnx", x, 0 * ones).any()
    flat, mask = torch.full((1, 3, 40, 52), 0.3), torch.ones(1, 1, 40, 52)
    mask[..., 10:30, 20:40] = 0
    np.testing.assert_allclose(run(tmp_path / "w.onnx", flat, mask), fill_pyramid(flat, mask).numpy(), atol=1e-5)


def test_the_lines_of_the_documents_fill_an_image(tmp_path, monkeypatch):
    document = Path(__file__).parents[4] / "docs" / "weights.md"
    (lines,) = re.findall(r"```python\n(import numpy as np, onnxruntime\n.*?)```", document.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    save_weights("photo.safetensors", PConvUNet(ModelSpec(4, 3, "pyramid")))
    export_onnx("photo.safetensors", Path("photo.onnx"), {})
    rgb = np.random.default_rng(0).random((40, 56, 3), np.float32)
    hole = np.zeros((40, 56), bool)
    hole[10:30, 10:40] = True
    names = {"rgb": rgb, "hole": hole}
    exec(lines, names)
    x, mask = torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(~hole).float()[None, None]
    with torch.inference_mode():
        expected = load_weights("photo.safetensors")(x, mask).output.clip(0, 1)
    np.testing.assert_allclose(names["filled"], torch.where(mask > 0, x, expected), atol=1e-4)


def test_half_is_half_the_size_and_computes_with_rounded_values(tmp_path):
    weights = saved(tmp_path, ModelSpec(16, 4))
    export_onnx(weights, tmp_path / "full.onnx", {})
    export_onnx(weights, tmp_path / "half.onnx", {}, half=True)
    full, half = ((tmp_path / f"{name}.onnx").stat().st_size for name in ("full", "half"))
    assert half < 0.55 * full
    model = load_weights(weights)
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half())
    x, mask = torch.rand(1, 3, 32, 32), (torch.rand(1, 1, 32, 32) > 0.3).float()
    with torch.no_grad():
        expected = model(x, mask).output.numpy()
    np.testing.assert_allclose(run(tmp_path / "half.onnx", x, mask), expected, rtol=1e-4, atol=1e-4)


def test_the_file_says_what_it_takes_and_where_it_comes_from(tmp_path):
    export_onnx(saved(tmp_path, ModelSpec(4, 3)), tmp_path / "w.onnx", {"licence": "CC0"})
    model = onnx.load(tmp_path / "w.onnx")
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(said["card"]) == {"data": "壁画", "licence": "CC0"}
    assert json.loads(said["spec"]) == {"width": 4, "depth": 3, "base": "none"}
    assert "1 = valid" in said["mask"]
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "picture": ["batch", 3, "height", "width"],
        "mask": ["batch", 1, "height", "width"],
        "output": ["batch", 3, "height", "width"],
    }


def test_a_file_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    weights = saved(tmp_path, ModelSpec(4, 3, "pyramid"))
    monkeypatch.setattr("pconv_cli.core.networks.pconv.onnx.GAIN", 4.0)
    with pytest.raises(ModelError, match="would differ from the network"):
        export_onnx(weights, tmp_path / "w.onnx", {})
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_a_network_that_overflows_is_not_blamed_on_onnxruntime(tmp_path):
    model = PConvUNet(ModelSpec(4, 3))
    with torch.no_grad():
        for value in model.parameters():
            value.mul_(1e12)
    save_weights(tmp_path / "w.safetensors", model)
    with pytest.raises(ModelError, match=r"w\.safetensors: computes values that are not finite; take other weights"):
        export_onnx(tmp_path / "w.safetensors", tmp_path / "w.onnx", {})
    assert not (tmp_path / "w.onnx").exists()


def test_values_beyond_half_precision_are_refused(tmp_path):
    model = PConvUNet(ModelSpec(4, 3))
    model.decoder[0].norm.running_var[0] = 1e6
    save_weights(tmp_path / "w.safetensors", model)
    with pytest.raises(ModelError, match=r"running_var.*not finite in float16; export without `half`"):
        export_onnx(tmp_path / "w.safetensors", tmp_path / "w.onnx", {}, half=True)


@pytest.mark.parametrize("absent", ["onnx", "onnxruntime"])
def test_without_its_extra_the_extra_is_named(tmp_path, monkeypatch, absent):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(ModelError, match=r"pip install 'pconv-cli\[onnx\]'"):
        export_onnx("photo", tmp_path / "w.onnx", {})
