"""Names of files command no terminal: what would is shown as an escape, in all messages, and in JSON that is true."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from typer.testing import CliRunner

from pconv_cli.cli import console
from pconv_cli.cli.app import app
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage

NAME = "a\x1b[31m\x07\x9b2J\u202egnp\x7f\r\n.png"


def obeyed(text: str) -> set[str]:
    """What a terminal would not show but do, but for new lines."""
    return {c for c in text if (ord(c) < 32 or 127 <= ord(c) < 160 or "\u202a" <= c <= "\u202e") and c != "\n"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_commands_a_terminal(text: str) -> None:
    stream = io.StringIO()
    for target in (console._Console(file=stream, width=300), console._Console(file=stream, highlight=False)):
        target.print(text, markup=False, soft_wrap=True)
        table = Table(title="a title")
        table.add_column(console.one_line(text))
        target.print(table)
        with target.status(console.one_line(text)):
            pass
    assert obeyed(stream.getvalue()) <= {"\t"}
    stream = io.StringIO()
    console._Console(file=stream).print_json(data={"name": text})
    assert json.loads(stream.getvalue()) == {"name": text}
    assert not obeyed(stream.getvalue())


@pytest.mark.parametrize(
    "command",
    [
        ["inpaint", "in", "--masks", "m", "--out", "out", "--method", "telea"],
        ["inpaint", "in", "--masks", "m", "--out", "out", "--method", "telea", "--dry-run"],
        ["inpaint", NAME, "--masks", "m", "--out", "out"],
        ["masks", "stats", "m"],
        ["masks", "convert", "m", "--out", "c"],
        ["masks", "detect", "in", "--color", "#00ff00", "--out", "d"],
        ["eval", "in", "--gt", "in", "--masks", "m"],
    ],
)
def test_commands_show_names_as_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    rgb = np.random.default_rng(0).integers(0, 200, (24, 20, 3), np.uint8)
    mask = np.ones((24, 20), bool)
    mask[5:9, 5:9] = False
    for name in ("good.png", NAME):
        write_image(tmp_path / "in" / name, StoredImage(rgb))
        write_mask(tmp_path / "m" / name, mask)
    for folder in ("in", "m"):
        (tmp_path / folder / NAME).write_bytes(b"\x89PNG\r\n\x1a\n")
    result = CliRunner().invoke(app, command)
    assert result.exit_code in (2, 3), result.output
    assert not obeyed(result.output)
    for shown in ("a\\u001b[31m", "\\u009b2J\\u202egnp\\u007f"):  # rich leaves the bell out
        assert shown in result.output
