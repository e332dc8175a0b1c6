"""The examples run, and draw the same murals from the same seed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(script: str, *words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def draw(out: Path, seed: int = 0) -> dict[str, bytes]:
    run("draw_murals.py", "--out", out, "--count", "2", "--size", "96x72", "--seed", str(seed))
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_murals_are_reproducible_and_differ(tmp_path: Path) -> None:
    first, again, other = draw(tmp_path / "a"), draw(tmp_path / "b"), draw(tmp_path / "c", seed=1)
    assert sorted(first) == ["mural_00.png", "mural_01.png"]
    assert first == again
    assert len({*first.values(), *other.values()}) == 4


def test_a_mural_is_a_image_in_many_colours(tmp_path: Path) -> None:
    draw(tmp_path)
    samples = read_image(tmp_path / "mural_00.png").samples
    assert samples.shape == (72, 96, 3)
    assert len(np.unique(samples.reshape(-1, 3), axis=0)) > 1000
    assert samples.std() > 20


def test_the_chain_on_murals(tmp_path: Path) -> None:
    murals, masks, damaged, restored = (tmp_path / name for name in ("murals", "masks", "damaged", "restored"))
    draw(murals)
    runner = CliRunner()

    def pconv(*words: str | Path) -> None:
        result = runner.invoke(app, [str(word) for word in words])
        assert result.exit_code == 0, result.output

    pconv("masks", "gen", "--type", "cracks", "--like", murals, "--ratio", "0.1-0.2", "--out", masks)
    run("damage.py", murals, masks, damaged)
    pconv("inpaint", damaged, "--masks", masks, "--out", restored, "--method", "telea")
    pconv("eval", restored, "--gt", murals, "--masks", masks, "--psnr")
    for path in sorted(murals.iterdir()):
        truth, broken, filled = (read_image(folder / path.name).samples for folder in (murals, damaged, restored))
        hole = ~read_mask(masks / path.name)
        assert (broken[hole] == broken[hole][0]).all()
        assert np.array_equal(broken[~hole], truth[~hole])
        assert np.array_equal(filled[~hole], truth[~hole])
        assert (
            abs(filled[hole] - truth[hole].astype(float)).mean() < abs(broken[hole] - truth[hole].astype(float)).mean()
        )


@pytest.mark.parametrize("method", ["telea", "pyramid"])
def test_the_python_api(method: str) -> None:
    assert f"{method}: PSNR" in run("python_api.py", method)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("damage.py", "missing", "missing", "out"), "error: missing: there is no such"),
        (("python_api.py", "magic"), "error: 'magic' is not a Method: choose one of pconv, "),
    ],
)
def test_what_was_mistyped_is_one_line(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    script, *more = words
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *more], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_wrong_figures_are_wrong() -> None:
    lines = [line.split() for line in run("wrong_figures.py").splitlines()[1:]]
    assert len(lines) == 3
    for _, _, _, wrong_mse, mse, wrong_psnr, _, psnr, _ in lines:
        assert float(wrong_mse) < 150 < float(mse)  # squares modulo 256 are never above 255
        assert float(psnr) - float(wrong_psnr) > 12.5
