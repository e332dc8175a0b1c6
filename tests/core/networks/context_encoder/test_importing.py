"""Checkpoints of BoyuanJiang/context_encoder_pytorch against its own list of layers, run by torch's functions alone."""

import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights
from pconv_cli.core.importing import import_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError

# Number in ``main``, channels in and out (of 2 on the first layer and 6 in the bottleneck), and whether it goes up.
CONVOLUTIONS = (
    (0, 3, 2, False),
    (2, 2, 2, False),
    (5, 2, 4, False),
    (8, 4, 8, False),
    (11, 8, 16, False),
    (14, 16, 6, False),
    (17, 6, 16, True),
    (20, 16, 8, True),
    (23, 8, 4, True),
    (26, 4, 2, True),
    (29, 2, 3, True),
)


def checkpoint(path, **changes):
    torch.manual_seed(0)
    state = {}
    for number, before, after, up in CONVOLUTIONS:
        state[f"main.{number}.weight"] = 0.2 * torch.randn(*((before, after) if up else (after, before)), 4, 4)
        if number not in (0, 29):
            norm = f"main.{number + 1}"
            state |= {f"{norm}.weight": 0.5 + torch.rand(after), f"{norm}.bias": 0.3 * torch.randn(after)}
            state |= {f"{norm}.running_mean": torch.randn(after), f"{norm}.running_var": 0.5 + torch.rand(after)}
    state |= changes
    torch.save({"epoch": 500, "state_dict": {k: v for k, v in state.items() if v is not None}}, path)
    return state


def theirs(state, x):
    y = x
    for number, _, _, up in CONVOLUTIONS:
        weight = state[f"main.{number}.weight"].double()
        stride, padding = (1, 0) if number in (14, 17) else (2, 1)
        y = (F.conv_transpose2d if up else F.conv2d)(y, weight, None, stride, padding)
        if number not in (0, 29):
            gain, shift, mean, variance = (
                state[f"main.{number + 1}.{n}"].double() for n in ("weight", "bias", "running_mean", "running_var")
            )
            y = F.batch_norm(y, mean, variance, gain, shift)
        y = torch.tanh(y) if number == 29 else F.relu(y) if up else F.leaky_relu(y, 0.2)
    return y


@pytest.mark.parametrize("counted", [False, True])
def test_an_import_computes_what_their_network_computes(tmp_path, counted):
    """On an image of 128 with the hole in its centre, as their ``test.py`` blanks it; with and without new torch's."""
    counts = (
        {f"main.{number + 1}.num_batches_tracked": torch.tensor(7) for number in range(2, 29, 3)} if counted else {}
    )
    state = checkpoint(tmp_path / "netG.pth", **counts)
    report = import_weights(tmp_path / "netG.pth", "context-encoder")
    assert (report.spec.width, report.spec.bottleneck, report.spec.output) == (2, 6, "centre")
    x, mask = torch.rand(2, 3, 128, 128, dtype=torch.float64), torch.ones(2, 1, 128, 128, dtype=torch.float64)
    mask[..., 36:92, 36:92] = 0
    cropped = 2 * x - 1
    for channel, value in enumerate((117.0, 104.0, 123.0)):
        cropped[:, channel, 36:92, 36:92] = 2 * value / 255 - 1
    with torch.inference_mode():
        output = load_weights(report.path).double()(x, mask).output
    torch.testing.assert_close(output[..., 32:96, 32:96], (theirs(state, cropped) + 1) / 2, rtol=1e-6, atol=1e-6)


def test_its_licence_is_said_and_written(tmp_path):
    checkpoint(tmp_path / "netG.pth")
    report = import_weights(tmp_path / "netG.pth", "context-encoder")
    card = describe_weights(report.path).card
    assert card["licence"] == report.licence
    assert "none is stated for the weights" in report.licence
    assert "squares of 64 pixels" in card["warning"]


def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / "netG.pth"
    for changes, words in (
        ({"main.5.weight": None}, "missing main.5.weight"),
        ({"main.31.weight": torch.zeros(1)}, "unexpected main.31.weight"),
        ({"main.18.bias": torch.zeros(3)}, r"main.18.bias is \(3,\), not \(16,\)"),
    ):
        checkpoint(path, **changes)
        with pytest.raises(ModelError, match=f"netG.pth: not a checkpoint as context-encoder has it: {words}"):
            import_weights(path, "context-encoder")
    torch.save({"main.0.weight": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="has no entry 'state_dict'"):
        import_weights(path, "context-encoder")
    assert not path.with_suffix(".safetensors").exists()
