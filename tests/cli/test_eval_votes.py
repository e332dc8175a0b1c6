"""``pconv eval --votes`` and ``--count`` as they are typed."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_image
from pconv_cli.files.stored import StoredImage


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """a/ and b/ of four images in the current folder."""
    for folder, grey in (("a", 40), ("b", 200)):
        for n in range(4):
            write_image(tmp_path / folder / f"{n}.png", StoredImage(np.full((20, 20, 3), grey + n, np.uint8)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_two_folders_to_a_preference(pair: Path, table_lines) -> None:
    made = run("--votes", "a/", "b/", "--out", "sheets/", "--seed", 3)
    assert made.exit_code == 0, made.output
    assert made.stdout == ""
    assert made.stderr.count("sheets-key.json") == 1
    assert "4 pairs in sheets: 001.png to 004.png" in made.stderr
    key = json.loads(Path("sheets-key.json").read_text())
    answers = Path("sheets/answers.txt")
    unfilled = run("--count", answers)
    assert (unfilled.exit_code, unfilled.stdout) == (3, "")
    assert "failed: sheets/answers.txt: no answer for 001, 002, 003, 004;" in unfilled.stderr
    for one in key["pairs"]:  # a judge who likes what is in a/
        answers.write_text(answers.read_text().replace(one["sheet"], f"{one['sheet']} {'AB'[one['A']]}"))
    counted = run("--count", answers, "--json", "r/count.json", "--markdown", "r/count.md")
    assert (counted.exit_code, counted.stderr) == (0, "")
    assert table_lines(counted.stdout) == []  # nothing is cut off
    cells = next(line for line in counted.stdout.splitlines() if line.startswith("sheets/")).split()
    assert cells[:10] == ["sheets/answers.txt", "4", "0", "0", "100.0", "51.0", "to", "100.0", "0.125", "2"]
    data = json.loads(Path("r/count.json").read_text())
    assert (data["kind"], data["all"]["wins"], data["judges"][0]["said_a"]) == ("pconv vote count", 4, 2)
    assert "| sheets/answers.txt | 4 |" in Path("r/count.md").read_text()
    assert run("--count", answers, "--json", "r/count.json").exit_code == 2
    alone = run("--count", answers, "--json", "-")
    assert json.loads(alone.stdout) == data


def labels(result: Result) -> list[str]:
    return [line.split()[0] for line in result.stdout.splitlines() if line.startswith(("home/", "all, "))]


def test_answers_of_several_judges_from_elsewhere(pair: Path) -> None:
    assert run("--votes", "a", "b", "--out", "s", "--key", "k/key.json", "--names", "new,old").exit_code == 0
    Path("home").mkdir()
    for name, answer in (("ann", "A"), ("ben", "=")):
        Path(f"home/{name}.txt").write_text("".join(f"{n} {answer}\n" for n in (1, 2, 3, 4)))
    missing = run("--count", "home/ann.txt")
    assert missing.exit_code == 2
    assert "name it by --key" in missing.stderr
    counted = run("--count", "home/ann.txt", "home/ben.txt", "--key", "k/key.json")
    assert counted.exit_code == 0, counted.output
    assert labels(counted) == ["home/ann.txt", "home/ben.txt", "all,"]
    assert "answer alike in 0%" in counted.stdout.replace("\n", " ")
    Path("home/ben.txt").write_text("1 A\n")
    some = run("--count", "home/ann.txt", "--count", "home/ben.txt", "--key", "k/key.json")
    assert some.exit_code == 3
    assert "failed: home/ben.txt: no answer for 002, 003, 004" in some.stderr
    assert labels(some) == ["home/ann.txt"]
    allowed = run("--count", "home/ann.txt", "home/ben.txt", "--key", "k/key.json", "--allow-missing")
    assert allowed.exit_code == 0


def test_what_has_no_sheet_is_named(pair: Path) -> None:
    Path("a/0.png").unlink()
    Path("b/1.png").write_text("no image")
    Path("b/2.png").write_bytes(Path("a/2.png").read_bytes())
    made = run("--votes", "a", "b", "--out", "s")
    assert made.exit_code == 3
    assert "failed: 0.png: no image in a for this one of b" in made.stderr
    assert "failed: b/1.png" in made.stderr
    assert "left out: 2.png looks the same in both" in made.stderr
    assert "1 pair in s: 001.png\n" in made.stderr
    allowed = run("--votes", "a", "b", "--out", "s", "--allow-missing", "--overwrite")
    assert "missing: 0.png" in allowed.stderr
    Path("b/3.png").unlink()
    Path("b/1.png").unlink()
    nothing = run("--votes", "a", "b", "--out", "t", "--allow-missing")
    assert nothing.exit_code == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--votes", "a", "b"], "--votes needs --out"),
        (["--votes", "a", "b", "--out", ""], "--out is empty; name a folder, or . for the one that you are in"),
        (["--votes", "a", "--out", "s"], "--votes a: takes two folders"),
        (["--votes", "--out", "s"], "takes two folders"),
        (["--votes", "a", "b", "--out", "a"], "is the folder of the images"),
        (["--votes", "a", "b", "--out", "s", "--psnr"], "--psnr does not go with --votes"),
        (["--votes", "a", "b", "--out", "s", "--json", "j"], "--json does not go with --votes"),
        (["--votes", "a", "b", "--out", "s", "--workers", "2"], "--workers does not go with --votes"),
        (["--votes", "a", "b", "--out", "s", "--count", "x"], "--votes makes sheets"),
        (["--count", "x", "--out", "s"], "--out does not go with --count"),
        (["--count", "x", "--rim"], "--rim does not go with --count"),
        (["--count", "x", "--csv", "s"], "--csv does not go with --count"),
        (["--count", "x", "--overwrite"], "--overwrite replaces reports"),
        (["--count", "a/0.png", "--json", "a/0.png", "--overwrite"], "would lie among the inputs"),
        (["--count", "x"], "the key cannot be read"),
        (["--count", "x", "--key", "a/0.png"], "a/0.png: is not a key"),
        (["--key", "k", "--psnr"], "--key belongs to --votes and --count"),
        (["--check", "k", "--votes"], "--votes does not go with --check"),
        (["--check", "k", "--count", "x"], "--count does not go with --check"),
    ],
)
def test_usage_errors(pair: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
