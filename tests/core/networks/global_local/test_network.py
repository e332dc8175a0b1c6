"""The completion network against the paper's table, written down layer by layer, and golden numbers."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights, save_weights
from pconv_cli.core.networks.global_local.network import GlobalLocal, GlobalLocalSpec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError
from pconv_cli.methods.neural import PConvBackend

# Kernel, dilation, stride (1/2: transposed) and channels, from the paper's table 1.
TABLE = (
    (5, 1, 1, 64),
    (3, 1, 2, 128),
    (3, 1, 1, 128),
    (3, 1, 2, 256),
    (3, 1, 1, 256),
    (3, 1, 1, 256),
    (3, 2, 1, 256),
    (3, 4, 1, 256),
    (3, 8, 1, 256),
    (3, 16, 1, 256),
    (3, 1, 1, 256),
    (3, 1, 1, 256),
    (4, 1, 0.5, 128),
    (3, 1, 1, 128),
    (4, 1, 0.5, 64),
    (3, 1, 1, 32),
    (3, 1, 1, 3),
)


def by_table(network, x, hole):
    """Layer by layer from the network's values alone; gives the output of each."""
    state, y, outputs = network.state_dict(), torch.cat([x, hole], 1), []
    for number, (kernel, dilation, stride, _) in enumerate(TABLE):
        name = "last" if number == 16 else f"convs.{number}"
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        if stride == 0.5:
            y = F.conv_transpose2d(y, weight, bias, 2, 1)
        else:
            y = F.conv2d(y, weight, bias, stride, dilation * (kernel // 2), dilation)
        if number < 16:
            names = ("running_mean", "running_var", "weight", "bias")
            mean, variance, gain, shift = (state[f"norms.{number}.{n}"].view(1, -1, 1, 1) for n in names)
            y = ((y - mean) / torch.sqrt(variance + 1e-5) * gain + shift).clamp(min=0)
        outputs.append(y)
    return outputs


def test_the_papers_size_has_the_values_of_its_table():
    channels = [4, *(row[3] for row in TABLE)]
    convolutions = sum(before * row[3] * row[0] ** 2 + row[3] for before, row in zip(channels, TABLE, strict=False))
    norms = 2 * sum(channels[1:-1])
    assert (convolutions, norms) == (6_066_179, 5_952)
    assert sum(p.numel() for p in GlobalLocal().parameters()) == convolutions + norms


def golden():
    """The network of golden numbers, by sines that anybody can write again; the image and its hole."""
    network = GlobalLocal(GlobalLocalSpec(mean=(0, 0, 0))).double().eval()
    for k, layer in zip(range(0, 34, 2), [*network.convs, network.last], strict=True):
        values = torch.arange(layer.weight.numel(), dtype=torch.float64)
        scale = math.sqrt(2 / math.prod(layer.weight.shape[1:]))
        layer.weight.data = (torch.sin(0.7 * values + k) * scale).view(layer.weight.shape)
        layer.bias.data = 0.01 * torch.cos(torch.arange(len(layer.bias), dtype=torch.float64) + k + 1)
    channel, row, column = np.ogrid[:3, :64, :96]
    x = torch.from_numpy(0.5 + 0.5 * np.sin(0.13 * row + 0.29 * column + channel))[None]
    mask = torch.ones(1, 1, 64, 96, dtype=torch.float64)
    mask[..., 16:32, 24:72] = 0
    return network, x, mask


def test_layers_and_output_are_the_golden_ones():
    """Mean and population deviation after conv1, the last dilated layer, before the sigmoid and after it."""
    network, x, mask = golden()
    with torch.inference_mode():
        layers = by_table(network, x * mask, 1 - mask)
        output = network(x, mask).output
    expected = {
        0: (0.07108083126733278, 0.09407127388518056),
        9: (110.95221874352808, 142.35421899082652),
        16: (-3.0013115036984583, 30.27069141255556),
    }
    for number, (mean, deviation) in expected.items():
        values = layers[number]
        assert values.mean().item() == pytest.approx(mean, rel=1e-9)
        assert values.std(correction=0).item() == pytest.approx(deviation, rel=1e-9)
    torch.testing.assert_close(output, torch.sigmoid(layers[16]))
    assert output.mean().item() == pytest.approx(0.5051775715079436, rel=1e-9)
    assert output.std(correction=0).item() == pytest.approx(0.3966574153757087, rel=1e-9)
    assert output[0, 0, 0, 0].item() == pytest.approx(1.2524423278006312e-14, rel=1e-6)


def randomised(spec):
    torch.manual_seed(0)
    network = GlobalLocal(spec).double().eval()
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 2)
        elif value.is_floating_point():
            value.normal_(0, 0.3)
    return network


def test_the_mean_is_subtracted_and_a_hole_is_nothing_and_flagged():
    mean = (0.4, 0.5, 0.25)
    network = randomised(GlobalLocalSpec(4, mean))
    x, mask = torch.rand(2, 3, 30, 45, dtype=torch.float64), torch.ones(2, 1, 30, 45, dtype=torch.float64)
    mask[0, :, 3:20, 4:9] = mask[1, :, 20:, 30:] = 0
    inside = F.pad((x - torch.tensor(mean, dtype=torch.float64).view(1, 3, 1, 1)) * mask, (0, 3, 0, 2))
    expected = torch.sigmoid(by_table(network, inside, 1 - F.pad(mask, (0, 3, 0, 2)))[-1])[..., :30, :45]
    with torch.inference_mode():
        torch.testing.assert_close(network(x, mask).output, expected, rtol=1e-6, atol=1e-9)
        assert torch.equal(network(torch.where(mask > 0, x, 0.9), mask).output, network(x, mask).output)


def test_a_network_that_clips_works_in_minus_one_to_one():
    network = randomised(GlobalLocalSpec(4, head="clip"))
    x, mask = torch.rand(1, 3, 32, 32, dtype=torch.float64), torch.ones(1, 1, 32, 32, dtype=torch.float64)
    mask[..., 5:20, 8:16] = 0
    expected = (by_table(network, (2 * x - 1) * mask, 1 - mask)[-1].clamp(-1, 1) + 1) / 2
    with torch.inference_mode():
        torch.testing.assert_close(network(x, mask).output, expected)


def test_the_reach_is_how_far_a_value_is_seen():
    """307 pixels across: of a single bright pixel no output further than 153 away knows."""
    spec = GlobalLocalSpec(2)
    assert spec.reach == 153
    torch.manual_seed(0)
    network = GlobalLocal(spec).double().eval()
    for convolution in [*network.convs, network.last]:
        torch.nn.init.constant_(convolution.weight, 1 / convolution.weight[0].numel())
        torch.nn.init.constant_(convolution.bias, 0.1)
    x = torch.full((1, 3, 16, 400), 0.5, dtype=torch.float64)
    x[..., 200] = 1
    x.requires_grad_()
    reached = []
    for column in range(196, 204):
        x.grad = None
        network(x, torch.ones(1, 1, 16, 400, dtype=torch.float64)).output[..., column].sum().backward()
        seen = x.grad.abs().sum((0, 1, 2)).nonzero()
        reached += [column - seen.min().item(), seen.max().item() - column]
    assert max(reached) == 153


def test_weights_say_what_they_are_and_fill_images(tmp_path):
    spec = GlobalLocalSpec(4, (0.1, 0.2, 0.3))
    path = tmp_path / "gl.safetensors"
    network = randomised(spec).float()
    save_weights(path, network)
    info = describe_weights(path)
    assert (info.architecture.name, info.spec) == ("global-local", spec)
    assert load_weights(path).spec.mean == (0.1, 0.2, 0.3)
    rgb, mask = np.random.default_rng(0).random((70, 90, 3), np.float32), np.ones((70, 90), bool)
    mask[20:40, 30:60] = False
    filled = PConvBackend.load(path, "cpu", "float32", tile=128, overlap=32).fill(rgb, mask)
    np.testing.assert_array_equal(filled[mask], rgb[mask])
    x, known = torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None].float()
    with torch.inference_mode():
        expected = network(x, known).output[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(filled[~mask], expected[~mask], atol=1e-5)


@pytest.mark.parametrize(
    "given", [{"width": 3}, {"width": 0}, {"mean": (0.5, 0.5)}, {"mean": (2, 0, 0)}, {"mean": 0.5}, {"head": "tanh"}]
)
def test_specs_that_no_network_has_are_refused(given):
    with pytest.raises(ModelError, match=r"no global-local network has .*width is an even number"):
        GlobalLocalSpec(**given)
