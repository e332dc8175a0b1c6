"""Any network that is registered is saved, loaded and run; its values and sizes are seen to."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.networks import registry
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.registry import Architecture, architecture, architecture_of, register
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError


@dataclass(frozen=True)
class ToySpec(Spec):
    gain: float = 1.0
    values: str = "signed"

    reach = 3
    size_multiple = 8


class Toy(Network):
    """Shows what it is given, and gives it back times a parameter."""

    def __init__(self, spec):
        super().__init__(spec)
        self.scale = torch.nn.Parameter(torch.tensor(spec.gain))
        self.seen = None

    def predict(self, x, mask):
        self.seen = x, mask
        return Prediction(x * self.scale, -x, {"valid": mask})


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    register(Architecture("toy", ToySpec, Toy, constants=lambda spec: {"table": [1, 2]}))


def test_a_network_of_predict_alone_gets_its_own_values_and_sizes():
    network = Toy(ToySpec(2.0))
    x, mask = torch.rand(2, 3, 13, 16), torch.ones(2, 1, 13, 16)
    mask[..., 4:7, 5:9] = 0
    x[..., 5, 6] = float("nan")  # what stands in a hole is not looked at
    output, coarse, extras = network(x, mask)
    values, valid = network.seen
    assert values.shape == (2, 3, 16, 16)
    assert valid.shape == (2, 1, 16, 16)
    assert not values[:, :, 13:].any()
    assert not valid[:, :, 13:].any()
    assert not values[..., 4:7, 5:9].any()
    known = mask.expand_as(x) > 0
    torch.testing.assert_close(values[:, :, :13][known], 2 * x[known] - 1)
    torch.testing.assert_close(output[known], (2 * (2 * x[known] - 1) + 1) / 2)  # and back to 0 to 1
    torch.testing.assert_close(coarse[known], 1 - x[known])
    assert extras["valid"] is valid


def test_a_network_with_neither_way_says_so():
    with pytest.raises(NotImplementedError, match="Network has neither"):
        Network(ToySpec())(torch.rand(1, 3, 8, 8), torch.ones(1, 1, 8, 8))


@pytest.mark.usefixtures("toy")
def test_what_is_saved_of_any_network_is_loaded(tmp_path):
    path = tmp_path / "toy.safetensors"
    save_weights(path, Toy(ToySpec(0.25)), {"data": "none"})
    with safe_open(path, "pt") as file:
        said = file.metadata()
    assert (said["architecture"], said["size_multiple"]) == ("toy", "8")
    info = describe_weights(path)
    assert (info.architecture, info.spec) == (architecture("toy"), ToySpec(0.25))
    loaded = load_weights(path)
    assert isinstance(loaded, Toy)
    assert loaded.scale.item() == 0.25
    save_file(load_file(path), path, {**said, "table": "[1, 3]"})
    with pytest.raises(ModelError, match="table base of another version"):
        load_weights(path)


@pytest.mark.usefixtures("toy")
def test_weights_of_one_network_are_not_those_of_another(tmp_path):
    path = tmp_path / "toy.safetensors"
    save_weights(path, Toy(ToySpec()))
    with safe_open(path, "pt") as file:
        said = file.metadata()
    for other, words in (("PConvUNet", "does not describe a network"), ("nonesuch", "nonesuch: no network of this")):
        save_file(load_file(path), path, {**said, "architecture": other})
        with pytest.raises(ModelError, match=f"toy.safetensors: .*{words}"):
            describe_weights(path)


def test_files_from_before_they_named_their_architecture_load(tmp_path):
    path = tmp_path / "old.safetensors"
    save_weights(path, PConvUNet(ModelSpec(4, 3)))
    with safe_open(path, "pt") as file:
        said = file.metadata()
    assert said.pop("architecture") == "PConvUNet"
    save_file(load_file(path), path, said)
    assert isinstance(load_weights(path), PConvUNet)


@pytest.mark.parametrize("name", ["photo", "photo-small", "mural"])
def test_the_shipped_weights_are_of_the_first_network(name):
    info = describe_weights(name)
    assert info.architecture.name == "pconv"
    assert info.spec.keeps_known
    assert info.spec.bears_half
    assert info.spec.bears_large


def test_what_was_measured_of_the_pyramid_is_not_said_of_a_network_that_paints_everything():
    assert not ModelSpec(4, 3).bears_half
    assert not ModelSpec(4, 3).bears_large


@pytest.mark.usefixtures("toy")
def test_the_plain_engine_changes_holes_alone():
    network = Toy(ToySpec(0.5)).eval()
    x, mask = torch.rand(1, 3, 9, 11), torch.ones(1, 1, 9, 11)
    mask[..., 2:4, 3:8] = 0
    engine = architecture_of(network).make_engine(network)
    filled = engine.fill(x, mask)
    assert torch.equal(filled[mask.expand_as(x) > 0], x[mask.expand_as(x) > 0])
    assert torch.equal(filled[..., 2:4, 3:8], network(x, mask).output[..., 2:4, 3:8])
    assert engine.spec is network.spec


@pytest.mark.usefixtures("toy")
def test_a_name_is_registered_once():
    for taken in (Architecture("toy", ToySpec, Toy), Architecture("other", ToySpec, Toy, stored="PConvUNet")):
        with pytest.raises(ValueError, match="of this name already"):
            register(taken)


def test_a_class_that_is_not_registered_is_named():
    with pytest.raises(ModelError, match="Toy: no architecture of this network is registered"):
        architecture_of(Toy(ToySpec()))


def test_the_shipped_networks_are_loaded_without_the_others_and_what_those_import() -> None:
    """Rooms of DeepFill and EdgeConnect import torch's compiler: that takes seconds and places its cache."""
    code = (
        "import os, sys\n"
        "from pconv_cli.core.networks.registry import architecture_of\n"
        "from pconv_cli.core.weights import load_weights\n"
        "assert architecture_of(load_weights('photo-small')).name == 'pconv'\n"
        "assert 'torch._dynamo' not in sys.modules\n"
        "assert 'TORCHINDUCTOR_CACHE_DIR' not in os.environ\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "TORCHINDUCTOR_CACHE_DIR"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=kept)
    assert done.returncode == 0, done.stderr
