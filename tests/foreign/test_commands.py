"""Files of other projects through the commands: batch manners are those of the program's own weights."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

import pconv_cli
from pconv_cli.errors import ModelError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.manifest import read_manifest

from .commands import hole, inpaint, one_line, pconv, waves
from .conftest import MakeOnnx, MakeTorchScript
from .loading import split

#: Those that the tests of a whole batch go through: of both containers, and of free and of fixed size.
KINDS = ("carve", "carve 64", "migan 64", "ronimo", "pconv", "lama.pt")


def read(path: Path) -> np.ndarray:
    """An image as RGB in its own depth."""
    if path.suffix == ".tif":
        return tifffile.imread(path)
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image[..., ::-1]


# The whole batch.
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch(folder: Path, make: Callable[[str], list[str]], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)  # the TIFF goes from file to file, in windows
    options = [*make(kind), "--texture", "0"]
    result = inpaint(*options)
    assert result.exit_code == 0, result.output
    assert "orange" not in result.stderr
    for path in sorted((folder / "in").iterdir()):
        before, after = read(path), read(folder / "out" / path.name)
        assert (after.dtype, after.shape) == (before.dtype, before.shape)
        far = ~cv2.dilate(hole().astype(np.uint8), np.ones((33, 33))).astype(bool)
        kept = far if path.suffix == ".jpg" else ~hole()  # JPEG codes its blocks again
        np.testing.assert_allclose(after[kept].astype(int), before[kept], atol=3 if path.suffix == ".jpg" else 0)
        full = np.iinfo(before.dtype).max
        assert np.abs(after[hole()] / full - waves()[hole()]).max() < 0.12, path.name  # and white would be 0.2 off
    records = read_manifest(folder / "out")
    assert {record["recipe"]["weights_sha256"] for record in records.values()} == {sha256_of(Path(options[1]))}
    assert len(records) == 4
    again = inpaint(*options, "--resume")
    assert (again.exit_code, "0 done, 4 skipped" in again.stderr) == (0, True)


def test_sixteen_bits_are_filled_in_sixteen(folder: Path, make: Callable[[str], list[str]]) -> None:
    assert inpaint(*make("carve"), "--texture", "0").exit_code == 0
    filled = read(folder / "out" / "sixteen.png")[hole()]
    assert len(np.unique(filled)) > 1000  # of 256 steps there would be as many at most


def test_resume_knows_other_files_and_what_is_said_of_them(folder: Path, make_onnx: MakeOnnx) -> None:
    options = ["--weights", str(make_onnx("carve", name="net.onnx")), "--texture", "0"]
    assert inpaint(*options).exit_code == 0
    assert "foreign" not in read_manifest(folder / "out")["eight.png"]["recipe"]  # as before there was such a thing
    make_onnx("carve", size=64, name="net.onnx")  # another file of the same name
    assert "4 done" in inpaint(*options, "--resume").stderr
    assert "0 done, 4 skipped" in inpaint(*options, "--resume").stderr
    assert "4 done" in inpaint(*options, "--resume", "--foreign", "size=64").stderr
    record = read_manifest(folder / "out")["eight.png"]["recipe"]
    assert record["foreign"] == "size=64"
    assert "trust" not in record


def test_patches_on_top(folder: Path, make: Callable[[str], list[str]]) -> None:
    for path in (folder / "in").glob("[ps]*"):
        path.unlink()
    options, filled = make("carve"), []
    for texture in ("0", "1"):
        assert inpaint(*options, "--texture", texture, "--overwrite").exit_code == 0
        filled.append(read(folder / "out" / "eight.png"))
    assert (filled[0] != filled[1]).any()
    np.testing.assert_array_equal(filled[1][~hole()], read(folder / "in" / "eight.png")[~hole()])


def test_an_image_smaller_than_a_fixed_size(folder: Path, make: Callable[[str], list[str]]) -> None:
    options = [*make("ronimo 256"), "--texture", "0"]
    assert inpaint(*options).exit_code == 0
    filled = read(folder / "out" / "eight.png")[hole()] / 255
    assert np.abs(filled - waves()[hole()]).max() < 0.12


def test_a_dry_run_counts_the_windows(folder: Path, make: Callable[[str], list[str]]) -> None:
    result = inpaint(*make("carve 64"), "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["plan"][0]["tiles"] > 1
    assert not (folder / "out").exists()


# What a file is.
@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("carve 64", "LaMa as Carve and OpenCV have it"),
        ("migan", "MI-GAN with its pipeline"),
        ("ronimo", "LaMa of one input, as g-ronimo has it"),
        ("pconv", "an export of this program"),
        ("lama.pt", "LaMa"),
    ],
)
def test_weights_show(make: Callable[[str], list[str]], kind: str, family: str) -> None:
    path = make(kind)[1]
    result = pconv("weights", "show", path, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert (record["family"], record["sha256"]) == (family, sha256_of(Path(path)))
    assert record["size"] == {"carve 64": 64, "migan": 512}.get(kind)
    assert record["card"]["container"] == ("TorchScript" if kind.endswith(".pt") else "ONNX")
    assert family in pconv("weights", "show", path).stdout


# Scores.
def test_eval_and_its_check(folder: Path, make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve", out="unit", size=64)
    truth = folder / "truth"
    truth.mkdir()
    cv2.imwrite("truth/a.png", (waves() * 255).astype(np.uint8))
    shared = ("--images", "truth", "--psnr", "--workers", "1", "--device", "cpu")
    wrong = pconv("eval", "--methods", "pconv", *shared, "--weights", str(path))
    assert "give --foreign range=unit" in one_line(wrong, 5)
    options = ("--weights", str(path), "--foreign", "range=unit", "--json", "report.json")
    result = pconv("eval", "--methods", "pconv,telea", *shared, *options)
    assert result.exit_code == 0, result.output
    settings = json.loads(Path("report.json").read_text())["settings"]
    assert (settings["foreign"], settings["weights_sha256"]) == ("range=unit", sha256_of(path))
    again = pconv("eval", "--check", "report.json", "--workers", "1")
    assert (again.exit_code, "as they were" in again.stdout) == (0, True), again.output


def test_a_check_knows_the_values_beside_a_network(folder: Path, make_onnx: MakeOnnx) -> None:
    path = make_onnx("carve")
    values = split(path)
    cv2.imwrite("truth.png", (waves() * 255).astype(np.uint8))
    shared = ("--images", "truth.png", "--l1", "--workers", "1", "--device", "cpu", "--json", "report.json")
    assert pconv("eval", "--methods", f"mine={path},telea", *shared).exit_code == 0
    settings = json.loads(Path("report.json").read_text())["settings"]
    assert settings["networks_sha256"] == {"mine": sha256_of(path)}
    assert settings["networks_data_sha256"] == {"mine": sha256_of(values)}
    values.write_bytes(values.read_bytes() + b"more")
    again = pconv("eval", "--check", "report.json", "--workers", "1")
    assert again.exit_code == 3
    assert "networks data: other weights than then" in again.output


def test_trust_is_given_again_for_a_check(folder: Path, make: Callable[[str], list[str]]) -> None:
    cv2.imwrite("truth.png", (waves() * 255).astype(np.uint8))
    shared = ("--images", "truth.png", "--l1", "--workers", "1", "--device", "cpu", "--json", "report.json")
    assert pconv("eval", "--methods", "pconv", *shared, *make("lama.pt")).exit_code == 0
    check = ("eval", "--check", "report.json", "--workers", "1")
    assert "give --trust" in one_line(pconv(*check), 5)
    assert pconv(*check, "--trust").exit_code == 0


def test_from_python(folder: Path, make_onnx: MakeOnnx, make_torchscript: MakeTorchScript) -> None:
    image = np.where(hole()[..., None], 1.0, waves()).astype(np.float32)
    filled = pconv_cli.inpaint(image, hole(), weights=make_torchscript("lama"), trust=True, texture=0.0)
    assert np.abs(filled[hole()] - waves()[hole()]).max() < 0.12
    with pytest.warns(RuntimeWarning, match="fills a plain orange image"):
        pconv_cli.inpaint(image, hole(), weights=make_onnx("ronimo", spoil="grey"), texture=0.0)
    with pytest.raises(ModelError, match="give `trust`"):
        pconv_cli.inpaint(image, hole(), weights=make_torchscript("lama"))
