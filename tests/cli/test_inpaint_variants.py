"""``pconv inpaint --variants``: what it says, in words and as JSON, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app


def _run(folders: Path, *more: str) -> Any:
    given = [str(folders / "results"), "--masks", str(folders / "masks"), "--out", str(folders / "out"), *more]
    return CliRunner().invoke(app, ["inpaint", *given])


def test_it_says_what_came_of_each_variant_and_where_to_look(folders: Path) -> None:
    (folders / "masks/c.png").unlink()
    planned = _run(folders, "--method", "patchmatch", "--variants", "2", "--dry-run")
    assert planned.exit_code == 3
    assert planned.stdout.count("problem:") == 1
    assert "variant 2 (seed 1): 2 to do with patchmatch, 1 would fail" in planned.stderr
    assert not (folders / "out").exists()
    result = _run(folders, "--method", "patchmatch", "--variants", "2", "--json")
    assert result.exit_code == 3
    assert result.stderr.count("failed:") == 1
    assert "variant 2 (seed 1): 2 done, 1 failed in " in result.stderr
    assert f"2 sheets in {folders / 'out' / 'sheets'}: damaged, then the variants by number" in result.stderr
    report = json.loads(result.stdout)
    assert [(one["seed"], one["exit_code"], len(one["done"])) for one in report["variants"]] == [(0, 3, 2), (1, 3, 2)]
    assert (len(report["sheets"]), report["exit_code"], report["error"]) == (2, 3, None)
    plan = json.loads(_run(folders, "--method", "patchmatch", "--variants", "2", "--dry-run", "--json").stdout)
    assert [[row["action"] for row in one["plan"]] for one in plan["variants"]] == [["keep", "keep"]] * 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--texture", "0"], "--variants 2: has no meaning without patches; give --texture above 0"),
        (["--method", "telea"], "--variants 2: has no meaning without patches; give --texture above 0"),
        (["--shard", "1/2"], "--variants 2: runs in one process, which draws the sheets; without it, run each part"),
        (["--adapt", "5"], "--adapt: restores once; adapt first, then give --variants and the adapted --weights"),
        (["--dry-run", "--profile"], "--profile: has no meaning with --dry-run"),
    ],
)
def test_what_cannot_be_is_one_line(folders: Path, more: list[str], said: str) -> None:
    result = _run(folders, "--variants", "2", *more)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (folders / "out").exists()
