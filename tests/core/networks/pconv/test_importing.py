"""Others' checkpoints: what is written of them, and what is refused."""

import re

import pytest
import torch
from safetensors import safe_open

from pconv_cli.core.importing import import_weights
from pconv_cli.core.networks.pconv.importing import FAMILIES
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.files.digest import sha256_of


def test_what_is_imported_says_where_it_comes_from(tmp_path, checkpoints):
    source, _ = checkpoints["naoto0804"](tmp_path)
    report = import_weights(source, "naoto0804", tmp_path / "theirs" / "n.safetensors")
    info = describe_weights(report.path)
    assert info.spec == report.spec
    assert (info.spec.width, info.spec.depth, info.spec.values) == (2, 7, "imagenet")
    assert info.card["source_sha256"] == sha256_of(source)
    assert info.card["source_file"] == "1000000.pth"
    assert "checked" in info.card["licence"]
    assert "softly" in report.warning
    assert "softly" in info.card["warning"]
    with safe_open(report.path, "pt") as file:
        assert "imagenet" in file.metadata()["spec"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_missing_unexpected_and_misshapen_value_is_named(tmp_path, checkpoints, keras_file, family):
    source, state = checkpoints[family](tmp_path)
    if family == "keras":
        lost = "EncBN3/EncBN3/beta:0", "outputs_img/outputs_img/bias:0"
        odd, extra = "p_conv2d_20/p_conv2d_20/bias:0", "dense_1/dense_1/kernel:0"
        shown = ("EncBN3/beta", "outputs_img/bias", "p_conv2d_20/bias is (9,), not (16,)", "dense_1/kernel")
    else:
        names = [n for n in state if n.endswith("weight") and "8" not in n and "_ones" not in n and "mask" not in n]
        lost, odd, extra = (names[2], names[-1]), names[5], "conv99.weight"
        shown = tuple(n.removeprefix("module.") for n in (*lost, f"{odd} is (9,), not (", extra))
    for name in lost:
        del state[name]
    state[odd], state[extra] = torch.zeros(9), torch.zeros(2)
    if family == "keras":
        keras_file(source, state)
    else:
        entry = {"naoto0804": "model", "mmagic": "state_dict", "rizvi": "model", "ja3067": None}[family]
        torch.save({entry: state} if entry else state, source)
    with pytest.raises(ModelError) as caught:
        import_weights(source, family)
    message = str(caught.value)
    assert "\n" not in message
    assert str(source) in message
    for name in shown:
        assert name in message
    assert not source.with_suffix(".safetensors").exists()


def test_kernels_that_sum_masks_have_to_be_ones(tmp_path, checkpoints):
    source, state = checkpoints["naoto0804"](tmp_path)
    state["enc_3.conv.mask_conv.weight"][0, 0, 0, 0] = 2
    torch.save({"model": state}, source)
    with pytest.raises(ModelError, match=r"enc_3.conv.mask_conv.weight holds other values than ones"):
        import_weights(source, "naoto0804")


def test_layers_of_keras_are_counted(tmp_path, checkpoints, keras_file):
    source, state = checkpoints["keras"](tmp_path)
    keras_file(source, {name: value for name, value in state.items() if "p_conv2d_32" not in name})
    with pytest.raises(ModelError, match="16 layers p_conv2d expected, found 15"):
        import_weights(source, "keras")


@pytest.mark.parametrize("family", FAMILIES)
def test_damaged_and_foreign_files_are_refused(tmp_path, checkpoints, family):
    source, _ = checkpoints[family](tmp_path)
    whole = source.read_bytes()
    other = tmp_path / "torch.pth"
    torch.save([1, 2], other)
    for content in (whole[: len(whole) // 2], whole[:100], b"", b"not a checkpoint at all", other.read_bytes()):
        source.write_bytes(content)
        with pytest.raises(ModelError, match=re.escape(str(source))) as caught:
            import_weights(source, family)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="no such file"):
        import_weights(tmp_path / "none.pth", family)
    assert not source.with_suffix(".safetensors").exists()


class Code:
    """What a hostile pickle does: calls a function of its choice."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path, checkpoints, zipped):
    source, state = checkpoints["rizvi"](tmp_path)
    torch.save({"model": state, "more": Code(tmp_path / "ran")}, source, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match="could run code, and is not loaded"):
        import_weights(source, "rizvi")
    assert not (tmp_path / "ran").exists()


def test_an_entry_that_is_missing_is_named(tmp_path, checkpoints):
    source, state = checkpoints["rizvi"](tmp_path)
    torch.save(state, source)
    with pytest.raises(ModelError, match="has no entry 'model'"):
        import_weights(source, "rizvi")
    torch.save({"model": 3}, source)
    with pytest.raises(ModelError, match="holds a int where a dictionary"):
        import_weights(source, "rizvi")


def test_without_h5py_the_extra_is_named(tmp_path, checkpoints, monkeypatch):
    source, _ = checkpoints["keras"](tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ModelError, match=r"pip install 'pconv-cli\[keras\]'"):
        import_weights(source, "keras")


def test_nothing_is_overwritten_unasked_and_the_checkpoint_never(tmp_path, checkpoints):
    source, _ = checkpoints["rizvi"](tmp_path)
    target = import_weights(source, "rizvi").path
    with pytest.raises(UsageError, match="exists already"):
        import_weights(source, "rizvi")
    assert import_weights(source, "rizvi", overwrite=True).path == target
    before = source.read_bytes()
    with pytest.raises(UsageError, match="is the checkpoint itself"):
        import_weights(source, "rizvi", source, overwrite=True)
    assert source.read_bytes() == before
    with pytest.raises(UsageError, match="no such family"):
        import_weights(source, "nvidia")
