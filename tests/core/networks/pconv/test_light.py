"""The network in NumPy gives what the engine in torch gives: on any network, size and mask."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.networks.light import read_light
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.networks.pconv.light import LightPConvEngine, light_spec
from pconv_cli.core.weight_files import weights_path
from pconv_cli.core.weights import load_weights
from pconv_cli.core.weights_info import list_weights

# Values range over some 1, so that this is 1e-4 of the value range.
TOLERANCE = 1e-4


def trained(spec: ModelSpec, seed: int) -> PConvUNet:
    """A network as training leaves it: every BatchNorm with gains, shifts and statistics of its own."""
    torch.manual_seed(seed)
    model = PConvUNet(spec).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias, 0.0, 0.5)
            nn.init.normal_(module.running_mean, 0.0, 0.5)
            nn.init.uniform_(module.running_var, 0.3, 2.0)
    nn.init.normal_(model.decoder[-1].conv.bias, 0.0, 0.2)
    return model


def both(model: PConvUNet, light: LightPConvEngine, image: np.ndarray, mask: np.ndarray) -> float:
    """The largest difference between the two engines."""
    x, valid = torch.from_numpy(image).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None].float()
    expected = PConvEngine(model).fill(x, valid)[0].permute(1, 2, 0).numpy()
    filled = light.fill([np.where(mask[:, :, None], image, np.float32(np.nan))], [mask])[0]
    assert filled.dtype == np.float32
    assert np.array_equal(filled[mask], image[mask])
    return float(np.abs(filled - expected).max())


@settings(max_examples=40, deadline=None)
@given(
    spec=st.builds(ModelSpec, width=st.integers(1, 20), depth=st.integers(2, 7), base=st.just("pyramid")),
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    kind=st.sampled_from(["none", "all", "noise", "box", "border"]),
    seed=st.integers(0, 2**31),
)
def test_it_is_equal_to_the_engine_in_torch(spec: ModelSpec, height: int, width: int, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, mask = rng.random((height, width, 3), np.float32), np.ones((height, width), np.bool_)
    if kind == "all":
        mask[:] = False
    elif kind == "noise":
        mask = rng.random((height, width)) > 0.3
    elif kind == "box":
        top, left = rng.integers(0, height), rng.integers(0, width)
        mask[top : top + rng.integers(1, 60), left : left + rng.integers(1, 60)] = False
    elif kind == "border":
        mask[:, -1:], mask[:1] = False, False
    model = trained(spec, seed)
    light = LightPConvEngine(spec, {name: value.numpy() for name, value in model.state_dict().items()})
    assert both(model, light, image, mask) < TOLERANCE


def test_images_that_share_products_are_filled_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    model = trained(ModelSpec(width=16, depth=4, base="pyramid"), 0)
    light = LightPConvEngine(model.spec, {name: value.numpy() for name, value in model.state_dict().items()})
    images = [rng.random((*size, 3), np.float32) for size in ((70, 90), (40, 40), (128, 64), (20, 30))]
    masks = [np.ones(image.shape[:2], np.bool_) for image in images]
    masks[0][10:50, 60:], masks[2][5:9, 5:60], masks[3][:] = False, False, False
    for image, mask, filled in zip(images, masks, light.fill(images, masks), strict=True):
        np.testing.assert_allclose(filled, light.fill([image], [mask])[0], atol=TOLERANCE)
    assert np.array_equal(light.fill(images, masks)[1], images[1])
    assert light.fill([], []) == []


def test_shipped_weights_are_read_as_torch_reads_them() -> None:
    rng = np.random.default_rng(0)
    image, mask = rng.random((130, 200, 3), np.float32), np.ones((130, 200), np.bool_)
    mask[40:80, 100:120] = False
    for info in list_weights():
        light = read_light(weights_path(info.name))
        assert light.spec == info.spec
        assert isinstance(light, LightPConvEngine)
        assert both(load_weights(info.name), light, image, mask) < TOLERANCE


def test_a_network_without_the_base_is_not_its_business() -> None:
    assert light_spec({"spec": '{"width": 4, "depth": 3, "base": "none"}'}) is None
    assert light_spec({"spec": '{"width": 4, "depth": 3, "base": "pyramid"}'}) == ModelSpec(4, 3, "pyramid")
