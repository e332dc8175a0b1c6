"""``pconv eval --methods NAME=WEIGHTS``: networks as methods, and what is no such method."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture
def networks(tmp_path: Path) -> tuple[Path, Path]:
    """Weights of two very small networks."""
    import torch

    from pconv_cli.core.networks.pconv.spec import ModelSpec
    from pconv_cli.core.networks.pconv.unet import PConvUNet
    from pconv_cli.core.weights import save_weights

    for number, name in enumerate("ab"):
        torch.manual_seed(number)
        save_weights(tmp_path / f"{name}.safetensors", PConvUNet(ModelSpec(width=4, depth=2)))
    return tmp_path / "a.safetensors", tmp_path / "b.safetensors"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    import cv2

    (tmp_path / "in").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "in" / "x.png"), noise)
    return tmp_path / "in"


def test_networks_are_compared_by_names_of_ones_own_and_checked(networks, image, tmp_path) -> None:
    a, b = networks
    out, report = tmp_path / "out", tmp_path / "r.json"
    methods = f"ns, first={a}, second-run={b}"
    common = ("--images", image, "--psnr", "--workers", "1", "--device", "cpu")
    result = run("--methods", methods, *common, "--out", out, "--json", report)
    assert result.exit_code == 0, result.output
    data = json.loads(report.read_text())
    assert data["methods"] == ["ns", "first", "second-run"]
    assert sorted(path.name for path in out.iterdir()) == ["first", "masks", "ns", "second-run", "truth"]
    assert data["settings"]["networks"] == {"first": str(a), "second-run": str(b)}
    assert "weights" not in data["settings"]
    means = {one: [row["psnr"]["hole"] for row in data["images"] if row["method"] == one] for one in data["methods"]}
    assert means["first"] != means["second-run"]
    assert f"first={a}" in result.stdout.replace("\n", "")
    alone = run("--methods", "pconv", "--weights", b, *common, "--json", "-")
    assert [row["psnr"]["hole"] for row in json.loads(alone.stdout)["images"]] == means["second-run"]
    checked = run("--check", report, "--device", "cpu")
    assert (checked.exit_code, checked.stderr) == (0, "")
    b.write_bytes(a.read_bytes())
    changed = run("--check", report, "--device", "cpu")
    assert changed.exit_code == 3
    assert "changed: networks: other weights than then" in changed.stderr
    assert "differs: second-run: " in changed.stderr


@pytest.mark.parametrize(
    ("methods", "more", "words"),
    [
        ("gated", (), "there is no method 'gated'; choose among pconv, pyramid, telea, ns, biharmonic, patchmatch, or "
         "name a network's weights: gated=run/weights.safetensors"),
        ("a=", (), "a network is NAME=WEIGHTS, for example gated=run/weights.safetensors"),
        ("=a", (), "a network is NAME=WEIGHTS"),
        ("telea=a", (), "telea is a method without weights; give the network another name"),
        ("masks=a", (), "'masks' cannot name a folder of results"),
        ("../x=a", (), "'../x' cannot name a folder of results"),
        (".x=a", (), "'.x' cannot name a folder of results"),
        ("ns,x=a,x=b", (), "a method is named twice; name each once"),
        ("x=a", ("--weights", "photo"), "--weights serves the method pconv; name it among --methods"),
        ("ns", ("--trust",), "--trust serves the method pconv"),
    ],
)  # fmt: skip
def test_what_is_no_method_is_one_line(methods, more, words, image) -> None:
    result = run("--methods", methods, "--images", image, "--psnr", *more)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_weights_that_are_none_end_with_5(networks, image, tmp_path) -> None:
    (tmp_path / "bad.safetensors").write_text("no weights")
    for name in ("nowhere.safetensors", tmp_path / "bad.safetensors"):
        result = run("--methods", f"x={name}", "--images", image, "--psnr")
        assert result.exit_code == 5
        assert str(name) in result.stderr


def test_a_report_is_not_written_over_a_network(networks, image) -> None:
    a, _ = networks
    result = run("--methods", f"x={a}", "--images", image, "--psnr", "--json", a, "--overwrite")
    assert result.exit_code == 2
    assert str(a) in result.stderr
    assert a.stat().st_size > 1000
