"""``pconv weights`` and ``pconv demo`` as typed."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from pconv_cli import load_weights, save_weights
from pconv_cli.cli.app import app
from pconv_cli.cli.weights import Family
from pconv_cli.core import vgg_file
from pconv_cli.core.importing import families
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.files.images import read_image, write_rgb


def pconv(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_list_names_the_default_first():
    result = pconv("weights", "list")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].startswith("photo")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert json.loads(pconv("weights", "list", "--json").stdout)[0]["name"] == "photo"


def test_list_cuts_off_no_name_on_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    listed = pconv("weights", "list").stdout
    assert {"photo", "mural", "photo-small"} <= set(listed.split())
    assert "…" not in listed


def test_show_prints_what_the_card_says():
    result = pconv("weights", "show", "photo")
    assert result.exit_code == 0
    for word in ("sha256", "width", "depth", "base", "command", "steps", "licence"):
        assert word in result.stdout
    record = json.loads(pconv("weights", "show", "photo", "--json").stdout)
    assert record["card"]["steps"] > 0
    assert "".join(record["path"].split()) in "".join(result.stdout.split())  # folded, and not cut off


def test_show_begins_with_licence_and_figures_and_ends_with_the_command(tmp_path):
    def keys(weights) -> list[str]:
        lines = pconv("weights", "show", weights).stdout.splitlines()
        return [line.split()[0] for line in lines if not line.startswith(" ")]

    assert keys("photo")[:4] == ["name", "licence", "validation", "data"]
    assert keys("photo")[-1] == "command"
    save_weights(tmp_path / "bare.safetensors", PConvUNet(ModelSpec(4, 3)), {"steps": 1})
    shown = pconv("weights", "show", tmp_path / "bare.safetensors").stdout.splitlines()
    assert [line.split() for line in shown if line.startswith("licence")] == [["licence", "not", "stated"]]


def test_show_has_words_for_null_and_truth(tmp_path):
    card = {"source": None, "tuned": True, "figures": [1.5, None, {"old": False}]}
    save_weights(tmp_path / "w.safetensors", PConvUNet(ModelSpec(4, 3)), card)
    shown = pconv("weights", "show", tmp_path / "w.safetensors").stdout.splitlines()
    said = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1].strip() for line in shown if not line.startswith(" ")}
    assert [said[name] for name in card] == ["none", "yes", "1.5, none, old no"]


def test_show_of_nothing(tmp_path):
    assert pconv("weights", "show", "nonesuch").exit_code == 5
    (tmp_path / "w.safetensors").write_bytes(b"x" * 100)
    result = pconv("weights", "show", tmp_path / "w.safetensors")
    assert result.exit_code == 5
    assert "damaged or of another kind" in result.stderr


def test_export(tmp_path):
    (tmp_path / "card.json").write_text('{"licence": "CC0"}')
    target = tmp_path / "mine.safetensors"
    command = ("weights", "export", "photo", "--out", target, "--half", "--card", tmp_path / "card.json")
    assert pconv(*command).exit_code == 0
    record = json.loads(pconv("weights", "show", target, "--json").stdout)
    assert (record["dtype"], record["card"]["licence"]) == ("F16", "CC0")
    again = pconv(*command)
    assert (again.exit_code, "--overwrite" in again.stderr) == (2, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_card_may_begin_with_a_byte_order_mark(tmp_path, tiny_weights, encoding):
    """As editors and shells of Windows write it."""
    (tmp_path / "card.json").write_text('{"licence": "CC0", "figures": [1.5, null]}', encoding=encoding)
    target = tmp_path / "mine.safetensors"
    assert pconv("weights", "export", tiny_weights, "--out", target, "--card", tmp_path / "card.json").exit_code == 0
    card = json.loads(pconv("weights", "show", target, "--json").stdout)["card"]
    assert (card["licence"], card["figures"]) == ("CC0", [1.5, None])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]", "holds no JSON object"),
        (b"{", "cannot be read as JSON (Expecting property name"),
        (b'{"psnr": NaN}', "cannot be read as JSON (NaN is not a finite number; write null, or leave it out)"),
        (b'{"a": {"b": [-Infinity]}}', "(-Infinity is not a finite number"),
        (b'{"psnr": 1e999}', "(1e999 is not a finite number"),
        ('{"author": "Zoë"}'.encode("latin-1"), "is not text in UTF-8; save it as UTF-8"),
    ],
)
def test_a_card_that_is_no_json_object_is_one_line(tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    Path("card.json").write_bytes(content)
    result = pconv("weights", "export", "photo", "--out", "mine.safetensors", "--card", "card.json")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "--card card.json: " in line
    assert words in line
    assert not Path("mine.safetensors").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "new.safetensors", "--card", "nothere.json"), "--card nothere.json: no such file"),
        (("--out", "new.safetensors", "--card", "."), "--card .: cannot be read (is a directory)"),
        (("--out", "run.txt"), "run.txt: weights are files named *.safetensors"),
    ],
)
def test_what_cannot_be_exported_is_one_line(tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    result = pconv("weights", "export", "photo", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Errno" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_fetch_vgg_says_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    vgg_file.default_vgg_path().parent.mkdir()
    vgg_file.default_vgg_path().touch()
    result = pconv("weights", "fetch-vgg")
    assert result.exit_code == 0
    assert "vgg16-397923af.pth" in result.stderr


def test_demo_leaves_all_to_look_at(tmp_path):
    result = pconv("demo", "--out", tmp_path / "demo", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert "6 sample images restored" in result.stderr
    names = {"astronaut.png", "chelsea.png", "coffee.png", "hubble.png", "retina.png", "rocket.png"}
    for folder in ("true", "damaged", "masks", "restored"):
        assert {p.name for p in (tmp_path / "demo" / folder).glob("*.png")} == names
    assert read_image(tmp_path / "demo" / "sheet.png").size[0] > 1500
    scored = pconv(
        "eval", tmp_path / "demo/restored", "--gt", tmp_path / "demo/true", "--masks", tmp_path / "demo/masks", "--psnr"
    )
    assert scored.exit_code == 0, scored.output


def test_demo_with_weights_that_there_are_not(tmp_path):
    result = pconv("demo", "--out", tmp_path / "demo", "--weights", "nonesuch")
    assert result.exit_code == 5
    assert "neither a file nor shipped weights" in result.stderr


def test_the_families_are_those_that_can_be_read():
    assert get_args(Family) == tuple(families())


@pytest.fixture
def theirs(tmp_path):
    """A checkpoint as rizvi-ha/pconv-demo has it, two channels wide."""
    torch.manual_seed(0)
    spec = ModelSpec(width=2, depth=8, batch_norm=False)
    rows = {f"enc_{i + 1}": level for i, level in enumerate(spec.encoder)}
    rows |= {f"dec_{8 - i}": level for i, level in enumerate(spec.decoder)}
    state = {
        f"{name}.conv.weight": 0.1
        * torch.randn(level.out_channels, sum(level.in_channels), level.kernel_size, level.kernel_size)
        for name, level in rows.items()
    }
    torch.save({"model": {**state, "dec_1.conv.bias": torch.full((3,), 0.5)}}, tmp_path / "theirs.pth")
    return tmp_path / "theirs.pth"


def test_an_imported_checkpoint_is_shown_fills_images_and_is_trained_on(tmp_path, theirs):
    result = pconv("weights", "import", theirs, "--from", "rizvi")
    assert result.exit_code == 0, result.output
    weights = tmp_path / "theirs.safetensors"
    assert str(weights) in result.stderr
    assert "warning" not in result.stderr
    assert pconv("weights", "import", theirs, "--from", "rizvi").exit_code == 2
    assert pconv("weights", "import", theirs, "--from", "rizvi", "--overwrite").exit_code == 0

    shown = pconv("weights", "show", weights).stdout
    for word in ("rizvi-ha/pconv-demo", "source_sha256", "licence", "head", "ratio", "batch_norm"):
        assert word in shown
    assert max(map(len, shown.splitlines())) <= 80

    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64, 3), np.uint8)
    mask[20:40, 20:40] = 255
    for folder in ("in", "m"):
        (tmp_path / folder).mkdir()
    for name in "abcd":
        write_rgb(tmp_path / "in" / f"{name}.png", rgb)
        write_rgb(tmp_path / "m" / f"{name}.png", mask)
    folders = (tmp_path / "in", "--masks", tmp_path / "m", "--out", tmp_path / "out")
    result = pconv("inpaint", *folders, "--weights", weights, "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "a.png").is_file()

    run = tmp_path / "run"
    options = "--crop 32 --batch 1 --steps 2 --finetune-steps 0 --no-perceptual --device cpu --validation 0.25"
    result = pconv("train", tmp_path / "in", "--out", run, "--init", weights, *options.split())
    assert result.exit_code == 0, result.output
    trained = load_weights(run / "weights.safetensors")
    assert trained.spec == load_weights(weights).spec == ModelSpec(2, 7, batch_norm=False, head="ratio")


def test_what_cannot_be_imported_ends_with_its_status(tmp_path, theirs):
    result = pconv("weights", "import", theirs, "--from", "naoto0804")
    assert result.exit_code == 5
    assert "missing enc_1.conv.input_conv.weight" in result.stderr
    assert len(result.stderr) < 1000  # and not every name that there is
    assert pconv("weights", "import", theirs, "--from", "nobody").exit_code == 2
    assert pconv("weights", "import", tmp_path / "none.pth", "--from", "rizvi").exit_code == 5


def test_export_of_onnx(tmp_path):
    target = tmp_path / "photo.onnx"
    command = ("weights", "export", "photo", "--out", target, "--onnx")
    result = pconv(*command)
    assert result.exit_code == 0, result.output
    assert "differs from the network by" in result.stderr
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["spec"]
    assert pconv(*command).exit_code == 2
    for refused in (("--out", tmp_path / "a.onnx"), ("--out", tmp_path / "a.safetensors", "--onnx")):
        result = pconv("weights", "export", "photo", *refused)
        assert result.exit_code == 2
        assert "give both or neither" in result.stderr
