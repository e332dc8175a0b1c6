"""``pconv masks union|subtract|intersect|invert|filter`` as they are typed."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.masks.codec import read_mask, write_mask


@pytest.fixture(autouse=True)
def _masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, columns in (("a", slice(1, 5)), ("b", slice(4, 8))):
        mask = np.ones((10, 12), np.bool_)
        mask[3, columns] = False
        Path(folder).mkdir()
        write_mask(Path(folder, "x.png"), mask)


def pconv(line: str) -> Result:
    return CliRunner().invoke(app, line.split())


@pytest.mark.parametrize(
    ("line", "pixels"),
    [
        ("masks union a b --out m", 7),
        ("masks subtract a b --out m", 3),
        ("masks intersect a b --out m", 1),
        ("masks invert a --out m", 116),
        ("masks filter a --region 2,0,9,9 --out m", 3),
        ("masks filter a --min-area 5 --out m", 0),
        ("masks filter a --max-area 4 --border drop --out m", 4),
        ("masks filter a --border only --out m", 0),
    ],
)
def test_each_command_writes_its_masks(line: str, pixels: int) -> None:
    result = pconv(line)
    assert result.exit_code == 0, result.output
    emptied = "" if pixels else "warning: x.png: no hole remains\n"
    assert result.stderr == f"{emptied}1 mask written to m\n"
    assert (~read_mask(Path("m/x.png"))).sum() == pixels
    assert "there already and kept" in pconv(line).stderr


def test_in_place() -> None:
    assert pconv("masks invert a").exit_code == 2
    assert pconv("masks invert a --overwrite").exit_code == 0
    assert (~read_mask(Path("a/x.png"))).sum() == 116


def test_a_region_beside_the_masks_is_reported_and_masks_without_holes_are_not() -> None:
    write_mask(Path("a/none.png"), np.ones((10, 12), np.bool_))
    write_mask(Path("a/y.png"), read_mask(Path("a/x.png")))
    result = pconv("masks filter a --region 500,500,9,9 --overwrite")
    assert result.exit_code == 0
    assert result.stderr == "warning: x.png, y.png: no hole remains\n3 masks written to a\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("masks filter a --out m --region 1,2,3", "--region 1,2,3: write left, top, width and height"),
        ("masks filter a --out m", "say which holes to keep"),
        ("masks union a missing --out m", "there is no such file or folder"),
    ],
)
def test_usage(line: str, message: str) -> None:
    result = pconv(line)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
