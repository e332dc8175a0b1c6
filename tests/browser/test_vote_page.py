"""The page of ``pconv eval --votes`` in a real browser."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pconv_cli.evaluation.votes.ballots import read_answers
from pconv_cli.evaluation.votes.folders import Votes, make_votes
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.files.images import write_rgb


@pytest.fixture
def votes(tmp_path: Path) -> Votes:
    for folder, grey in (("a", 40), ("b", 200)):
        for n in range(3):
            write_rgb(tmp_path / folder / f"{n}.png", np.full((300, 400, 3), grey, np.uint8))
    return make_votes(VoteOptions((tmp_path / "a", tmp_path / "b"), tmp_path / "sheets 图"))


def test_keys_vote_and_the_answers_are_those_that_count_reads(chromium: Any, votes: Votes, tmp_path: Path) -> None:
    chromium.open(votes.page_file, 1440)
    shown = "document.getElementById('sheet')"
    assert chromium.value(f"{shown}.complete && {shown}.naturalWidth") == 2 * 400 + 3 * 8
    assert chromium.value(f"{shown}.getBoundingClientRect().width") == 2 * 400 + 3 * 8  # at its full size
    # A file that is saved cannot be had from a headless browser: what goes into it can.
    chromium.value("URL.createObjectURL = (blob) => { window.saved = blob.text(); return 'about:blank'; }; 1")
    chromium.value("HTMLAnchorElement.prototype.click = function () { window.named = this.download; }; 1")
    chromium.press("1", "2", "ArrowLeft", "ArrowLeft", "2", "ArrowRight", "0")
    assert (
        chromium.value("document.getElementById('count').textContent") == "Sheet 3 of 3, 3 answered: save your answers"
    )
    chromium.value("document.getElementById('judge').value = 'Ann / 安'; document.getElementById('save').click()")
    text = chromium.value("window.saved")
    assert chromium.value("window.named") == "answers-Ann-安.txt"
    (tmp_path / "answers.txt").write_text(text, "utf-8")
    assert read_answers(tmp_path / "answers.txt", votes.key) == {1: "B", 2: "B", 3: "="}
    assert all(url.startswith("file:") for url in chromium.requests)
    assert chromium.complaints == []


def test_answers_outlive_a_reload_and_nothing_is_cut_off(chromium: Any, votes: Votes) -> None:
    chromium.open(votes.page_file, 800)
    chromium.press("1")
    chromium.open(votes.page_file, 800)
    assert chromium.value("document.getElementById('count').textContent") == "Sheet 2 of 3, 1 answered"
    assert chromium.value("document.documentElement.scrollWidth") <= 800
    chromium.value("document.getElementById('full').click()")
    assert chromium.value("document.getElementById('sheet').getBoundingClientRect().width") == 2 * 400 + 3 * 8
    assert chromium.value("document.documentElement.scrollWidth") <= 800
