"""Networks of other projects are used as each convention wants it: sizes, inputs, order and range of values."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto
from torch import nn

from pconv_cli import ModelSpec, PConvUNet, save_weights
from pconv_cli.core.foreign.network import ForeignNetwork, mirrored
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.onnx_export import export_onnx

from .conftest import Known, MakeOnnx, MakeTorchScript
from .loading import HERE, check, damaged, expected, load


# The conventions.
@pytest.mark.parametrize(
    ("kind", "padded", "tolerance"),
    [
        ("carve", (80, 96), 1e-5),
        ("ronimo", (96, 96), 1e-5),
        ("pconv", (75, 91), 1e-5),
        ("migan", (512, 512), 2 / 255),  # bytes in, bytes out, cut off
    ],
)
def test_onnx_of_any_size(make_onnx: MakeOnnx, kind: str, padded: tuple[int, int], tolerance: float) -> None:
    network = load(make_onnx(kind))
    assert network.doubts == ()
    check(network, (75, 91), padded, tolerance)


@pytest.mark.parametrize("kind", ["carve", "ronimo", "pconv", "migan"])
def test_onnx_of_one_size(make_onnx: MakeOnnx, kind: str) -> None:
    """As the files in circulation have it; a smaller side is quicker."""
    network = load(make_onnx(kind, size=128))
    assert network.spec.fixed_size == 128
    check(network, (128, 128), (128, 128), 2 / 255)
    check(network, (75, 91), (128, 128), 2 / 255)


@pytest.mark.parametrize("scripted", [False, True])
def test_torchscript(make_torchscript: MakeTorchScript, scripted: bool) -> None:
    check(load(make_torchscript("lama", scripted=scripted)), (75, 91), (80, 96), 1e-5)


def test_torchscript_with_the_mask_first(tmp_path: Path) -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = Known()

        def forward(self, hole_mask: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
            return self.model(x, hole_mask)

    path = tmp_path / "turned.pt"
    with pytest.warns(DeprecationWarning, match="deprecated"):
        torch.jit.script(Turned().eval()).save(str(path))
    check(load(path), (64, 96), (64, 96), 1e-5)


def test_torchscript_of_one_input(make_torchscript: MakeTorchScript) -> None:
    network = load(make_torchscript("migan"))
    assert network.spec.fixed_size == 512
    check(network, (75, 91), (512, 512), 1e-5)


def test_an_export_of_this_program_is_the_network_itself(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PConvUNet(ModelSpec(width=4, depth=3, base="pyramid")).eval()
    save_weights(tmp_path / "own.safetensors", network)
    export_onnx(tmp_path / "own.safetensors", tmp_path / "own.onnx", {})
    x, mask = damaged(75, 91)
    with torch.inference_mode():
        own, theirs = (one(x, mask).output for one in (network, load(tmp_path / "own.onnx")))
    hole = (mask == 0).expand(own.shape)
    torch.testing.assert_close(theirs[hole], own[hole], atol=1e-4, rtol=0)


def test_half_precision_goes_in_where_the_file_takes_it(make_onnx: MakeOnnx) -> None:
    check(load(make_onnx("ronimo", dtype=TensorProto.FLOAT16)), (64, 96), (64, 96), 2e-3)


def test_inputs_are_known_by_name_in_any_order(make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve")
    model = onnx.load(path)
    model.graph.input.reverse()
    onnx.save(model, path)
    check(load(path), (64, 96), (64, 96), 1e-5)


@given(st.integers(1, 40), st.integers(0, 200))
def test_mirrored_is_numpys_symmetric(side: int, more: int) -> None:
    want = np.pad(np.arange(side), (0, more), "symmetric")
    np.testing.assert_array_equal(mirrored(side, side + more, HERE).numpy(), want)


def test_a_network_of_bgr(make_onnx: MakeOnnx) -> None:
    """Wrong on both sides, which orange does not show; said, it is heeded."""
    network = load(make_onnx("carve"), "order=bgr")
    x, mask = damaged(64, 96)
    with torch.inference_mode():
        output = network(x, mask).output.numpy()
    want = expected(x.flip(1), mask, (64, 96))[:, ::-1]
    hole = np.broadcast_to(mask.numpy() == 0, want.shape)
    np.testing.assert_allclose(output[hole], want[hole], atol=1e-5)


def test_values_from_minus_one() -> None:
    """Where holes are 0, which is grey there."""
    spec = ForeignSpec("any", "image, mask", range="signed-byte")
    x, mask = damaged(16, 16)
    x = torch.where(mask > 0, x, 0.0)
    image, marked = spec.inputs(x, mask)
    assert torch.equal(image, torch.where(mask > 0, 2 * x - 1, 0.0))
    assert torch.equal(marked, 1 - mask)
    assert spec.output(torch.full((1, 3, 1, 1), 51.0)).unique().item() == pytest.approx(0.2)


def given_to(network: ForeignNetwork, x: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """What a network is given of an image."""
    taken: list[torch.Tensor] = []
    running = network.running

    class Recording:
        device = running.device

        def __call__(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
            taken.extend(inputs)
            return running(inputs)

    network.running = Recording()
    network(x, mask)
    return taken


def test_holes_are_nought_whatever_stands_in_them(make_onnx: MakeOnnx) -> None:
    x, mask = damaged(64, 64)
    (both,) = given_to(load(make_onnx("ronimo", size=64)), x, mask)
    assert torch.equal(both, torch.cat([torch.where(mask > 0, x, 0.0), 1 - mask], 1))


def test_bytes_are_the_nearest(make_onnx: MakeOnnx) -> None:
    x, mask = damaged(64, 64)
    image, marks = given_to(load(make_onnx("migan", size=64)), x, mask)
    assert (image.dtype, marks.dtype) == (torch.uint8, torch.uint8)
    assert torch.equal(image, torch.where(mask > 0, x * 255, 0.0).round().to(torch.uint8))
    assert marks.unique().tolist() == [0, 255]
