"""Checkpoints of open-mmlab/mmagic's Global&Local against their formula, run by torch's functions alone."""

import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights
from pconv_cli.core.importing import import_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError

# Their names, channels out of 4 on the first layer, kernel, stride and dilation; stride 0: transposed.
LAYERS = (
    *[(f"encoder.enc{n}", c, k, s, 1) for n, c, k, s in ((1, 4, 5, 1), (2, 8, 3, 2), (3, 8, 3, 1), (4, 16, 3, 2))],
    *[(f"encoder.enc{n}", 16, 3, 1, 1) for n in (5, 6)],
    *[(f"dilation_neck.dilation_convs.{n}", 16, 3, 1, 2 ** (n + 1)) for n in range(4)],
    *[(f"decoder.dec{n}", c, k, s, 1) for n, c, k, s in ((1, 16, 3, 1), (2, 16, 3, 1), (3, 8, 4, 0), (4, 8, 3, 1))],
    *[(f"decoder.dec{n}", c, k, s, 1) for n, c, k, s in ((5, 4, 4, 0), (6, 2, 3, 1), (7, 3, 3, 1))],
)


def checkpoint(path, **changes):
    torch.manual_seed(0)
    state, before = {}, 4
    for name, after, kernel, stride, _ in LAYERS:
        pair = (before, after) if stride == 0 else (after, before)
        state[f"generator.{name}.conv.weight"] = torch.randn(*pair, kernel, kernel) / (before * kernel**2) ** 0.5
        if name.endswith("dec7"):
            state[f"generator.{name}.conv.bias"] = torch.tensor([0.3, -0.2, 0.1])
        else:
            norm = f"generator.{name}.bn"
            state |= {f"{norm}.weight": 0.5 + torch.rand(after), f"{norm}.bias": 0.3 * torch.randn(after)}
            state |= {f"{norm}.running_mean": torch.randn(after), f"{norm}.running_var": 0.5 + torch.rand(after)}
            state[f"{norm}.num_batches_tracked"] = torch.tensor(7)
        before = after
    state["disc.global_disc.conv1.conv.weight"] = torch.zeros(3)
    state |= changes
    kept = {k: v for k, v in state.items() if v is not None}
    torch.save({"meta": {"iter": 500000}, "state_dict": kept, "optimizer": {}}, path)
    return state


def theirs(state, rgb, mask):
    """From RGB in [0, 1] and 1 = valid: BGR in [-1, 1], 0 in the hole, and 1 = hole; and back."""
    y = torch.cat([(2 * rgb.flip(1) - 1) * mask, 1 - mask], 1)
    for name, _, kernel, stride, dilation in LAYERS:
        weight = state[f"generator.{name}.conv.weight"].double()
        if name.endswith("dec7"):
            y = F.conv2d(y, weight, state[f"generator.{name}.conv.bias"].double(), padding=1).clamp(-1, 1)
            continue
        if stride == 0:
            y = F.conv_transpose2d(y, weight, None, 2, 1)
        else:
            y = F.conv2d(y, weight, None, stride, dilation * (kernel // 2), dilation)
        names = ("running_mean", "running_var", "weight", "bias")
        y = F.relu(F.batch_norm(y, *(state[f"generator.{name}.bn.{n}"].double() for n in names)))
    return (y.flip(1) + 1) / 2


def test_an_import_computes_what_their_network_computes(tmp_path):
    state = checkpoint(tmp_path / "gl.pth")
    report = import_weights(tmp_path / "gl.pth", "mmagic-gl")
    assert (report.spec.width, report.spec.head, report.spec.values) == (4, "clip", "signed")
    x, mask = torch.rand(2, 3, 48, 64, dtype=torch.float64), torch.ones(2, 1, 48, 64, dtype=torch.float64)
    mask[0, :, 3:20, 9:40] = mask[1, :, 30:, :10] = 0
    with torch.inference_mode():
        output = load_weights(report.path).double()(x, mask).output
    torch.testing.assert_close(output, theirs(state, x, mask), rtol=1e-5, atol=1e-5)
    assert output.std() > 0.1  # not clipped everywhere


def test_its_licence_is_said_and_written(tmp_path):
    checkpoint(tmp_path / "gl.pth")
    report = import_weights(tmp_path / "gl.pth", "mmagic-gl")
    assert "non-commercial" in report.licence
    assert describe_weights(report.path).card["licence"] == report.licence


def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / "gl.pth"
    for changes, words in (
        ({"generator.encoder.enc2.bn.bias": None}, "missing generator.encoder.enc2.bn.bias"),
        ({"generator.encoder.enc2.conv.bias": torch.zeros(8)}, "unexpected generator.encoder.enc2.conv.bias"),
        ({"generator.decoder.dec7.conv.weight": torch.zeros(3, 2, 1, 1)}, r"generator.decoder.dec7.conv.weight is \(3"),
    ):
        checkpoint(path, **changes)
        with pytest.raises(ModelError, match=f"gl.pth: not a checkpoint as mmagic-gl has it: {words}"):
            import_weights(path, "mmagic-gl")
