"""Standard error that nobody reads, or that cannot be written: words are lost, and no work is."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pconv_cli.files.masks.codec import write_mask

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")

# The words of a run come while it is under way: the reader has gone by then, since it never was there.
NOWHERE = [
    pytest.param(
        '"$@" 2>/dev/full', marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="none"), id="full"
    ),
    pytest.param('"$@" 2>&-', id="closed"),
    pytest.param('exec 3>&1; { "$@" 2>&1 >&3 3>&-; echo $? >status; } | true; exit $(cat status)', id="unread"),
]


def shell(line: str, folder: Path, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    # The pipe's other end closes before Python is there to write: it takes far longer to start than `true` to end.
    command = ["bash", "-c", line, "bash", sys.executable, "-m", "pconv_cli", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=folder, timeout=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six images, one of them no image, and a mask for all."""
    (tmp_path / "in").mkdir()
    for index in range(6):
        samples = np.random.default_rng(index).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(samples).save(tmp_path / "in" / f"{index}.jpg")
    (tmp_path / "in" / "bad.png").write_text("no image")
    mask = np.ones((32, 32), bool)
    mask[8:14, 8:14] = False
    write_mask(tmp_path / "mask.png", mask)
    return tmp_path


@pytest.mark.parametrize("line", NOWHERE)
def test_the_batch_goes_on_and_its_report_is_whole(folder: Path, line: str) -> None:
    """JPEG and the bad file have words to say, before, while and after images are written."""
    run = ["inpaint", "in", "--masks", "mask.png", "--out", "out", "--method", "telea", "--json"]
    done = shell(line, folder, run)
    report = json.loads(done.stdout)
    assert done.returncode == report["exit_code"] == 3
    assert len(report["done"]) == 6
    assert [path.stem for path in sorted((folder / "out").glob("*.jpg"))] == list("012345")


@pytest.mark.parametrize("line", NOWHERE)
@pytest.mark.parametrize(
    ("arguments", "code", "made"),
    [
        ("train in --out run --width 4 --depth 3 --crop 32 --batch 2 --steps 2 --finetune-steps 0 --no-perceptual", 3,
         "run/weights.safetensors"),
        ("inpaint nonesuch --masks mask.png --out out", 2, None),
        ("inpaint --nonesuch", 2, None),
    ],
)  # fmt: skip
def test_every_command_ends_with_its_own_code(
    folder: Path, line: str, arguments: str, code: int, made: str | None
) -> None:
    assert shell(line, folder, arguments.split()).returncode == code
    assert made is None or (folder / made).exists()
