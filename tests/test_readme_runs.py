"""Every command of the README runs as it is printed, in its order, on tiny images."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.evaluation import samples

README = Path(__file__).parents[1] / "README.md"

# What is typed after a line's own words where they would take long; of an option that is there twice, the last counts.
TINY = "--width 4 --depth 3 --crop 32 --batch 2"
QUICKER = {
    "pconv inpaint in/ --masks m/ --out out-adapted/ --adapt 200": "--adapt 1 --weights photo-small",
    "pconv masks gen --type randomwalk --count 1000 --size 512 --ratio 0.1-0.2 --out masks/": "--count 3 --size 64",
    "pconv train data/": f"{TINY} --steps 6 --no-perceptual",
    "pconv train data/ --out small/ --minutes 60 --width 32 --depth 7 --crop 128 --base pyramid --no-perceptual":
        f"{TINY} --minutes 0.01",
    "pconv train data/ --preset dunhuang --init photo --phase finetune --out mural/":
        "--init photo-small --crop 64 --batch 2 --steps 1 --no-perceptual",
    "pconv train in/ --damage m/ --init photo --out own/": "--init photo-small --crop 64 --batch 2 --steps 1",
}  # fmt: skip

# Lines that do not run here, and why.
ELSEWHERE = {
    "pconv masks edit in/ --masks m-drawn/": "serves a page until it is stopped; tests/cli/test_masks_edit_cli.py",
    "pconv weights fetch-vgg": "downloads 528 MB",
    "pconv weights import 1000000.pth --from naoto0804": "wants a file that others have; tests/core/test_importing.py",
    "pconv eval --count sheets/answers.txt": "wants a person's answers; tests/cli/test_eval_votes.py",
    "torchrun --nproc-per-node 2 -m pconv_cli inpaint in/ --masks m/ --out out/": "tests/cli/test_inpaint_runs.py",
    "torchrun --nproc-per-node 2 -m pconv_cli train data/ --out run2/": "tests/training/test_distributed.py",
}


def commands() -> list[str]:
    """The lines that call the program or prepare a file for it, as they are printed."""
    inside, found = False, []
    for line in README.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```bash"
        elif inside and line.startswith(("pconv ", "torchrun ", "echo ")):
            found.append(line)
    return found


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders that the README speaks of, three images in each but one."""
    ramp = np.linspace(40, 200, 96).astype(np.uint8)
    hole = np.zeros((96, 96), np.uint8)
    hole[40:52, 30:60] = 255
    for number in range(3):
        truth = np.stack([np.add.outer(ramp // 2, ramp[:: 1 - 2 * (number % 2)] // 2)] * 3, axis=2)
        truth[..., number] //= 2
        damaged = np.where(hole[..., None] > 0, np.uint8([0, 255, 0]), truth)
        for folder, array in (("in", damaged), ("truth", truth), ("data", truth), ("m", hole)):
            save(tmp_path / folder / f"{number}.png", array)
        save(tmp_path / "theirs" / f"{number}.png", 255 - hole)
        save(tmp_path / "cutouts" / f"{number}.png", np.dstack([truth, 255 - hole]))
        for folder, error in (("a", 3), ("b", 9)):
            save(tmp_path / folder / f"{number}.png", np.where(hole[..., None] > 0, truth + np.uint8(error), truth))
        whole = {"shape_type": "polygon", "points": [[27, 37], [63, 37], [63, 55], [27, 55]]}
        shapes = [{**whole, "label": label} for label in ("crack", "loss")]
        drawn = {"imagePath": f"{number}.png", "imageHeight": 96, "imageWidth": 96, "shapes": shapes}
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "annotations" / f"{number}.json").write_text(json.dumps(drawn))
    small = {name: array[:64, :64] for name, array in list(samples.sample_images().items())[:2]}
    monkeypatch.setattr(samples, "sample_images", lambda: small)
    save(tmp_path / "photos/0.png", truth)  # one, which five methods fill in every class
    save(tmp_path / "photo.jpg", damaged)
    save(tmp_path / "photo_mask.png", hole)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_line_is_either_run_here_or_has_a_reason_not_to_be() -> None:
    assert (QUICKER.keys() | ELSEWHERE.keys()) <= set(commands())


def test_every_command_of_the_readme_does_its_work(place: Path) -> None:
    for line in commands():
        if line in ELSEWHERE:
            continue
        program, *words = shlex.split(f"{line} {QUICKER.get(line, '')}")
        if program == "echo":
            (place / words[-1]).write_text(" ".join(words[:-2]))
            continue
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, f"{line}\n{result.output}"
    made = (
        "out/2.png", "restored.png", "page.html", "out-run/2.png", "filled/2.png", "m-all/2.png",
        "run/weights.safetensors", "figures.html", "photo.onnx",
    )  # fmt: skip
    assert [name for name in made if not (place / name).exists()] == []
    shown = CliRunner().invoke(app, ["weights", "show", "mine.safetensors"])
    assert "CC BY 4.0" in shown.stdout
