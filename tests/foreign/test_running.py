"""Networks of other projects at work: cores, devices, memory, and values that are not finite."""

from collections.abc import Sequence
from pathlib import Path

import onnxruntime
import pytest
import torch

from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.loading import load_foreign, read_foreign
from pconv_cli.core.foreign.network import ForeignNetwork
from pconv_cli.core.foreign.orange import ORANGE, check_orange
from pconv_cli.core.foreign.signature import Signature, TensorPort
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.foreign.torchscript import RunningTorchScript
from pconv_cli.errors import FillError

from .conftest import MakeOnnx, MakeTorchScript
from .loading import HERE, damaged, load


def test_a_batch_is_filled_one_by_one(make_onnx: MakeOnnx) -> None:
    network = load(make_onnx("carve", size=64))
    parts = [damaged(64, 64), damaged(40, 64)]
    parts[1] = tuple(part.repeat(1, 1, 2, 1)[:, :, :64] for part in parts[1])
    with torch.inference_mode():
        both = network(*(torch.cat(one) for one in zip(*parts, strict=True))).output
        alone = torch.cat([network(*part).output for part in parts])
    assert torch.equal(both, alone)


def test_inputs_lie_where_the_network_runs(make_torchscript: MakeTorchScript, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device without values takes the place of a GPU."""

    class Elsewhere:
        device = torch.device("meta")

        def __call__(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
            assert {one.device for one in inputs} == {self.device}
            return torch.tensor(ORANGE).reshape(1, 3, 1, 1).expand(1, 3, *inputs[0].shape[-2:])

    ports = TensorPort("image", "float32"), TensorPort("mask", "float32")
    signature = Signature("TorchScript", ports, (TensorPort("output", "float32"),), 0, "F32")
    network = ForeignNetwork(Path("a.pt"), signature, ForeignSpec("lama", "image, mask"), Elsewhere())
    check_orange(network, {})
    assert network.doubts == ()
    moving = RunningTorchScript(make_torchscript("lama"), HERE)
    monkeypatch.setattr(moving, "device", torch.device("meta"))
    monkeypatch.setattr(moving, "_module", lambda image, mask: image * mask)
    assert moving(damaged(64, 64)).device == torch.device("meta")


# Running.
def test_not_finite_on_one_image_is_that_images_failure(make_onnx: MakeOnnx) -> None:
    network = load(make_onnx("ronimo", spoil="nan on dark"))
    x, mask = damaged(64, 64)
    assert torch.isfinite(network(x, mask).output).all()
    with pytest.raises(FillError, match=r"fails on 64 x 64 px of it \(computes values that are not finite"):
        network(0.1 * x, mask)


def test_sessions_keep_to_the_cores_and_are_deterministic(make_onnx: MakeOnnx, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    make = onnxruntime.InferenceSession
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *a, **k: given.append(a) or make(*a, **k))
    monkeypatch.setattr("pconv_cli.core.foreign.onnx_file.usable_cores", lambda: 1)
    network = load(make_onnx("carve"))
    assert (given[0][1].intra_op_num_threads, given[0][1].use_deterministic_compute) == (1, True)
    x, mask = damaged(64, 96)
    assert torch.equal(network(x, mask).output, network(x, mask).output)


def test_no_gpu_for_onnxruntime_is_reported(make_onnx: MakeOnnx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    path = make_onnx("carve")
    signature = read_foreign(path)
    assert signature is not None
    network = load_foreign(path, signature, Foreign(), torch.device("cuda", 0))
    assert "runs on the processor, since onnxruntime has no provider for cuda:0" in network.doubts[0]


def test_memory_that_runs_out_in_onnxruntime_is_reported_as_such(
    make_onnx: MakeOnnx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that smaller batches and tiles follow."""
    network = load(make_onnx("carve"))

    class Session:
        def run(self, *_: object) -> None:
            raise RuntimeError("bad allocation: Failed to allocate memory for requested buffer of size 9")

    monkeypatch.setattr(network.running, "_session", Session())
    with pytest.raises(MemoryError):
        network(*damaged(64, 64))
