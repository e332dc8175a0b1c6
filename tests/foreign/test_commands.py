"""Files of other projects through the commands: batch manners are those of the program's own weights."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner, Result

import pconv_cli
from pconv_cli.cli.app import app
from pconv_cli.errors import ModelError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.manifest import read_manifest

from .conftest import MakeOnnx, MakeTorchScript

#: Those that the tests of a whole batch go through: of both containers, and of free and of fixed size.
KINDS = ("carve", "carve 64", "migan 64", "ronimo", "pconv", "lama.pt")

SIZE = (90, 130)


@pytest.fixture
def make(make_onnx: MakeOnnx, make_torchscript: MakeTorchScript) -> Callable[[str], list[str]]:
    """Make a file of `KINDS`, and give the options that name it."""

    def options(kind: str) -> list[str]:
        name, _, size = kind.partition(" ")
        if name.endswith(".pt"):
            return ["--weights", str(make_torchscript(name.removesuffix(".pt"))), "--trust"]
        return ["--weights", str(make_onnx(name, size=int(size) if size else None))]

    return options


def waves() -> np.ndarray:
    """A smooth image in colour, ``(H, W, 3)`` in [0, 1]."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.stack([0.5 + 0.3 * np.sin(rows / 40 + channel + columns / (30 + 9 * channel)) for channel in range(3)], 2)


def hole() -> np.ndarray:
    """Scattered small holes, 5 % of the image."""
    mask = np.zeros(SIZE, bool)
    for row, column in np.random.default_rng(3).integers(0, (SIZE[0] - 8, SIZE[1] - 8), (10, 2)):
        mask[row : row + 8, column : column + 8] = True
    return mask


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """in/ with a PNG of 8 and of 16 bits, a JPEG and a TIFF of 16 bits, white in the holes of m/."""
    monkeypatch.chdir(tmp_path)
    damaged = np.where(hole()[..., None], 1.0, waves())
    eight, sixteen = (damaged * 255).round().astype(np.uint8), (damaged * 65535).round().astype(np.uint16)
    for place in ("in", "m"):
        (tmp_path / place).mkdir()
    cv2.imwrite("in/eight.png", eight[..., ::-1])
    cv2.imwrite("in/sixteen.png", sixteen[..., ::-1])
    cv2.imwrite("in/photo.jpg", eight[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    tifffile.imwrite("in/scan.tif", sixteen, photometric="rgb", tile=(32, 32), resolution=(300, 300))
    for path in (tmp_path / "in").iterdir():
        cv2.imwrite(f"m/{path.stem}.png", hole().astype(np.uint8) * 255)
    return tmp_path


def pconv(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def inpaint(*more: str) -> Result:
    return pconv("inpaint", "in", "--masks", "m", "--out", "out", "--device", "cpu", *more)


def read(path: Path) -> np.ndarray:
    """An image as RGB in its own depth."""
    if path.suffix == ".tif":
        return tifffile.imread(path)
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image[..., ::-1]


def one_line(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    return line


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


# What is refused, in one line, and nothing is written.
def test_torchscript_is_run_for_those_who_trust_it(folder: Path, make: Callable[[str], list[str]]) -> None:
    weights = make("lama.pt")[:2]
    for more in ((), ("--dry-run",)):
        line = one_line(inpaint(*weights, *more), 5)
        assert "is TorchScript, a program that can do whatever you can" in line
        assert line.endswith("give --trust")
    assert not (folder / "out").exists()
    assert inpaint(*weights, "--trust").exit_code == 0
    assert "give --trust" in one_line(inpaint(*weights), 5)  # also where nothing is left to do


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"polarity": "valid"}, "give --foreign polarity=valid"),
        ({"out": "unit"}, "give --foreign range=unit"),
        ({"reverse": True}, "give --foreign order=rgb-bgr"),
        ({"spoil": "nan"}, "computes values that are not finite"),
        ({"channels": 4}, "has 4 channels"),
        ({"domain": "my.own"}, "needs operators that onnxruntime does not have"),
    ],
)
def test_files_that_do_not_fit(folder: Path, make_onnx: MakeOnnx, how: dict[str, str], why: str) -> None:
    assert why in one_line(inpaint("--weights", str(make_onnx("carve", **how))), 5)
    assert not (folder / "out").exists()


def test_no_known_convention(folder: Path, make_onnx: MakeOnnx) -> None:
    path = str(make_onnx("other"))
    for result in (inpaint("--weights", path), pconv("weights", "show", path)):
        assert "say how by --foreign polarity=...,range=..." in one_line(result, 5)
    assert inpaint("--weights", path, "--foreign", "polarity=hole,range=unit").exit_code == 0


def test_not_finite_on_one_image(folder: Path, make_onnx: MakeOnnx) -> None:
    dark = (waves() * 40).astype(np.uint8)
    cv2.imwrite("in/dark.png", dark)
    cv2.imwrite("m/dark.png", hole().astype(np.uint8) * 255)
    result = inpaint("--weights", str(make_onnx("ronimo", spoil="nan on dark")), "--texture", "0")
    assert result.exit_code == 3
    (line,) = [line for line in result.stderr.splitlines() if "not finite" in line]
    assert "dark.png" in line
    assert sorted(path.name for path in (folder / "out").glob("*.*")) == [
        "eight.png",
        "manifest.jsonl",
        "photo.jpg",
        "scan.tif",
        "sixteen.png",
    ]


def test_a_doubt_is_a_warning(folder: Path, make_onnx: MakeOnnx) -> None:
    result = inpaint("--weights", str(make_onnx("ronimo", spoil="grey")))
    assert result.exit_code == 0
    (line,) = [line for line in result.stderr.splitlines() if "orange" in line]
    assert line.startswith("warning: ")
    assert "no other convention corrects that" in line


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--precision", "bfloat16"], "--precision: has no meaning for carve.onnx"),
        (["--compile"], "--compile: has no meaning for carve.onnx"),
        (["--foreign", "polarity=white"], "give polarity=hole|valid"),
        (["--tile", "64"], "--tile 64: this network takes 128 px and no less"),
        (["--steps", "5"], "--steps: belongs to --weights of a diffusion network (repaint); leave it out"),
        (["--texture", "0", "--seed", "5"], "--seed: has no meaning without patches"),
        (["--texture", "0", "--variants", "2"], "--variants 2: has no meaning without patches"),
    ],
)
def test_options_without_a_meaning(folder: Path, make_onnx: MakeOnnx, options: list[str], why: str) -> None:
    assert why in one_line(inpaint("--weights", str(make_onnx("carve", size=128)), *options), 2)


def test_options_for_other_methods_and_weights(folder: Path) -> None:
    assert "--foreign: belongs to --method pconv" in one_line(inpaint("--method", "telea", "--foreign", "size=64"), 2)
    assert "--trust: belongs to --method pconv" in one_line(inpaint("--method", "telea", "--trust"), 2)
    assert "is a file of this program" in one_line(inpaint("--weights", "photo-small", "--foreign", "size=64"), 2)
    assert "--trust serves the method pconv" in one_line(pconv("eval", "--methods", "telea", "--trust"), 2)


def test_nothing_is_trusted_that_is_no_program(folder: Path, make: Callable[[str], list[str]]) -> None:
    words = "photo-small.safetensors holds weights and no program (TorchScript); leave it out"
    assert words in one_line(inpaint("--weights", "photo-small", "--trust"), 2)
    assert "holds weights and no program" in one_line(inpaint("--trust"), 2)
    cv2.imwrite("truth.png", (waves() * 255).astype(np.uint8))
    score = ("eval", "--images", "truth.png", "--l1", "--workers", "1", "--device", "cpu", "--trust")
    assert "--trust: none of these weights are a program" in one_line(pconv(*score, "--methods", "pconv"), 2)
    lama = make("lama.pt")[1]
    assert pconv(*score, "--methods", f"a={lama},b=photo-small,telea").exit_code == 0


def test_they_are_not_trained_adapted_or_exported(folder: Path, make: Callable[[str], list[str]]) -> None:
    path = make("carve")[1]
    for arguments in (
        ("train", "in", "--init", path, "--out", "run", "--steps", "1", "--no-perceptual"),
        ("inpaint", "in", "--masks", "m", "--out", "out", "--weights", path, "--adapt", "1"),
        ("weights", "export", path, "--out", "new.safetensors"),
    ):
        line = one_line(pconv(*arguments), 5)
        assert "a network of another project in ONNX, which fills images alone" in line
    assert not any((folder / name).exists() for name in ("run", "out", "new.safetensors"))


def test_a_checkpoint_is_for_weights_import(folder: Path) -> None:
    import torch

    torch.save({"state_dict": {}}, "g.pth")
    assert "`pconv weights import` reads those of" in one_line(inpaint("--weights", "g.pth"), 5)
