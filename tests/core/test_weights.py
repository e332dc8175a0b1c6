"""Weights on disk: what goes in comes out, and everything else is refused by one clear line."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from skimage import data

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.networks.pconv import spec as pconv_spec
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.core.weight_files import weights_path
from pconv_cli.core.weights import export_weights
from pconv_cli.core.weights_info import describe_weights, list_weights
from pconv_cli.errors import ModelError, OutputError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.samples import sample_images
from pconv_cli.masks.generate.drawing import draw_mask

SPEC = {"width": 4, "depth": 3, "base": "none"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"spec": "[" * 900 + "]" * 900},
        {"spec": "[4, 3]"},
        {"spec": '{"width": 4.0, "depth": 3}'},
        {"spec": '{"width": "4", "depth": 3}'},
        {"spec": '{"width": 4, "depth": 3, "later": 1}'},
        {"spec": json.dumps(SPEC), "card": "[[1]]"},
        {"spec": json.dumps(SPEC), "card": '{"a":' * 900 + "1" + "}" * 900},
        {"spec": json.dumps({**SPEC, "base": "pyramid"}), "pyramid": "[" * 900 + "]" * 900},
        {},
    ],
)
def test_metadata_of_any_other_kind_is_one_line_that_names_the_file(tmp_path, metadata):
    path = tmp_path / "w.safetensors"
    save_file({"x": torch.zeros(1)}, path, {"format": "pconv-1", **metadata})
    with pytest.raises(ModelError) as raised:
        describe_weights(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = PConvUNet(ModelSpec(width=4, depth=3, base="pyramid"))
    model(torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16))  # moves BatchNorm's statistics
    torch.nn.init.normal_(model.decoder[-1].conv.weight)
    return model.eval()


def test_what_is_saved_is_loaded(tmp_path, model):
    path = tmp_path / "w.safetensors"
    save_weights(path, model, {"data": "壁画", "steps": 7})
    loaded = load_weights(path)
    assert loaded.spec == model.spec
    assert not loaded.training
    x, mask = torch.rand(1, 3, 20, 20), (torch.rand(1, 1, 20, 20) > 0.5).float()
    with torch.no_grad():
        assert torch.equal(loaded(x, mask).output, model(x, mask).output)
    info = describe_weights(path)
    assert info.card == {"data": "壁画", "steps": 7}
    assert info.dtype == "F32"
    assert info.parameters == sum(t.numel() for t in model.state_dict().values())
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_half_precision_is_half_the_size_and_loads_as_float32(tmp_path, model):
    save_weights(tmp_path / "full.safetensors", model)
    save_weights(tmp_path / "half.safetensors", model, dtype=torch.float16)
    assert describe_weights(tmp_path / "half.safetensors").dtype == "F16"
    loaded = load_weights(tmp_path / "half.safetensors")
    for name, tensor in model.state_dict().items():
        other = loaded.state_dict()[name]
        assert other.dtype == tensor.dtype
        torch.testing.assert_close(other, tensor, rtol=1e-3, atol=1e-5)


def test_values_beyond_half_precision_are_refused(tmp_path, model):
    with torch.no_grad():
        model.decoder[0].norm.running_var[0] = 1e6
    with pytest.raises(ModelError, match=r"running_var.*not finite"):
        save_weights(tmp_path / "w.safetensors", model, dtype=torch.float16)
    assert list(tmp_path.iterdir()) == []


def test_the_file_says_what_its_numbers_mean(tmp_path, model):
    save_weights(tmp_path / "w.safetensors", model)
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        metadata = file.metadata()
    assert json.loads(metadata["spec"]) == {"width": 4, "depth": 3, "base": "pyramid"}
    assert metadata["size_multiple"] == "8"
    assert metadata["mask_polarity"] == "1 = valid, 0 = hole"
    assert metadata["channels"] == "RGB"
    assert metadata["value_range"] == "0..1"


def test_damaged_and_foreign_files_are_refused(tmp_path, model):
    path = tmp_path / "w.safetensors"
    save_weights(path, model)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged or of another kind"):
        load_weights(path)
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="damaged or of another kind"):
        load_weights(path)
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="not weights of this program"):
        load_weights(path)
    save_file({"weight": torch.zeros(3)}, path, {"format": "pconv-1", "spec": '{"colour": 1}'})
    with pytest.raises(ModelError, match="does not describe a network"):
        load_weights(path)


@pytest.mark.parametrize("change", ["missing", "unexpected", "shape"])
def test_values_that_do_not_fit_are_refused(tmp_path, model, change):
    path = tmp_path / "w.safetensors"
    save_weights(path, model)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    state = load_file(path)
    if change == "missing":
        del state["encoder.0.conv.bias"]
    elif change == "unexpected":
        state["encoder.9.conv.bias"] = torch.zeros(1)
    else:
        state["encoder.0.conv.bias"] = torch.zeros(5)
    save_file(state, path, metadata)
    with pytest.raises(ModelError, match="do not fit the network"):
        load_weights(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_refused(tmp_path, model, value):
    """Whoever loads them: to fill, to train on, or to export."""
    save_weights(tmp_path / "w.safetensors", model)
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        metadata = file.metadata()
    state = load_file(tmp_path / "w.safetensors")
    state["encoder.0.conv.bias"][1] = value
    save_file(state, tmp_path / "w.safetensors", metadata)
    with pytest.raises(ModelError, match=r"w\.safetensors: encoder\.0\.conv\.bias holds values that are not finite"):
        load_weights(tmp_path / "w.safetensors")


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(ModelError, match=r"nonesuch: neither a file nor shipped weights.*photo"):
        weights_path("nonesuch")


def test_weights_on_another_pyramid_are_refused(tmp_path, model, monkeypatch):
    monkeypatch.setitem(pconv_spec._PYRAMID, "gain", 4.0)
    save_weights(tmp_path / "w.safetensors", model)
    monkeypatch.undo()
    with pytest.raises(ModelError, match="pyramid base of another version"):
        load_weights(tmp_path / "w.safetensors")


def test_a_place_that_cannot_be_written_is_named(tmp_path, model):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        save_weights(tmp_path / "file" / "w.safetensors", model)


def test_others_may_read_the_file_as_they_may_any(tmp_path, model):
    save_weights(tmp_path / "w.safetensors", model)
    (tmp_path / "any").touch()
    assert (tmp_path / "w.safetensors").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_export_adds_to_the_card_and_halves_the_file(tmp_path, model):
    save_weights(tmp_path / "w.safetensors", model, {"steps": 7, "data": "?"})
    export_weights(
        tmp_path / "w.safetensors", tmp_path / "x.safetensors", {"data": "murals", "licence": "?"}, half=True
    )
    info = describe_weights(tmp_path / "x.safetensors")
    assert info.card == {"steps": 7, "data": "murals", "licence": "?"}
    assert (info.dtype, info.spec) == ("F16", model.spec)


def test_an_older_name_in_what_a_file_says_of_itself_is_read_as_the_new_one(tmp_path, model):
    save_weights(tmp_path / "a.safetensors", model, {"steps": 2, "pictures": 12, "made_by": "hand"})
    assert describe_weights(tmp_path / "a.safetensors").card == {"steps": 2, "images": 12, "made_by": "hand"}
    export_weights(tmp_path / "a.safetensors", tmp_path / "b.safetensors", {})
    with safe_open(tmp_path / "b.safetensors", "pt") as file:
        assert json.loads(file.metadata()["card"])["images"] == 12
    assert "pictures" not in describe_weights().card


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_no_folder(name):
    with pytest.raises(ModelError, match="the name of the weights is empty"):
        describe_weights(name)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ModelError, match=r"is a folder; name the file in it"):
        load_weights(tmp_path)


def test_the_shipped_weights_are_described_and_fill_better_than_their_base():
    shipped = list_weights()
    assert shipped[0].name == "photo"
    image = sample_images()["chelsea"][20:276, 60:316]
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    mask = draw_mask("strokes", (256, 256), np.random.default_rng(0), ratio=(0.2, 0.25))
    mask = torch.from_numpy(mask)[None, None].float()
    for info in shipped:
        assert info.bytes < 70e6
        assert {"data", "command", "steps", "licence"} <= info.card.keys()
        assert " /" not in info.card["command"]  # no path of its maker's machine
        assert len(sha256_of(info.path)) == 64
        with torch.no_grad():
            filled = load_weights(info.name)(x * mask, mask).output.clamp(0, 1)
        error, of_base = ((((y - x) * (1 - mask)) ** 2).sum() for y in (filled, fill_pyramid(x, mask)))
        assert error < of_base


def test_the_shipped_weights_leave_no_squares_of_the_decoder_in_strong_texture():
    textures = np.stack([getattr(data, name)()[64:320, 64:320] for name in ("grass", "gravel")])
    x = torch.from_numpy(textures)[:, None].expand(-1, 3, -1, -1).float() / 255
    mask = torch.ones(2, 1, 256, 256)
    for left in range(32, 224, 48):
        mask[..., 32:224, left : left + 32] = 0
    for name in ("photo", "mural"):  # trained with the blocking term
        with torch.no_grad():
            filled = load_weights(name)(x * mask, mask).output
        for dim in (2, 3):
            y, hole = (a.transpose(2, dim) for a in (filled, 1 - mask))
            pairs = hole[:, :, 1:] * hole[:, :, :-1]
            steps = y.diff(dim=2).abs().mean(1, keepdim=True) * pairs
            by_phase = [(steps[:, :, phase::4].sum() / pairs[:, :, phase::4].sum()).item() for phase in range(4)]
            assert max(by_phase) < 1.2 * min(by_phase), (name, by_phase)


def test_what_is_not_the_papers_is_written_and_read(tmp_path):
    spec = ModelSpec(width=2, depth=2, values="signed", batch_norm=False, head="sigmoid")
    save_weights(tmp_path / "w.safetensors", PConvUNet(spec))
    assert load_weights(tmp_path / "w.safetensors").spec == spec
    assert spec.to_json() == {
        "width": 2,
        "depth": 2,
        "base": "none",
        "values": "signed",
        "batch_norm": False,
        "head": "sigmoid",
    }


def test_loading_draws_no_random_numbers(tmp_path):
    network = PConvUNet(ModelSpec(width=4, depth=2))
    save_weights(tmp_path / "w.safetensors", network)
    before = torch.get_rng_state()
    loaded = load_weights(tmp_path / "w.safetensors")
    assert torch.equal(torch.get_rng_state(), before)
    values = network.state_dict()
    assert all(torch.equal(value, values[name]) for name, value in loaded.state_dict().items())
