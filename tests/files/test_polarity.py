from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity


def test_each_is_the_other_of_the_other() -> None:
    assert Polarity.WHITE.other is Polarity.BLACK
    assert Polarity.BLACK.other is Polarity.WHITE


def test_a_plain_string_reads_as_its_polarity(tmp_path: Path) -> None:
    mask = np.eye(9, dtype=bool)
    write_mask(tmp_path / "a.png", mask)
    for polarity in Polarity:
        read = read_mask(tmp_path / "a.png", polarity=str(polarity))  # type: ignore[arg-type]
        np.testing.assert_array_equal(read, read_mask(tmp_path / "a.png", polarity=polarity))
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png", polarity=Polarity.BLACK), ~mask)


@pytest.mark.parametrize(
    ("command", "default"),
    [(["inpaint"], f"[default: {THRESHOLD}; with alpha 255]"), (["masks", "convert"], f"[default: {THRESHOLD}]")],
)
def test_commands_show_the_one_threshold(command: list[str], default: str) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).stdout
    option = shown[shown.index("--threshold") :]
    assert default in " ".join(option[: option.index("--dilate")].replace("│", " ").split())
