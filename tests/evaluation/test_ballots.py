"""Answers of votes are read as they are meant."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.errors import FileError, UsageError
from pconv_cli.evaluation.reports.rows import SourceFile
from pconv_cli.evaluation.votes import count as counting
from pconv_cli.evaluation.votes.ballots import BallotPair, VoteKey, blank, has_answers, read_answers, read_key
from pconv_cli.evaluation.votes.count import count_json, count_notes, count_table, count_votes


def key_of(*firsts: int) -> VoteKey:
    files = (SourceFile("x/a.png", "0" * 64), SourceFile("y/a.png", "1" * 64))
    pairs = tuple(BallotPair(n, f"{n}.png", first, files) for n, first in enumerate(firsts, start=1))
    return VoteKey(("new", "old"), 0, pairs)


def ballot(path: Path, key: VoteKey, answers: str) -> Path:
    lines = blank(key).splitlines()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines[:2], *(f"{a} {b}" for a, b in zip(lines[2:], answers, strict=True))]))
    return path


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("AB=")), min_size=1, max_size=1200), st.randoms())
@settings(max_examples=20)
def test_what_is_written_is_what_is_counted(
    tmp_path_factory: pytest.TempPathFactory, given_: list[tuple[int, str]], shuffle: Any
) -> None:
    folder = tmp_path_factory.mktemp("votes")
    key = key_of(*(first for first, _ in given_))
    (folder / "k.json").write_text(key.to_json())
    path = ballot(folder / "answers.txt", key, "".join(answer for _, answer in given_))
    head, *lines = path.read_text().splitlines()[1:]
    shuffle.shuffle(lines)
    path.write_text("\n".join([head, *lines]))
    (judge,) = count_votes([path], folder / "k.json").judges
    wins = sum(answer == "AB"[first] for first, answer in given_)
    ties = sum(answer == "=" for _, answer in given_)
    assert (judge.result.wins, judge.result.ties, judge.result.pairs) == (wins, ties, len(given_))
    assert judge.said_a == Counter(answer for _, answer in given_)["A"]


@pytest.mark.parametrize(
    "text",
    [
        "001 A\n002 B\n003 =\n",
        "﻿1: a\r\n2; b\r\n\r\n3,=  # hard to say\r\n",
        "００３ ＝\n００１　Ａ\n００２　Ｂ",
        "# Judge: Ann B\n3 =\n2\tb\n1 A",
    ],
)
def test_answers_as_people_type_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert read_answers(tmp_path / "a.txt", key_of(0, 1, 0)) == {1: "A", 2: "B", 3: "="}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("001 A\n002 C\n003 B\n", "002 has 'C'"),
        ("001 A\n002 A B\n003 B\n", "002 has 'A B'"),
        ("001 A\n002 B\n", "no answer for 003"),
        ("001 A\n002\n003 B\n", "no answer for 002"),
        ("001 A\n002 B\n003 B\n002 A\n", "002 is answered 2 times"),
        ("001 A\n002 B\n003 B\n004 A\n", "there is no sheet 004"),
        ("000 A\n", "there is no sheet 000"),
        ("A\nB\n=\n", "there is no sheet A"),
        ("²01 A\n", "no answer for"),
        ("# Sheets: 0123456789ab\n001 A\n002 B\n003 =\n", "answers the sheets 0123456789ab, but the key belongs to"),
        ("", "no answer for 001, 002, 003"),
        ("0" * 1_000_001, "is too long"),
    ],
)
def test_answers_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FileError) as error:
        read_answers(tmp_path / "a.txt", key_of(0, 1, 0))
    assert str(error.value).startswith(f"{tmp_path / 'a.txt'}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_answers_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("001 A".encode("utf-16"))
    os.mkfifo(tmp_path / "pipe")
    faults = {"a.txt": "is not UTF-8 text", "b.txt": "cannot be read", "pipe": "is not a file"}
    for path, words in ((tmp_path / name, words) for name, words in faults.items()):
        with pytest.raises(FileError, match=words):
            read_answers(path, key_of(0))


def test_some_answers_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("001 A\n002\n")
    assert read_answers(tmp_path / "a.txt", key_of(0, 1, 0), allow_missing=True) == {1: "A"}
    (tmp_path / "a.txt").write_text(blank(key_of(0)))
    assert not has_answers(tmp_path / "a.txt")
    with pytest.raises(FileError, match="no answer for 001"):
        read_answers(tmp_path / "a.txt", key_of(0), allow_missing=True)


def test_several_judges(tmp_path: Path) -> None:
    key = key_of(0, 1, 0, 1)
    (tmp_path / "sheets-key.json").write_text(key.to_json())
    ann = ballot(tmp_path / "sheets/ann.txt", key, "ABA=")  # new, new, new, tie
    ben = ballot(tmp_path / "sheets/ben.txt", key, "AAA=")  # new, old, new, tie
    bad = ballot(tmp_path / "sheets/bad.txt", key, "A?A=")
    count = count_votes([ann, ben, bad])
    assert [(j.result.wins, j.result.losses, j.result.ties) for j in count.judges] == [(3, 0, 1), (2, 1, 1)]
    assert count.everyone is not None
    assert (count.everyone.wins, count.everyone.ties, count.everyone.share) == (2, 2, 0.75)
    assert count.agreement.share == 0.75
    assert (count.exit_code, len(count.problems)) == (3, 1)
    table = count_table(count)
    assert [line.label for line in table.lines] == [ann.as_posix(), ben.as_posix(), "all, by pair"]
    assert table.lines[0].cells[3].text == "87.5"
    assert "75% (4 pairs)" in count_notes(count)[-1]
    data = json.loads(count_json(count))
    assert data["votes"][1]["answers"] == {ann.as_posix(): "new", ben.as_posix(): "old"}
    assert data["all"]["share"] == 0.75
    with pytest.raises(UsageError, match="named twice"):
        count_votes([ann, tmp_path / "sheets/../sheets/ann.txt"])


def test_answers_among_the_sheets_of_another_vote_are_refused_unless_the_key_is_named(tmp_path: Path) -> None:
    """Without the line that names their sheets nothing else tells that A was another folder there."""
    for name, key in (("one", key_of(0, 0)), ("two", key_of(1, 1))):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}-key.json").write_text(key.to_json())
        (tmp_path / name / "answers.txt").write_text("1 A\n2 A\n")
    files = [tmp_path / name / "answers.txt" for name in ("one", "two")]
    count = count_votes(files)
    assert [judge.result.wins for judge in count.judges] == [2]
    ((name, error),) = count.problems
    assert name.endswith("two/answers.txt")
    assert "another vote" in str(error)
    assert "two-key.json" in str(error)
    assert count.exit_code == 3
    assert len(count_votes(files, tmp_path / "one-key.json").judges) == 2


def test_whatever_one_judges_file_meets_the_others_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of(0, 1)
    (tmp_path / "sheets-key.json").write_text(key.to_json())
    files = [ballot(tmp_path / f"sheets/{name}.txt", key, "AB") for name in ("ann", "ben")]

    def read(path: Path, *arguments: Any, **options: Any) -> dict[int, str]:
        if path == files[0]:
            raise RecursionError("too deep")
        return read_answers(path, *arguments, **options)

    monkeypatch.setattr(counting, "read_answers", read)
    count = count_votes(files)
    ((name, error),) = count.problems
    assert name == files[0].as_posix()
    assert str(error).startswith(f"{files[0]}: failed unexpectedly (RecursionError: too deep)")
    assert [judge.name for judge in count.judges] == [files[1].as_posix()]


def _with(change: Callable[[Any], None]) -> str:
    data = json.loads(key_of(0, 1).to_json())
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "1e999", "[" * 100_000, '{"kind": "pconv votes"}', "\x00", '{"kind": "pconv evaluation"}',
        _with(lambda key: key.update(pairs=[])), _with(lambda key: key.update(names=["a"])),
        _with(lambda key: key.update(names="ab", pairs="ab")), _with(lambda key: key.update(seed="x")),
        _with(lambda key: key.update(seed=[])), _with(lambda key: key["pairs"][0].update(A=2)),
        _with(lambda key: key["pairs"][0].update(A=1)), _with(lambda key: key["pairs"][0].update(A="0")),
        _with(lambda key: key["pairs"][0].update(files=[])), _with(lambda key: key["pairs"].reverse()),
        _with(lambda key: key["pairs"][0]["files"][0].update(sha256=7)), _with(lambda key: key.update(seed=1e999)),
        '{"kind": "pconv votes", "seed": ' + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "k.json").write_text(text)
    with pytest.raises(UsageError, match=r"k\.json: is not a key") as error:
        read_key(tmp_path / "k.json")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300 + len(str(tmp_path))


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file"):
        read_key(tmp_path / "pipe")
    with pytest.raises(UsageError, match="name it by `key`"):
        count_votes([tmp_path / "sheets/answers.txt"])
