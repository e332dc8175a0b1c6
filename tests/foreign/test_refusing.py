"""What is refused when a file of another project is loaded, each in one line."""

import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from pconv_cli import load_weights
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.conventions import parse_said
from pconv_cli.core.foreign.torchscript import RunningTorchScript
from pconv_cli.errors import FillError, ModelError, UsageError

from .conftest import MakeOnnx, MakeTorchScript
from .loading import HERE, check, damaged, describe, load


# What is refused.
@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"spoil": "nan"}, "fails on 160 x 96 px .computes values that are not finite"),
        ({"spoil": "channels"}, "fails on 160 x 96 px .gives 1x1x96x160 and not 1x3x96x160"),
        ({"channels": 4}, "its input image has 4 channels, and LaMa"),
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


def test_an_archive_that_was_cut_off(make_torchscript: MakeTorchScript) -> None:
    path = make_torchscript("lama")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ModelError, match="is a damaged archive"):
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
    with pytest.raises(ModelError, match="a network of another project in ONNX, which can only fill images"):
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
        ("size=0", "give size=any|1-65536"),
        ("size=99999", "give size=any|1-65536"),
        ("multiple=-8", "give multiple=1-65536"),
        ("size=8,size=8", "size is given twice; give it once"),
    ],
)
def test_what_says_nothing(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        parse_said(text)


def test_onnx_without_its_packages(make_onnx: MakeOnnx, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_onnx("carve")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install 'pconv-cli\[onnx\]'"):
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
