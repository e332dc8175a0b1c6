import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from pconv_cli import ModelSpec, PConvUNet, save_weights
from pconv_cli.cli.app import app
from pconv_cli.core.networks.pconv.engine import PConvEngine

SIZE = (48, 64)


def draw(path: Path, seed: int = 0) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8)
    Image.fromarray(samples).save(path)
    return samples


def draw_mask(path: Path) -> np.ndarray:
    """A mask file, white in the hole; gives True where valid."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hole = np.zeros(SIZE, np.uint8)
    hole[10:20, 30:44] = 255
    Image.fromarray(hole).save(path)
    return hole == 0


def format_of(path: Path) -> str | None:
    with Image.open(path) as image:
        return image.format


@pytest.fixture
def pconv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `pconv inpaint` in tmp_path, where in/ has two images and m/ their masks."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b/敦煌 001.png"):
        draw(tmp_path / "in" / name)
        draw_mask(tmp_path / "m" / name)
    return lambda *arguments: CliRunner().invoke(app, ["inpaint", *arguments])


FOLDERS = ("in/", "--masks", "m/", "--out", "out/")


def test_a_folder_in_a_folder_out(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    result = pconv(*FOLDERS, "--method", "telea")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "2 done with telea in " in result.stderr
    assert sorted(path.name for path in tmp_path.glob("out/**/*.png")) == ["a.png", "敦煌 001.png"]
    result = pconv(*FOLDERS, "--method", "telea")
    assert result.exit_code == 0
    assert "0 done, 2 skipped" in result.stderr
    assert "2 done" in pconv(*FOLDERS, "--method", "ns", "--overwrite").stderr


@pytest.mark.parametrize("method", ["pyramid", "biharmonic"])
def test_other_methods(tmp_path: Path, pconv: Callable[..., Result], method: str) -> None:
    result = pconv(*FOLDERS, "--method", method)
    assert (result.exit_code, f"2 done with {method}" in result.stderr) == (0, True)


def test_the_network_with_weights_by_path(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    torch.manual_seed(0)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(width=4, depth=3)))
    options = ("--weights", "tiny.safetensors", "--device", "cpu", "--tile", "64", "--overlap", "16")
    result = pconv(*FOLDERS, *options)
    assert result.exit_code == 0, result.stderr
    valid = draw_mask(tmp_path / "m" / "a.png")
    before, after = (np.asarray(Image.open(tmp_path / folder / "a.png")) for folder in ("in", "out"))
    np.testing.assert_array_equal(after[valid], before[valid])
    assert (after[~valid] != before[~valid]).any()


def test_weights_that_cannot_be_used_end_in_5(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    (tmp_path / "foreign.safetensors").write_bytes(b"foreign")
    for weights in ("foreign.safetensors", "missing.safetensors"):
        result = pconv(*FOLDERS, "--weights", weights)
        assert result.exit_code == 5
        assert len(result.stderr.splitlines()) == 1
        assert weights in result.stderr
    assert not list(tmp_path.glob("out/**/*.png"))


@pytest.mark.parametrize(
    ("value", "precision", "remedy"),
    [
        (float("nan"), "float32", "take other weights"),
        (float("inf"), "bfloat16", "take other weights"),
        (1e30, "float32", "take other weights"),
        (1e30, "bfloat16", "use --precision float32, or other weights"),
    ],
)
def test_weights_without_finite_numbers_end_in_5_at_once(
    tmp_path: Path, pconv: Callable[..., Result], value: float, precision: str, remedy: str
) -> None:
    """Not once for each image; what is finite itself may still overflow."""
    model = PConvUNet(ModelSpec(width=4, depth=3))
    save_weights(tmp_path / "good.safetensors", model)
    with safe_open(tmp_path / "good.safetensors", framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    tensors = {name: torch.full_like(t, value) if t.is_floating_point() else t for name, t in tensors.items()}
    save_file(tensors, tmp_path / "bad.safetensors", metadata)
    result = pconv(*FOLDERS, "--weights", "bad.safetensors", "--device", "cpu", "--precision", precision)
    assert result.exit_code == 5
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: bad.safetensors: ")
    assert "not finite" in result.stderr
    assert result.stderr.endswith(f"; {remedy}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("more", "remedy"),
    [
        (("--precision", "float32"), "take other weights"),
        (("--precision", "bfloat16", "--texture", "0"), "use --precision float32, or other weights"),
    ],
)
def test_a_network_that_overflows_on_one_image_fails_on_that_one(
    tmp_path: Path,
    pconv: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    value: float,
    more: tuple[str, ...],
    remedy: str,
) -> None:
    """Patches would hide it: they would be joined with such a tone, and written."""
    real = PConvEngine.fill

    def overflows(self: PConvEngine, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        filled = real(self, x, mask)
        return torch.where(mask > 0, filled, value) if (torch.where(mask > 0, x, 1) == 1).all() else filled

    monkeypatch.setattr(PConvEngine, "fill", overflows)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(width=4, depth=3)))
    Image.new("RGB", SIZE[::-1], "white").save(tmp_path / "in" / "c.png")
    hole = np.zeros(SIZE, np.uint8)
    hole[8:40, 8:56] = 255  # too wide to be filled without the network
    Image.fromarray(hole).save(tmp_path / "m" / "c.png")
    result = pconv(*FOLDERS, "--weights", "tiny.safetensors", "--device", "cpu", *more)
    assert result.exit_code == 3
    (line,) = [line for line in result.stderr.splitlines() if "finite" in line]
    assert line == "failed: in/c.png: the network computes values that are not finite; " + remedy
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.png")) == ["a.png", "敦煌 001.png"]


def test_some_that_failed_end_in_3_with_their_reasons(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    draw(tmp_path / "in" / "no-mask.png")
    draw_mask(tmp_path / "m" / "text.png")
    (tmp_path / "in" / "text.png").write_text("text")
    result = pconv(*FOLDERS, "--method", "telea")
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert lines[0].startswith("failed: in/no-mask.png: no mask in m")
    assert lines[1].startswith("failed: in/text.png: is not an image")
    assert lines[2].startswith("2 done, 2 failed with telea")
    planned = pconv(*FOLDERS, "--method", "telea", "--dry-run")
    assert "problem: in/no-mask.png: no mask in m" in planned.stdout


def test_files_beside_the_outputs_are_named_by_plan_and_skip(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    words = (*FOLDERS, "--method", "telea", "--show", "outline", "--retouch", "layer")
    planned = pconv(*words, "--dry-run")
    assert "each with NAME.retouch and NAME.show (PNG or TIFF) beside it; nothing was written" in planned.stderr
    assert pconv(*FOLDERS, "--method", "telea").exit_code == 0
    said = pconv(*words).stderr
    assert "skipped (already there; 2 differ from what is asked, --resume makes them again)" in said
    assert not list((tmp_path / "out").glob("*.show.png"))
    assert pconv(*words, "--resume").exit_code == 0
    shown = list((tmp_path / "out").glob("*.show.png"))
    assert shown
    assert "2 skipped (already there; --overwrite makes them again)" in pconv(*words).stderr
    shown[0].unlink()
    assert "2 skipped (already there; 1 differs from what is asked, --resume makes it again)" in pconv(*words).stderr


@pytest.mark.parametrize("more", [("--confidence",), ("--leave-wider", "1"), ("--seed", "0", "--dilate", "1")])
def test_a_skip_names_resume_where_settings_changed(
    tmp_path: Path, pconv: Callable[..., Result], more: tuple[str, ...]
) -> None:
    assert pconv(*FOLDERS, "--method", "telea").exit_code == 0
    said = pconv(*FOLDERS, "--method", "telea", *more)
    assert said.exit_code == 0
    assert "2 skipped (already there; 2 differ from what is asked, --resume makes them again)" in said.stderr
    assert "2 skipped (already there; --overwrite makes them again)" in pconv(*FOLDERS, "--method", "telea").stderr


def test_every_failure_is_named(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    for index in range(23):
        (tmp_path / "in" / f"x{index:02}.png").touch()
    result = pconv(*FOLDERS, "--method", "telea")
    assert result.exit_code == 3
    for index in range(23):
        assert f"x{index:02}.png: is empty" in result.stderr or f"x{index:02}.png: no mask" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="names without line breaks")
def test_a_line_break_in_a_name_breaks_no_line(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    (tmp_path / "in" / "two\nlines [bold].png").touch()
    result = pconv(*FOLDERS, "--method", "telea")
    assert [line for line in result.stderr.splitlines() if "two" in line or "lines" in line] == [
        line for line in result.stderr.splitlines() if line.startswith("failed:")
    ]
    assert "two\\nlines [bold].png" in result.stderr


def test_json_is_data_on_stdout(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    result = pconv(*FOLDERS, "--method", "telea", "--json")
    report = json.loads(result.stdout)
    assert [one["name"] for one in report["done"]] == ["a.png", "b/敦煌 001.png"]
    assert report["exit_code"] == 0
    (tmp_path / "in" / "text.png").write_text("text")
    result = pconv(*FOLDERS, "--method", "telea", "--json")
    assert result.exit_code == json.loads(result.stdout)["exit_code"] == 3


def test_one_image_and_one_mask(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    draw(tmp_path / "photo.jpg")
    draw_mask(tmp_path / "photo_mask.png")
    one = ("photo.jpg", "--masks", "photo_mask.png", "--method", "telea", "--out")
    result = pconv(*one, "restored.jpg")
    assert result.exit_code == 0
    assert "--format png" in result.stderr  # says what a JPEG loses, and how not to
    assert format_of(tmp_path / "restored.jpg") == "JPEG"
    assert pconv(*one, "restored.png").exit_code == 0
    assert format_of(tmp_path / "restored.png") == "PNG"
    assert pconv(*one, "folder", "--format", "tiff").exit_code == 0
    assert format_of(tmp_path / "folder" / "photo.tif") == "TIFF"


def test_alpha_as_mask(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    samples = np.full((*SIZE, 4), 255, np.uint8)
    samples[10:20, 10:20] = 0
    (tmp_path / "alpha").mkdir()
    Image.fromarray(samples).save(tmp_path / "alpha" / "a.png")
    assert pconv("alpha", "--masks", "alpha", "--out", "out", "--method", "telea").exit_code == 0
    assert (np.asarray(Image.open(tmp_path / "out" / "a.png")) == 255).all()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("empty", "--masks", "m", "--out", "out"), 4, "empty: holds no image"),
        (("in", "--masks", "empty", "--out", "out"), 4, "empty: holds no mask; check --masks"),
        (("in", "--masks", "m", "--out", ""), 2, "--out is empty; say where to write"),
        (("", "--masks", "m", "--out", "out"), 2, "IN is empty; name a file or folder"),
        (("in", "--masks", "", "--out", "out"), 2, "--masks is empty; name a file or folder"),
        (("in", "--masks", "m", "--out", "in"), 2, "--out in: is the folder of the images"),
        (("in", "--masks", "missing", "--out", "out"), 2, "missing: there is no such file or folder of masks"),
        (("missing", "--masks", "m", "--out", "out"), 2, "missing: there is no such file or folder"),
        (("in", "--masks", "m", "--out", "file", "--method", "telea"), 2, "file: cannot be written"),
        ((*FOLDERS, "--method", "telea", "--report", "file/a.html"), 2, "file: cannot be written"),
        (("in", "--masks", "m", "--out", "file", "--method", "telea", "--dry-run"), 2, "file: cannot be written"),
        (
            ("in", "--masks", "m", "--out", "loop", "--method", "telea"),
            2,
            "cannot be read (too many levels of symbolic",
        ),
        ((*FOLDERS, "--tile", "32", "--device", "cpu"), 2, "--tile 32"),
        ((*FOLDERS, "--method", "telea", "--threshold", "0"), 2, "--threshold 0"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_code(
    tmp_path: Path, pconv: Callable[..., Result], arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    result = pconv(*arguments)
    assert result.exit_code == code
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: ")
    assert words in result.stderr


def test_usage_that_typer_refuses(pconv: Callable[..., Result]) -> None:
    assert pconv("in", "--out", "out").exit_code == 2  # no masks
    result = pconv(*FOLDERS, "--method", "magic")
    assert result.exit_code == 2
    assert "Invalid value for '--method': 'magic' is not one of" in result.stderr


def test_as_a_process_with_inverted_masks_and_a_truncated_image(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "b.png")
    valid = draw_mask(tmp_path / "m" / "b.png")
    Image.fromarray((valid * 255).astype(np.uint8)).save(tmp_path / "m" / "a.png")
    data = (tmp_path / "in" / "b.png").read_bytes()
    (tmp_path / "in" / "b.png").write_bytes(data[: len(data) // 2])
    command = [sys.executable, "-m", "pconv_cli", "inpaint", *FOLDERS, "--method", "telea"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 3, done.stderr
    assert "if black marks the hole there, pass --mask-polarity black" in lines[0]
    assert "in/b.png: is damaged or incomplete" in lines[1]
    assert lines[2].startswith("0 done, 2 failed")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.jsonl"]
    done = subprocess.run([*command, "--allow-large-holes"], cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "manifest.jsonl"]


def test_ctrl_c_as_a_process_leaves_whole_files_and_130(tmp_path: Path) -> None:
    for index in range(120):
        samples = np.random.default_rng(index).integers(0, 256, (300, 300, 3), np.uint8)
        path = tmp_path / "in" / f"{index:03}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(samples).save(path, compress_level=0)
    hole = np.zeros((300, 300), np.uint8)
    hole[50:200, 50:200] = 255
    Image.fromarray(hole).save(tmp_path / "mask.png")
    command = [sys.executable, "-m", "pconv_cli", "inpaint", "in", "--masks", "mask.png", "--out", "out"]
    with subprocess.Popen([*command, "--method", "biharmonic"], cwd=tmp_path, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        # A file under way is hidden, and pathlib's * would match it.
        while not list(tmp_path.glob("out/[!.]*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert b"of 120 images done and whole in out" in stderr
    left = [path for path in (tmp_path / "out").iterdir() if path.name != "manifest.jsonl"]
    assert 1 <= len(left) < 120
    for path in left:
        assert not path.name.startswith(".")
        with Image.open(path) as image:
            image.load()


def test_layers_and_copies_stand_beside_the_restored_files(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    result = pconv(*FOLDERS, "--method", "telea", "--retouch", "layer", "--show", "outline")
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert names == ["a.png", "a.png.retouch.png", "a.png.show.png"]
    assert (tmp_path / "out" / "b" / "敦煌 001.png.show.png").is_file()
    with Image.open(tmp_path / "out" / "a.png.retouch.png") as layer:
        assert layer.mode == "RGBA"


@pytest.mark.parametrize("arguments", [("--retouch", "page"), ("--show", "dots")])
def test_kinds_of_retouch_that_there_are_not_are_named(
    pconv: Callable[..., Result], arguments: tuple[str, str]
) -> None:
    result = pconv(*FOLDERS, *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.stderr
    assert arguments[1] in result.stderr


def test_a_layer_does_not_replace_a_mask(tmp_path: Path, pconv: Callable[..., Result]) -> None:
    (tmp_path / "a.png.retouch.png").write_bytes((tmp_path / "m" / "a.png").read_bytes())
    result = pconv("in/a.png", "--masks", "a.png.retouch.png", "--out", "a.png", "--method", "telea")
    assert result.exit_code == 2
    assert "would replace a file that is read" in result.stderr
