"""Networks that draw their fills at random: seeds, steps and variants, from the command line to the windows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from pconv_cli import inpaint, make_backend
from pconv_cli.cli.app import app
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec
from pconv_cli.core.networks.repaint.network import RePaint
from pconv_cli.core.networks.repaint.spec import RePaintSpec
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.options import FillOptions
from pconv_cli.methods.protocol import RandomBackend


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Of a diffusion network that was never trained, and draws something all the same."""
    torch.manual_seed(0)
    spec = RePaintSpec(64, 8, (1, 2), 1, (), head_channels=8, steps=2, jump=1, repeats=1)
    network = RePaint(spec)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, 0, 0.1)
    save_weights(tmp_path / "drawn.safetensors", network)
    return tmp_path / "drawn.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, one larger and one smaller than a window, with holes over several windows."""
    rng = np.random.default_rng(0)
    for name, size in (("a", (90, 150)), ("b", (50, 60))):
        write_image(tmp_path / "in" / f"{name}.png", StoredImage(rng.integers(0, 256, (*size, 3), dtype=np.uint8)))
        mask = np.ones(size, np.bool_)
        mask[30:34, 5:-5] = False
        write_mask(tmp_path / "m" / f"{name}.png", mask)
    return tmp_path


def run(folder: Path, weights: Path, *more: str, out: str = "out") -> Any:
    given = [str(folder / "in"), "--masks", str(folder / "m"), "--out", str(folder / out), "--weights", str(weights)]
    return CliRunner().invoke(app, ["inpaint", *given, "--device", "cpu", "--texture", "0", *more])


def made(folder: Path, out: str, name: str = "a") -> Any:
    return read_image(folder / out / f"{name}.png").samples


def test_seed_and_steps_decide_and_known_pixels_stay(folder: Path, weights: Path) -> None:
    asked = {"first": (), "again": (), "seed": ("--seed", "1"), "steps": ("--steps", "4")}
    for out, more in asked.items():
        result = run(folder, weights, *more, out=out)
        assert result.exit_code == 0, result.stderr
    mask, before = np.ones((90, 150), np.bool_), read_image(folder / "in" / "a.png").samples
    mask[30:34, 5:-5] = False
    assert np.array_equal(made(folder, "first"), made(folder, "again"))
    for out in asked:
        assert np.array_equal(made(folder, out)[mask], before[mask])
    for out in ("seed", "steps"):
        changed = (made(folder, "first") != made(folder, out)).any(axis=2)
        assert changed[~mask].mean() > 0.9


def test_a_fill_is_the_same_whatever_is_computed_at_once(weights: Path) -> None:
    rgb, mask = np.random.default_rng(1).random((90, 200, 3), np.float32), np.ones((90, 200), np.bool_)
    mask[30:34, 5:-5] = False
    backend = PConvBackend.load(weights, "cpu", "float32", tile=64, overlap=16)
    backend._sizes.batch = 64**2 * 8
    together = backend.fill(rgb, mask)
    backend._sizes.batch = 1
    np.testing.assert_allclose(backend.fill(rgb, mask), together, atol=1e-5)


def test_variants_are_of_other_seeds_with_one_network_loaded(
    folder: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Any] = []
    load = PConvBackend.load
    monkeypatch.setattr(PConvBackend, "load", lambda *args, **more: loads.append(args) or load(*args, **more))
    result = run(folder, weights, "--variants", "2", "--seed", "5", "--json")
    assert result.exit_code == 0, result.stderr
    assert [one["seed"] for one in json.loads(result.stdout)["variants"]] == [5, 6]
    assert len(loads) == 1
    fills = [made(folder / "out", f"variant-{number}") for number in (1, 2)]
    assert (fills[0] != fills[1]).any()
    assert run(folder, weights, "--seed", "6", out="alone").exit_code == 0
    assert np.array_equal(made(folder, "alone"), fills[1])
    assert (folder / "out" / "sheets").is_dir()


def test_what_was_made_with_other_steps_is_made_again(folder: Path, weights: Path) -> None:
    assert run(folder, weights, "--json").exit_code == 0
    kept = json.loads(run(folder, weights, "--resume", "--json").stdout)
    assert (len(kept["done"]), len(kept["skipped"])) == (0, 2)
    again = json.loads(run(folder, weights, "--resume", "--steps", "3", "--json").stdout)
    assert (len(again["done"]), len(again["skipped"])) == (2, 0)
    records = [json.loads(line) for line in (folder / "out" / "manifest.jsonl").read_text().splitlines()]
    recipes = [record["recipe"] for record in records if "recipe" in record]
    assert [recipe.get("steps", "none") for recipe in recipes] == ["none", "none", 3, 3]


def test_from_python_a_seed_is_drawn_too(weights: Path) -> None:
    image, hole = np.full((48, 64, 3), 90, np.uint8), np.zeros((48, 64), np.bool_)
    image[::2] = 100, 60, 30
    hole[10:20, 10:20] = True
    given = {"weights": str(weights), "texture": 0.0, "device": "cpu"}
    fills = [inpaint(image, hole, seed=seed, **given) for seed in (0, 0, 1)]
    assert np.array_equal(fills[0], fills[1])
    assert (fills[0] != fills[2]).any()
    backends = Backends(1 << 20)
    options = [FillOptions(weights=weights, texture=0.0, device="cpu", seed=seed) for seed in (0, 1)]
    drawn = [backends.of(one) for one in options]
    assert all(isinstance(one, RandomBackend) and one.draws for one in drawn)
    assert drawn[0]._engine is drawn[1]._engine  # type: ignore[attr-defined]


@pytest.mark.parametrize("steps", ["0", "-3"])
def test_steps_are_one_or_more(folder: Path, weights: Path, steps: str) -> None:
    result = run(folder, weights, "--steps", steps)
    assert (result.exit_code, result.stderr) == (2, f"error: --steps {steps}: must be 1 or more\n")


def test_more_steps_than_levels_are_one_line(folder: Path, weights: Path) -> None:
    result = run(folder, weights, "--steps", "1001")
    said = "error: --steps 1001: must lie between 1 and 1000, this network's levels\n"
    assert (result.exit_code, result.stderr.splitlines()[-1:]) == (2, [said.strip()])
    assert not [*folder.glob("out/*.png")]


def test_steps_belong_to_networks_that_have_some(folder: Path, tmp_path: Path) -> None:
    save_weights(tmp_path / "edges.safetensors", EdgeConnect(EdgeConnectSpec(width=2, blocks=1)))
    refused = "error: --steps: belongs to --weights of a diffusion network (repaint); leave it out\n"
    for named in (tmp_path / "edges.safetensors", Path("photo")):
        result = run(folder, named, "--steps", "5")
        assert (result.exit_code, result.stderr) == (2, refused)
    with pytest.raises(UsageError, match="`steps`: belongs to `weights` of a diffusion network"):
        FillOptions(steps=5)
    with pytest.raises(UsageError, match="`steps`: belongs to `method` pconv; telea has no use for it"):
        FillOptions(method="telea", steps=5)
    with pytest.raises(ModelError, match=r"nowhere.safetensors: neither a file nor shipped weights"):
        FillOptions(weights="nowhere.safetensors", steps=5)
    with pytest.raises(UsageError, match="edge-connect network, which has no steps; leave it out"):
        make_backend("pconv", weights=tmp_path / "edges.safetensors", device="cpu", steps=3)
    seeded = run(folder, tmp_path / "edges.safetensors", "--seed", "5")
    assert (seeded.exit_code, "--seed: has no meaning without patches" in seeded.stderr) == (2, True)
