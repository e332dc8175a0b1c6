"""Networks of other papers as typed: trained as their papers do, resumed, shown, run on images, refused."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app

SIZES = "--width 2 --batch 2 --steps 6 --device cpu --precision float32 --validation 0.2"
NETWORKS = {
    "context-encoder": f"{SIZES} --crop 64 --network-option size=64 --network-option bottleneck=5",
    "global-local": f"{SIZES} --crop 32 --network-option mean=0.5,0.4,0.3",
    "edge-connect": f"{SIZES} --crop 24 --network-option blocks=1 --no-perceptual",
    "repaint": f"{SIZES} --crop 64 --network-option steps=2 --network-option blocks=1",
}
# The papers' crops are not those of these; and what is said then.
OTHER_CROPS = {"context-encoder": "take --crop 64", "repaint": "this network takes 64 px, no more and no less"}
ONE_STEP = "--width 2 --batch 2 --steps 1 --device cpu --validation 0 --network-option bottleneck=5"


def pconv(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def data(tmp_path):
    """Six smooth images of 90 x 150 pixels, and masks of one hole."""
    rng = np.random.default_rng(0)
    hole = np.zeros((90, 150), np.uint8)
    hole[20:50, 60:120] = 255
    for folder in ("data", "m"):
        (tmp_path / folder).mkdir()
    for number in range(6):
        image = cv2.resize(rng.integers(0, 256, (3, 3, 3), dtype=np.uint8), (150, 90))
        cv2.imwrite(str(tmp_path / "data" / f"{number}.png"), image)
        cv2.imwrite(str(tmp_path / "m" / f"{number}.png"), hole)
    return tmp_path


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_is_trained_resumed_shown_and_used(data, network):
    run = data / "run"
    result = pconv("train", data / "data", "--out", run, "--network", network, *NETWORKS[network].split())
    assert result.exit_code == 0, result.output
    assert "validation after step 6" in result.stderr
    result = pconv("train", data / "data", "--out", run, "--resume")
    assert (result.exit_code, "all steps of this run are done" in result.stderr) == (0, True)
    weights = run / "weights.safetensors"
    record = json.loads(pconv("weights", "show", weights, "--json").stdout)
    assert (record["width"], record["card"]["steps"]) == (2, 6)
    assert f"--network {network}" in record["card"]["command"]
    folders = (data / "data", "--masks", data / "m", "--out", data / "out")
    result = pconv("inpaint", *folders, "--weights", weights, "--device", "cpu", "--texture", 0)
    assert result.exit_code == 0, result.output
    before, after = (cv2.imread(str(data / folder / "0.png")) for folder in ("data", "out"))
    hole = cv2.imread(str(data / "m" / "0.png"), cv2.IMREAD_GRAYSCALE) > 0
    assert np.array_equal(before[~hole], after[~hole])
    assert np.abs(before[hole].astype(int) - after[hole]).mean() > 1
    more = ["--no-perceptual"] if network == "edge-connect" else []
    again = pconv("train", data / "data", "--out", data / "more", "--init", weights, "--steps", 1, "--batch", 2, *more)
    if network in OTHER_CROPS:
        assert (again.exit_code, OTHER_CROPS[network] in again.stderr) == (2, True)
    else:
        assert again.exit_code == 0, again.output


@pytest.mark.parametrize("kind", ["image", "centre"])
def test_weights_of_one_crop_size_are_adapted_by_such_crops_and_their_own_loss(data, kind, monkeypatch):
    monkeypatch.chdir(data)
    options = f"{NETWORKS['context-encoder']} --network-option output={kind} --out run --network context-encoder"
    assert pconv("train", "data", *options.split()).exit_code == 0
    folders = ("inpaint", "data", "--masks", "m", "--out", "out", "--weights", "run/weights.safetensors")
    result = pconv(*folders, "--adapt", 2, "--device", "cpu", "--texture", 0)
    assert result.exit_code == 0, result.output
    (adapted,) = set((data / "out").rglob("*.safetensors"))
    command = json.loads(pconv("weights", "show", adapted, "--json").stdout)["card"]["command"]
    assert "--crop 64" in command
    assert "--loss-weight l2=3.996" in command


@pytest.mark.parametrize(
    ("network", "options", "words"),
    [
        ("context-encoder", "--crop 96", "--crop 96: this network learns from crops of its own size; take --crop 128"),
        ("context-encoder", "--batch 1", "--batch 1: a whole image becomes one value a channel"),
        ("context-encoder", "--depth 4", "--depth: context-encoder networks have no such option"),
        ("context-encoder", "--network-option size=100", "size a power of two from 64 to 1024"),
        ("global-local", "--width 3", "width is an even number from 2 to 1024"),
        ("global-local", "--network-option mean=0.5", "mean three values from 0 to 1"),
        ("global-local", "--adversarial sn-patch", "learn against discriminators of their own"),
        ("global-local", "--widen 8 --init photo", "--network does nothing with --init photo"),
    ],
)
def test_what_does_not_fit_a_network_is_one_line(data, network, options, words):
    result = pconv("train", data / "data", "--out", data / "run", "--network", network, *options.split())
    assert result.exit_code in (2, 5), result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (data / "run" / "state.pt").exists()


def test_a_tile_smaller_than_a_fixed_size_is_one_line(data):
    run = data / "run"
    result = pconv("train", data / "data", "--out", run, "--network", "context-encoder", *ONE_STEP.split())
    assert result.exit_code == 0, result.output
    folders = (data / "data", "--masks", data / "m", "--out", data / "out", "--weights", run / "weights.safetensors")
    result = pconv("inpaint", *folders, "--tile", 64)
    assert result.exit_code == 2
    assert "--tile 64: this network takes 128 px and no less; leave the option out" in result.stderr
    assert not (data / "out").exists()
