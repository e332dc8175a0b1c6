"""``pconv weights`` and ``pconv demo`` as typed."""

import json

import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.core import vgg
from pconv_cli.files.pictures import read_picture


def pconv(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_list_names_the_default_first():
    result = pconv("weights", "list")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].startswith("photo")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert json.loads(pconv("weights", "list", "--json").stdout)[0]["name"] == "photo"


def test_show_tells_what_the_card_says():
    result = pconv("weights", "show", "photo")
    assert result.exit_code == 0
    for word in ("sha256", "width", "depth", "base", "command", "steps", "licence"):
        assert word in result.stdout
    record = json.loads(pconv("weights", "show", "photo", "--json").stdout)
    assert record["card"]["steps"] > 0


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
    for content in ("[1]", "{"):
        (tmp_path / "card.json").write_text(content)
        assert pconv(*command, "--overwrite").exit_code == 2


def test_fetch_vgg_says_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    vgg.default_vgg_path().parent.mkdir()
    vgg.default_vgg_path().touch()
    result = pconv("weights", "fetch-vgg")
    assert result.exit_code == 0
    assert "vgg16-397923af.pth" in result.stderr


@pytest.mark.parametrize("times", [2])
def test_demo_leaves_all_to_look_at_and_can_be_repeated(tmp_path, times):
    for _ in range(times):
        result = pconv("demo", "--out", tmp_path / "demo", "--device", "cpu")
        assert result.exit_code == 0, result.output
    assert "6 sample pictures restored" in result.stderr
    names = {"astronaut.png", "chelsea.png", "coffee.png", "hubble.png", "retina.png", "rocket.png"}
    for folder in ("true", "damaged", "masks", "restored"):
        assert {p.name for p in (tmp_path / "demo" / folder).iterdir()} == names
    assert read_picture(tmp_path / "demo" / "sheet.png").size[0] > 1500
    scored = pconv(
        "eval", tmp_path / "demo/restored", "--gt", tmp_path / "demo/true", "--masks", tmp_path / "demo/masks", "--psnr"
    )
    assert scored.exit_code == 0, scored.output


def test_demo_with_weights_that_there_are_not(tmp_path):
    result = pconv("demo", "--out", tmp_path / "demo", "--weights", "nonesuch")
    assert result.exit_code == 5
    assert "neither a file nor shipped weights" in result.stderr
