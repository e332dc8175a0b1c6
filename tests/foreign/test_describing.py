"""What a file of another project is, seen without running it."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from pconv_cli import load_weights
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.weight_files import hashes_of_weights
from pconv_cli.core.weights_info import require_weights
from pconv_cli.errors import ModelError
from pconv_cli.files.digest import sha256_of

from .conftest import Known, MakeOnnx, MakeTorchScript
from .loading import check, describe, load, split


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


def test_windows_are_no_smaller_than_what_lama_was_trained_on(make_onnx: MakeOnnx) -> None:
    assert [describe(make_onnx(kind)).spec.least_side for kind in ("carve", "ronimo", "pconv")] == [256, 256, 1]


def test_values_in_a_file_of_their_own(make_onnx: MakeOnnx, tmp_path: Path) -> None:
    path = make_onnx("carve")
    assert hashes_of_weights(path).keys() == {"weights_sha256"}
    values = split(path)
    assert hashes_of_weights(path) == {"weights_sha256": sha256_of(path), "weights_data_sha256": sha256_of(values)}
    check(load(path), (64, 96), (64, 96), 1e-5)
    values.rename(tmp_path / "gone")
    with pytest.raises(ModelError, match=r"keeps its values in .*values\.data, which is not beside it"):
        describe(path)
