"""A network that is only registered is trained, saved, loaded, run on images, scored and exported."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from skimage.transform import resize
from torch import nn
from torch.nn import functional as F

from pconv_cli import inpaint_folder, load_weights, make_backend
from pconv_cli.core.networks import registry
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.registry import Architecture, register
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.onnx_export import export_onnx
from pconv_cli.core.weights import export_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.evaluation.samples import SampleOptions, evaluate_samples
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.trainer import train


# The network: all that a user would write.
@dataclass(frozen=True)
class ToySpec(Spec):
    channels: int = 8

    reach = 12  # pixels that it sees into a hole
    size_multiple = 4
    values = "signed"


class Toy(Network):
    """Two stages: a coarse one at a quarter of the scale, and what refines it."""

    def __init__(self, spec: ToySpec) -> None:
        super().__init__(spec)
        self.coarse = nn.Conv2d(4, spec.channels, 7, stride=4, padding=3)
        self.wide = nn.Conv2d(spec.channels, 3, 5, padding=2)
        self.fine = nn.Conv2d(7, spec.channels, 5, padding=2)
        self.last = nn.Conv2d(spec.channels, 3, 3, padding=1)

    def predict(self, x: torch.Tensor, mask: torch.Tensor) -> Prediction:
        coarse = self.wide(F.relu(self.coarse(torch.cat([x, mask], 1))))
        coarse = F.interpolate(coarse, scale_factor=4, mode="nearest")
        joined = torch.cat([coarse, x, mask], 1)
        return Prediction(coarse + self.last(F.relu(self.fine(joined))), coarse)


def write_onnx(g, model: Toy, x: str, mask: str) -> str:
    def conv(name, value, **window):
        layer = getattr(model, name)
        weight, bias = (g.weight(f"{name}.{k}", v.detach().numpy()) for k, v in layer.named_parameters())
        return g.op("Conv", value, weight, bias, pads=list(layer.padding) * 2, strides=list(layer.stride))

    valid = g.op("Greater", mask, g.constant(0.0))
    signed = g.op("Sub", g.op("Mul", x, g.constant(2.0)), g.constant(1.0))
    x = g.op("Where", valid, signed, g.constant(0.0))
    sides = [g.op("Shape", x, start=axis, end=axis + 1) for axis in (2, 3)]
    beyond = [g.op("Mod", g.op("Neg", side), g.constant([4])) for side in sides]
    pads = g.op("Concat", g.constant([0] * 6), *beyond, axis=0)
    x, mask = g.op("Pad", x, pads), g.op("Pad", mask, pads)
    coarse = conv("wide", g.op("Relu", conv("coarse", g.op("Concat", x, mask, axis=1))))
    scales = g.constant(np.array([1, 1, 4, 4]))
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    coarse = g.op("Resize", coarse, "", scales, **how)
    fine = conv("last", g.op("Relu", conv("fine", g.op("Concat", coarse, x, mask, axis=1))))
    end = g.op("Concat", *sides, axis=0)
    y = g.op("Slice", g.op("Add", coarse, fine), g.constant([0, 0]), end, g.constant([2, 3]))
    return g.op("Div", g.op("Add", y, g.constant(1.0)), g.constant(2.0))


# Its uses.
@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    register(Architecture("toy", ToySpec, Toy, onnx=write_onnx))


@pytest.fixture
def images(tmp_path) -> Path:
    """Six smooth images of 96 x 80 pixels, and a hole for each."""
    rng = np.random.default_rng(0)
    for number in range(6):
        smooth = resize(rng.random((5, 5, 3)), (80, 96), order=3)
        write_image(tmp_path / "in" / f"{number}.png", StoredImage((255 * smooth.clip(0, 1)).astype(np.uint8)))
        mask = np.ones((80, 96), np.bool_)
        mask[20:50, 30:40] = False
        write_mask(tmp_path / "m" / f"{number}.png", mask)
    return tmp_path


def options(images: Path, **given) -> TrainOptions:
    small = {
        "crop": 32,
        "batch": 4,
        "steps": 20,
        "finetune_steps": 5,
        "learning_rate": 3e-3,
        "ema": 0.5,
        "device": "cpu",
    }
    features = {"perceptual_weight": 0.0, "style_weight": 0.0}
    return TrainOptions(images / "in", images / "run", network="toy", **{**small, **features, **given})


@pytest.mark.usefixtures("toy")
def test_a_toy_network_goes_all_the_way(images):
    class Losses:
        def __init__(self):
            self.seen = []

        def __getattr__(self, name):
            return lambda *given: self.seen.append(given[0].loss) if name == "stepped" else None

    losses = Losses()
    weights = train(options(images), losses).weights
    assert len(losses.seen) == 20
    assert sum(losses.seen[-5:]) < 0.7 * sum(losses.seen[:5])

    assert describe_weights(weights).architecture.name == "toy"
    assert isinstance(load_weights(weights), Toy)

    report = inpaint_folder(images / "in", images / "m", images / "out", weights=weights, texture=0.0, device="cpu")
    assert len(report.done) == 6
    before, after = (read_image(images / folder / "0.png").samples for folder in ("in", "out"))
    hole = np.zeros((80, 96), np.bool_)
    hole[20:50, 30:40] = True
    assert np.array_equal(before[~hole], after[~hole])
    x, mask = torch.from_numpy(before).permute(2, 0, 1)[None] / 255, torch.from_numpy(~hole)[None, None].float()
    with torch.inference_mode():
        wanted = load_weights(weights)(x, mask).output[0].permute(1, 2, 0).clamp(0, 1).numpy()
    np.testing.assert_allclose(after[hole], 255 * wanted[hole], atol=1)  # rounded

    fill = make_backend("pconv", weights=weights, device="cpu", precision="float32").fill
    evaluation = evaluate_samples(SampleOptions(images=images / "in", workers=1), {"toy": fill})
    assert {row.method for row in evaluation.rows} == {"toy"}
    assert not evaluation.problems

    export_weights(weights, images / "half.safetensors", {"licence": "CC0"}, half=True)
    assert isinstance(load_weights(images / "half.safetensors"), Toy)
    assert export_onnx(weights, images / "toy.onnx", {}) < 1e-4
    session = onnxruntime.InferenceSession(images / "toy.onnx", providers=["CPUExecutionProvider"])
    (ours,) = session.run(["output"], {"picture": x.numpy(), "mask": mask.numpy()})
    np.testing.assert_allclose(ours[0].transpose(1, 2, 0).clip(0, 1), wanted, atol=1e-5)


@pytest.mark.usefixtures("toy")
def test_what_a_toy_network_cannot_is_one_line(images, monkeypatch):
    with pytest.raises(UsageError, match="`width`: toy networks have no such option; leave it out"):
        train(options(images, width=3))
    monkeypatch.setattr(registry, "_registered", {"toy": Architecture("toy", ToySpec, Toy)})
    weights = train(options(images, steps=1, finetune_steps=0)).weights
    with pytest.raises(ModelError, match=r"weights.safetensors: toy networks cannot be written as ONNX"):
        export_onnx(weights, images / "toy.onnx", {})
    monkeypatch.setattr(registry, "_registered", {})
    with pytest.raises(ModelError, match=r"weights.safetensors: toy: no network of this name is known"):
        load_weights(weights)
