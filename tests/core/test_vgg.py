"""VGG16: its layers by an independent chain of functions, where it is looked for, what is said when it is not there."""

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from pconv_cli.core import vgg_file
from pconv_cli.core.vgg import VGG16Features, load_vgg
from pconv_cli.core.vgg_file import default_vgg_path, fetch_vgg, find_vgg
from pconv_cli.errors import ModelError


@pytest.fixture(autouse=True)
def no_vgg_at_hand(monkeypatch, tmp_path):
    monkeypatch.delenv(vgg_file.VGG16_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def state():
    torch.manual_seed(0)
    return VGG16Features().state_dict()


def test_features_are_vgg16s_first_three_pools(state):
    model = VGG16Features()
    model.load_state_dict(state)
    x = torch.rand(2, 3, 24, 32)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    y = (x - mean.view(1, 3, 1, 1)) / deviation.view(1, 3, 1, 1)
    wanted = []
    for block in ((0, 2), (5, 7), (10, 12, 14)):  # torchvision's numbers of the convolutions
        for number in block:
            weight, bias = state[f"features.{number}.weight"], state[f"features.{number}.bias"]
            y = F.relu(F.conv2d(y, weight, bias, padding=1))
        y = F.max_pool2d(y, 2)
        wanted.append(y)
    for got, want in zip(model(x), wanted, strict=True):
        torch.testing.assert_close(got, want)
    assert [tuple(f.shape[1:]) for f in wanted] == [(64, 12, 16), (128, 6, 8), (256, 3, 4)]


def test_a_kept_cast_changes_no_bit_and_is_for_autocast_alone(state):
    plain, kept = VGG16Features(), VGG16Features()
    for model in (plain, kept):
        model.load_state_dict(state)
    kept.keep_cast(torch.bfloat16)
    x = torch.rand(2, 3, 24, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = [model(x) for model in (plain, kept)]
    assert halved[1][0].dtype == torch.bfloat16
    for a, b in (*zip(*halved, strict=True), *zip(plain(x), kept(x), strict=True)):
        assert torch.equal(a, b)
    kept.features[0].weight.zero_()  # autocast sees what was kept
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(kept(x)[2], halved[1][2])


def test_nothing_of_it_is_trained():
    model = VGG16Features().train()
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("kind", ["safetensors", "pth"])
def test_loads_torchvisions_checkpoint_and_safetensors(tmp_path, state, kind):
    path = tmp_path / f"vgg16.{kind}"
    whole = {**state, "classifier.0.weight": torch.zeros(2, 2)}  # torchvision's file holds the classifier too
    if kind == "pth":
        torch.save(whole, path)
    else:
        save_file(whole, path)
    model = load_vgg(path)
    assert all(torch.equal(model.state_dict()[name], state[name]) for name in state)


def test_is_found_by_path_then_variable_then_cache(tmp_path, monkeypatch):
    with pytest.raises(ModelError, match=r"fetch-vgg.*`vgg` PATH.*PCONV_VGG16.*`perceptual_weight=0, style_weight=0`"):
        find_vgg()
    default_vgg_path().parent.mkdir(parents=True)
    default_vgg_path().touch()
    assert find_vgg() == default_vgg_path()
    (tmp_path / "b").touch()
    monkeypatch.setenv(vgg_file.VGG16_VARIABLE, str(tmp_path / "b"))
    assert find_vgg() == tmp_path / "b"
    (tmp_path / "c").touch()
    assert find_vgg(tmp_path / "c") == tmp_path / "c"
    with pytest.raises(ModelError, match="no such file"):
        find_vgg(tmp_path / "d")


@pytest.mark.parametrize("name", ["vgg.pth", "vgg.safetensors"])
def test_a_foreign_file_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"not weights at all")
    with pytest.raises(ModelError, match=name):
        load_vgg(path)
    save_file({"features.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match=r"other\.safetensors: features\.0\.weight is \(1,\) instead of"):
        load_vgg(tmp_path / "other.safetensors")
    save_file({"conv1.weight": torch.zeros(1)}, tmp_path / "renamed.safetensors")
    with pytest.raises(ModelError, match=r"renamed\.safetensors: has no features\.0\.weight; VGG16 needs"):
        load_vgg(tmp_path / "renamed.safetensors")
    torch.save({"features.0.weight": 3}, tmp_path / "numbers.pth")
    with pytest.raises(ModelError, match=r"numbers\.pth: has no features\.0\.weight"):
        load_vgg(tmp_path / "numbers.pth")


def test_fetching_keeps_the_file_and_says_what_to_do_when_it_fails(monkeypatch):
    def fails(url, target, hash_prefix, progress):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    with pytest.raises(ModelError, match=r"no route to host.*`vgg` PATH"):
        fetch_vgg()

    def works(url, target, hash_prefix, progress):
        assert (url, hash_prefix) == (vgg_file.VGG16_URL, "397923af")
        with open(target, "wb") as file:  # noqa: PTH123 - torch.hub passes a string
            file.write(b"weights")

    monkeypatch.setattr(torch.hub, "download_url_to_file", works)
    assert fetch_vgg().read_bytes() == b"weights"
    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    assert fetch_vgg() == default_vgg_path()  # once is enough
