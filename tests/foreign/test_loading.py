"""Files of other projects: what they are, how their networks are used, and what is refused when they are loaded."""

import pickle
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto
from torch import nn

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.foreign import Foreign, load_foreign, read_foreign
from pconv_cli.core.foreign.conventions import parse_said
from pconv_cli.core.foreign.network import ForeignNetwork, mirrored
from pconv_cli.core.foreign.orange import ORANGE, check_orange
from pconv_cli.core.foreign.signature import Port, Signature
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.foreign.torchscript import RunningTorchScript
from pconv_cli.core.onnx_export import export_onnx
from pconv_cli.core.weights import WeightsInfo, describe_weights, hashes_of_weights, require_weights
from pconv_cli.errors import FillError, ModelError, UsageError
from pconv_cli.files.digest import sha256_of

from .conftest import Known, MakeOnnx, MakeTorchScript

HERE = torch.device("cpu")


def load(path: Path, said: str | None = None) -> ForeignNetwork:
    network = load_weights(path, foreign=Foreign(trust=True, foreign=said))
    assert isinstance(network, ForeignNetwork)
    return network


def describe(path: Path, said: str | None = None) -> WeightsInfo:
    return describe_weights(path, foreign=Foreign(foreign=said))


def damaged(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with holes, in which something stands that nobody may look at."""
    generator = torch.Generator().manual_seed(height)
    x = torch.rand(1, 3, height, width, generator=generator)
    mask = torch.ones(1, 1, height, width)
    mask[..., height // 3 : height // 2, width // 4 : width // 2] = 0
    return torch.where(mask > 0, x, 7.0), mask


def expected(x: torch.Tensor, mask: torch.Tensor, side: tuple[int, int]) -> np.ndarray:
    """What the network computes of an image that is mirrored up to a size, by NumPy's padding."""
    height, width = x.shape[-2:]
    beyond = ((0, 0), (0, 0), (0, side[0] - height), (0, side[1] - width))
    known, hole = (np.pad(part.numpy(), beyond, "symmetric") for part in (torch.where(mask > 0, x, 0.0), 1 - mask))
    with torch.inference_mode():
        output = Known().eval()(torch.from_numpy(known), torch.from_numpy(hole))
    return output[..., :height, :width].numpy()


def check(network: ForeignNetwork, size: tuple[int, int], padded: tuple[int, int], tolerance: float) -> None:
    x, mask = damaged(*size)
    with torch.inference_mode():
        output = network(x, mask).output
    hole = np.broadcast_to(mask.numpy() == 0, output.shape)
    np.testing.assert_allclose(output.numpy()[hole], expected(x, mask, padded)[hole], atol=tolerance)


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


def test_a_batch_is_filled_one_by_one(make_onnx: MakeOnnx) -> None:
    network = load(make_onnx("carve", size=64))
    parts = [damaged(64, 64), damaged(40, 64)]
    parts[1] = tuple(part.repeat(1, 1, 2, 1)[:, :, :64] for part in parts[1])
    with torch.inference_mode():
        both = network(*(torch.cat(one) for one in zip(*parts, strict=True))).output
        alone = torch.cat([network(*part).output for part in parts])
    assert torch.equal(both, alone)


@given(st.integers(1, 40), st.integers(0, 200))
def test_mirrored_is_numpys_symmetric(side: int, more: int) -> None:
    want = np.pad(np.arange(side), (0, more), "symmetric")
    np.testing.assert_array_equal(mirrored(side, side + more, HERE).numpy(), want)


def test_inputs_lie_where_the_network_runs(make_torchscript: MakeTorchScript, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device without values takes the place of a GPU."""

    class Elsewhere:
        device = torch.device("meta")

        def __call__(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
            assert {one.device for one in inputs} == {self.device}
            return torch.tensor(ORANGE).reshape(1, 3, 1, 1).expand(1, 3, *inputs[0].shape[-2:])

    ports = Port("image", "float32"), Port("mask", "float32")
    signature = Signature("TorchScript", ports, (Port("output", "float32"),), 0, "F32")
    network = ForeignNetwork(Path("a.pt"), signature, ForeignSpec("lama", "image, mask"), Elsewhere())
    check_orange(network, {})
    assert network.doubts == ()
    moving = RunningTorchScript(make_torchscript("lama"), HERE)
    monkeypatch.setattr(moving, "device", torch.device("meta"))
    monkeypatch.setattr(moving, "_module", lambda image, mask: image * mask)
    assert moving(damaged(64, 64)).device == torch.device("meta")


# What a file says of itself.
@pytest.mark.parametrize("kind", ["carve", "migan", "ronimo", "pconv"])
def test_described_by_content_and_not_by_name(make_onnx: MakeOnnx, kind: str) -> None:
    one, other = describe(make_onnx(kind)), describe(make_onnx(kind, name="anything.dat"))
    assert one.spec == other.spec
    assert (one.dtype, one.card["container"], one.card["made by"]) == ("F32", "ONNX", "tests")


def test_torchscript_is_described_without_running_it(
    make_torchscript: MakeTorchScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_torchscript("lama", name="lama.bin")
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("was run"))
    info = describe(path)
    assert info.parameters == Known().texture.weight.numel()
    assert (info.dtype, info.card["inputs"]) == ("F32", "image, mask")
    with pytest.raises(ModelError, match=r"is TorchScript, a program that can do whatever you can.*`trust`"):
        require_weights(path, Foreign())
    with pytest.raises(ModelError, match=r"is TorchScript, a program that can do whatever you can.*`trust`"):
        load_weights(path, foreign=Foreign())


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.mkdir, (self.target,)  # type: ignore[return-value]


def test_nothing_in_an_archive_is_run_to_describe_it(tmp_path: Path) -> None:
    path, target = tmp_path / "bad.pt", tmp_path / "made"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/constants.pkl", b"")
        archive.writestr("a/code/__torch__.py", "class A(Module):\n")
        archive.writestr("a/data.pkl", pickle.dumps(_Bomb(target), protocol=2))
    with pytest.raises(ModelError, match=r"bad\.pt: .*TorchScript"):
        describe(path)
    assert not target.exists()


# The orange image.
@pytest.mark.parametrize(
    ("how", "mend"),
    [
        ({"polarity": "valid"}, "polarity=valid"),
        ({"out": "unit"}, "range=unit"),
        ({"out": "signed"}, "range=unit-signed"),
        ({"reverse": True}, "order=rgb-bgr"),
        ({"polarity": "valid", "out": "unit"}, "polarity=valid,range=unit"),
    ],
)
def test_a_wrong_convention_is_reported_with_what_mends_it(make_onnx: MakeOnnx, how: dict[str, str], mend: str) -> None:
    path = make_onnx("carve", **how)
    with pytest.raises(ModelError, match="fills a plain orange image") as caught:
        load(path)
    assert str(caught.value).endswith(f"; give `foreign` {mend}")
    check(load(path, mend), (64, 96), (64, 96), 1e-5)


@pytest.mark.parametrize("kind", ["migan", "ronimo", "pconv"])
def test_a_wrong_polarity_shows_in_every_family(make_onnx: MakeOnnx, kind: str) -> None:
    other = {"migan": "hole", "ronimo": "valid", "pconv": "hole"}[kind]
    path = make_onnx(kind, polarity=other, size=64)
    with pytest.raises(ModelError, match=f"give `foreign` polarity={other}$"):
        load(path)
    check(load(path, f"polarity={other}"), (64, 64), (64, 64), 2 / 255)


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


def test_windows_are_no_smaller_than_what_lama_was_trained_on(make_onnx: MakeOnnx) -> None:
    assert [describe(make_onnx(kind)).spec.least_side for kind in ("carve", "ronimo", "pconv")] == [256, 256, 1]


def test_what_was_said_is_kept_in_what_mends(make_onnx: MakeOnnx) -> None:
    with pytest.raises(ModelError, match=r"give `foreign` multiple=16,range=unit$"):
        load(make_onnx("carve", out="unit"), "multiple=16")


def test_a_wrong_option_is_reported_too(make_torchscript: MakeTorchScript) -> None:
    with pytest.raises(ModelError, match=r"give `foreign` polarity=hole$"):
        load(make_torchscript("lama"), "polarity=valid")


def test_what_no_convention_mends_is_a_doubt(make_onnx: MakeOnnx) -> None:
    network = load(make_onnx("ronimo", spoil="grey"))
    assert re.search(r"fills a plain orange image.* with \(0\.50, 0\.50, 0\.50\), and no other", network.doubts[0])


# What is refused.
@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"spoil": "nan"}, "fails on 160 x 96 px .computes values that are not finite"),
        ({"spoil": "channels"}, "fails on 160 x 96 px .gives 1x1x96x160 and not 1x3x96x160"),
        ({"channels": 4}, "its input image has 4 channels, and that of LaMa .* has 3"),
        ({"domain": "my.own"}, r"needs operators that onnxruntime does not have \(my\.own\.Identity\)"),
    ],
)
def test_onnx_that_does_not_fit(make_onnx: MakeOnnx, how: dict[str, object], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        load(make_onnx("carve", **how))


def test_a_size_that_the_graph_does_not_take(make_onnx: MakeOnnx) -> None:
    """As of Fourier units that were exported with sizes said to be free."""
    path = make_onnx("carve")
    model = onnx.load(path)
    shape = onnx.numpy_helper.from_array(np.array([1, 3, 64, 64]), "shape")
    model.graph.initializer.append(shape)
    model.graph.node[-1].input[0] = "reshaped"
    last = model.graph.node[-2].output[0]
    model.graph.node.insert(len(model.graph.node) - 1, onnx.helper.make_node("Reshape", [last, "shape"], ["reshaped"]))
    onnx.save(model, path)
    with pytest.raises(
        ModelError, match=r"fails on 160 x 96 px \(.*; if it takes one size alone, give `foreign` size=N"
    ):
        load(path)
    check(load(path, "size=64"), (64, 64), (64, 64), 1e-5)
    with pytest.raises(FillError, match=r"carve\.onnx fails on 64 x 65 px of it \(input_shape_size"):
        load(path, "size=64")(*damaged(65, 64))


def test_a_graph_that_does_not_load(make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve")
    model = onnx.load(path)
    model.graph.node[-1].op_type = "NoSuchOperator"
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"onnxruntime [\d.]+ cannot load it \(.*NoSuchOperator") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("where", ["input", "initializer"])
def test_a_type_that_there_is_not(make_onnx: MakeOnnx, where: str) -> None:
    path = make_onnx("carve")
    model = onnx.load(path)
    if where == "input":
        model.graph.input[0].type.tensor_type.elem_type = 99
    else:
        model.graph.initializer[0].data_type = 99
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"carve\.onnx: cannot be read as ONNX; the file is damaged"):
        describe(path)


def test_a_size_that_is_no_square(make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve", size=64)
    model = onnx.load(path)
    for port in model.graph.input:
        port.type.tensor_type.shape.dim[3].dim_value = 96
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"takes image float32 \(N, 3, 64, 96\).*one square size"):
        load(path)


def test_a_size_against_the_files_own(make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve", size=64)
    with pytest.raises(ModelError, match="takes 64 px a side and nothing else"):
        load(path, "size=128")
    assert load(path, "size=64").spec.fixed_size == 64


def test_no_known_convention(make_onnx: MakeOnnx) -> None:
    path = make_onnx("other", size=64)
    why = r"is ONNX of no known convention, and takes a float32 \(N, 3, 64, 64\), b float32 \(N, 1, 64, 64\); if it"
    with pytest.raises(ModelError, match=why):
        load(path)
    with pytest.raises(ModelError, match=why):
        describe(path, "polarity=hole")
    check(load(path, "polarity=hole,range=unit"), (64, 64), (64, 64), 1e-5)


def test_other_numbers_of_inputs(make_onnx: MakeOnnx, tmp_path: Path) -> None:
    path = make_onnx("carve")
    model = onnx.load(path)
    del model.graph.input[1]
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"no known convention, and takes image float32 .*; take another file"):
        load(path)


def test_a_torchscript_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "classifier.pt"
    with pytest.warns(DeprecationWarning, match="deprecated"):
        torch.jit.trace(nn.Conv2d(3, 8, 3), torch.rand(1, 3, 8, 8)).save(str(path))
    with pytest.raises(ModelError, match=r"classifier\.pt: fails on 512 x 512 px \(.*channels") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["archive", "legacy", "keras"])
def test_checkpoints_are_for_weights_import(tmp_path: Path, content: str) -> None:
    path = tmp_path / "g.pth"
    if content == "keras":
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    else:
        torch.save({"w": torch.zeros(2)}, path, _use_new_zipfile_serialization=content == "archive")
    with pytest.raises(ModelError, match=r"is a checkpoint.*`pconv weights import` reads those of naoto0804, keras"):
        load(path)


def test_a_program_of_torch_export(tmp_path: Path) -> None:
    path = tmp_path / "p.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/archive_format", "pt2")
    with pytest.raises(ModelError, match=r"torch\.export wrote"):
        load(path)


@pytest.mark.parametrize("content", [b"\x08\x07 not ONNX at all", b"\x08\x08"])
def test_damaged_onnx(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read as ONNX"):
        load(path)


def split(path: Path) -> Path:
    """Move the values of an ONNX file into another one, as current exporters do, and give that."""
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="values.data", size_threshold=0)
    return path.parent / "values.data"


def test_values_in_a_file_of_their_own(make_onnx: MakeOnnx, tmp_path: Path) -> None:
    path = make_onnx("carve")
    assert hashes_of_weights(path).keys() == {"weights_sha256"}
    values = split(path)
    assert hashes_of_weights(path) == {"weights_sha256": sha256_of(path), "weights_data_sha256": sha256_of(values)}
    check(load(path), (64, 96), (64, 96), 1e-5)
    values.rename(tmp_path / "gone")
    with pytest.raises(ModelError, match=r"keeps its values in .*values\.data, which is not beside it"):
        describe(path)


def test_an_archive_that_was_cut_off(make_torchscript: MakeTorchScript) -> None:
    path = make_torchscript("lama")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ModelError, match="is an archive, and damaged"):
        describe(path)


def test_damaged_torchscript(make_torchscript: MakeTorchScript) -> None:
    path = make_torchscript("lama")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            if "data/" not in name:
                archive.writestr(name, part)
    with pytest.raises(ModelError, match="torch cannot load it") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_they_fill_images_and_do_nothing_else(make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve")
    with pytest.raises(ModelError, match="a network of another project in ONNX, which fills images alone"):
        load_weights(path)


def test_nothing_is_said_of_files_of_this_program() -> None:
    with pytest.raises(UsageError, match=r"`foreign`: .*photo\.safetensors is a file of this program"):
        load_weights("photo", foreign=Foreign(foreign="polarity=valid"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' is not understood; give one of polarity, range, order, size, multiple"),
        ("polarity=white", "give polarity=hole|valid"),
        ("range=unit-", "give range=unit|signed|byte|unit-signed"),
        ("order", "give order=rgb|bgr|rgb-bgr|bgr-rgb"),
        ("size=0", "give size=N|any"),
        ("multiple=-8", "give multiple=N"),
        ("size=8,size=8", "size is given twice; give it once"),
    ],
)
def test_what_says_nothing(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        parse_said(text)


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


def test_onnx_without_its_packages(make_onnx: MakeOnnx, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_onnx("carve")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="pip install onnx onnxruntime"):
        load(path)


def test_torchscript_that_gives_no_tensor(tmp_path: Path) -> None:
    class Two(nn.Module):
        def forward(self, image: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return image, mask

    path = tmp_path / "two.pt"
    with pytest.warns(DeprecationWarning, match="deprecated"):
        torch.jit.script(Two()).save(str(path))
    with pytest.raises(ModelError, match="gives a tuple and no tensor"):
        load(path)
    assert RunningTorchScript(path, HERE).device == HERE
