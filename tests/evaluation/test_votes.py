"""Sheets that do not give away what they show, and answers that are read as they are meant."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.errors import FileError, NothingToDo, UsageError
from pconv_cli.evaluation.reports.rows import Source
from pconv_cli.evaluation.votes import pairs as vote_pairs
from pconv_cli.evaluation.votes.ballots import Key, Pair, blank, has_answers, read_answers, read_key
from pconv_cli.evaluation.votes.count import count_json, count_notes, count_table, count_votes
from pconv_cli.evaluation.votes.folders import _draw_lots, make_votes
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.evaluation.votes.pairs import PairFiles
from pconv_cli.evaluation.votes.sheets import draw_sheet
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import StoredImage, read_image, write_image
from pconv_cli.files.masks.codec import write_mask

Samples = NDArray[Any]


@pytest.fixture
def pairs(tmp_path: Path) -> VoteOptions:
    """Five images, plain dark ones in first/ and plain light ones in second/, and grey ones with stripes in gt/."""
    for n, name in enumerate(("a", "b", "sub/c", "sub/d", "e")):
        for folder, grey in (("first", 40 + n), ("second", 200 + n), ("gt", 120)):
            samples = np.full((24, 30, 3), grey, np.uint8)
            write_image(tmp_path / folder / f"{name}.png", StoredImage(samples))
        mask = np.ones((24, 30), bool)
        mask[8:16, 10:20] = False
        write_mask(tmp_path / "masks" / f"{name}.png", mask)
    return VoteOptions((tmp_path / "first", tmp_path / "second"), tmp_path / "sheets", names=("ours", "theirs"))


def views_of(sheet: Path) -> list[Samples]:
    """The images on a sheet of two columns: parts of 24 x 30 that are not white, row by row."""
    grey = read_image(sheet).samples.min(axis=2)
    corners = [
        (y, x)
        for y, x in np.argwhere(grey < 250)
        if (grey[y : y + 24, x : x + 30] < 250).all() and (y == 0 or grey[y - 1, x] == 255) and grey[y, x - 1] == 255
    ]
    return [grey[y : y + 24, x : x + 30] for y, x in sorted(map(tuple, corners))]


def test_sheets_show_what_the_key_says(pairs: VoteOptions) -> None:
    found = make_votes(replace(pairs, truth=pairs.out.parent / "gt", masks=pairs.out.parent / "masks"))
    assert found.exit_code == 0
    assert sorted(path.name for path in pairs.out.iterdir()) == [
        "001.png", "002.png", "003.png", "004.png", "005.png", "answers.txt", "vote.html",
    ]  # fmt: skip
    key = read_key(found.key_file)
    assert key == found.key
    assert found.key_file == pairs.out.parent.resolve() / "sheets-key.json"
    assert [pair.name for pair in key.pairs] == ["a.png", "b.png", "e.png", "sub/c.png", "sub/d.png"]
    for pair in key.pairs:
        one, other, damaged, truth = views_of(pairs.out / f"{key.sheet(pair.number)}.png")
        assert (one.max() < 100) == (pair.first == 0)
        assert (other.max() < 100) == (pair.first == 1)
        assert (truth == 120).all()
        assert (damaged[8:16, 10:20] == 128).all()
        assert (damaged[:8] == 120).all()


def test_the_damaged_image_without_the_truth_is_of_the_side_that_lot_chose(pairs: VoteOptions) -> None:
    key = make_votes(replace(pairs, masks=pairs.out.parent / "masks" / "a.png")).key
    for pair in key.pairs:
        one, _, damaged = views_of(pairs.out / f"{key.sheet(pair.number)}.png")
        assert (damaged[:8] == one[:8]).all()


def test_nothing_among_the_sheets_gives_the_sides_away(pairs: VoteOptions) -> None:
    found = make_votes(pairs)
    texts = [found.answers_file.read_text(), found.page_file.read_text()]
    for pair in found.key.pairs:
        for word in (pair.name, pair.files[0].path, pair.files[0].sha256, "ours", "theirs", '"A": '):
            assert not any(word in text for text in texts)
        assert b"tEXt" not in (pairs.out / f"{found.key.sheet(pair.number)}.png").read_bytes()


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_sides_are_by_lot_and_balanced(count: int) -> None:
    files = [PairFiles(str(n), (Path(__file__), Path(__file__)), None, None) for n in range(count)]
    orders = {tuple(pair.first for pair in _draw_lots(files, ("a", "b"), seed).pairs) for seed in range(12)}
    assert len(orders) > 1
    assert all(abs(2 * sum(order) - count) <= 1 for order in orders)
    assert _draw_lots(files, ("a", "b"), 3) == _draw_lots(files, ("a", "b"), 3)


def test_large_images_are_reduced_and_say_so(pairs: VoteOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote_pairs, "LONGEST", 15)
    found = make_votes(pairs)
    assert found.reduced == dict.fromkeys(("001", "002", "003", "004", "005"), 0.5)
    assert "5 of 5 sheets show their images reduced, down to 50% of their side" in (pairs.out / "vote.html").read_text()
    whole = read_image(pairs.out / "001.png").size
    monkeypatch.undo()
    make_votes(replace(pairs, overwrite=True))
    assert "reduced" not in (pairs.out / "vote.html").read_text().partition("<main>")[2]
    assert read_image(pairs.out / "001.png").size[1] == 2 * 30 + 3 * 8 > whole[1]


def test_wide_images_stand_above_one_another() -> None:
    view = np.zeros((10, 40, 3), np.uint8)
    sheet = draw_sheet([("A", view), ("B", view)], "001")
    assert sheet.shape[1] == 40 + 2 * 8
    assert draw_sheet([("A", view.swapaxes(0, 1))] * 3, "001").shape[1] == 2 * 10 + 3 * 8


@pytest.mark.parametrize(
    ("low", "high", "kind"), [(-400, -100, np.float32), (0, 3e-4, np.float32), (100, 900, np.uint16)]
)
def test_any_range_can_be_seen_and_is_one_for_a_pair(pairs: VoteOptions, low: float, high: float, kind: Any) -> None:
    """Heights, small floats and a part of 16 bits: the second image is darker, and stays so."""
    slope = np.broadcast_to(np.linspace(low, high, 30)[None, :, None], (24, 30, 1))
    for folder, factor in zip(pairs.folders, (1, 0.5), strict=True):
        shutil.rmtree(folder)
        samples = (low + factor * (slope - low)).astype(kind)
        write_image(folder / "a.tif", StoredImage(samples, ImageFormat.TIFF))
    (pair,) = make_votes(pairs).key.pairs
    sheet = read_image(pairs.out / "001.png").samples[-20, :, 0].astype(int)
    sides = [sheet[8:38], sheet[46:76]]
    whole, half = sides[pair.first], sides[1 - pair.first]
    assert (whole[0], whole[-1]) == (pytest.approx(0, abs=2), pytest.approx(255, abs=2))
    assert half[-1] == pytest.approx(128, abs=3)


def test_what_has_no_pair_or_no_difference(pairs: VoteOptions) -> None:
    first, second = pairs.folders
    (first / "a.png").unlink()
    (second / "b.png").unlink()
    write_image(second / "e.png", StoredImage(np.zeros((24, 31, 3), np.uint8)))
    (second / "sub/c.png").write_bytes((first / "sub/c.png").read_bytes())
    found = make_votes(pairs)
    assert [pair.name for pair in found.key.pairs] == ["sub/d.png"]
    assert found.alike == ["sub/c.png"]
    assert [name for name, _ in found.problems] == ["a.png", "b.png", "e.png"]
    assert "31x24" in str(found.problems[2][1])
    assert found.exit_code == 3
    allowed = make_votes(replace(pairs, overwrite=True, allow_missing=True))
    assert len(allowed.missing) == 2
    assert [name for name, _ in allowed.problems] == ["e.png"]


def test_two_images_of_one_partner_fail(pairs: VoteOptions) -> None:
    write_image(pairs.folders[0] / "a.tif", StoredImage(np.zeros((24, 30, 3), np.uint8)))
    found = make_votes(pairs)
    assert [name for name, _ in found.problems] == ["a.png", "a.tif"]
    assert "have one image" in str(found.problems[0][1])


def test_nothing_is_written_where_nothing_differs_or_nothing_can_be_read(pairs: VoteOptions) -> None:
    first, second = pairs.folders
    with pytest.raises(UsageError, match="are one folder"):
        make_votes(replace(pairs, folders=(first, first)))
    for path in second.rglob("*.png"):
        path.write_text("no image")
    assert len(make_votes(pairs).problems) == 5
    assert not list(pairs.out.iterdir())
    for path in second.rglob("*.png"):
        path.write_bytes((first / path.relative_to(second)).read_bytes())
    with pytest.raises(NothingToDo, match="no pair of images that differ"):
        make_votes(pairs)


def test_answers_and_strange_files_are_never_overwritten(pairs: VoteOptions) -> None:
    found = make_votes(pairs)
    with pytest.raises(UsageError, match="holds files already"):
        make_votes(pairs)
    again = replace(pairs, overwrite=True)
    (pairs.folders[0] / "a.png").unlink()
    (pairs.folders[1] / "a.png").unlink()
    (pairs.out / "006.png").write_text("mine")
    make_votes(again)
    assert not (pairs.out / "005.png").exists()
    assert (pairs.out / "006.png").read_text() == "mine"
    found.answers_file.write_text(found.answers_file.read_text().replace("002", "002 A"))
    with pytest.raises(UsageError, match="holds answers"):
        make_votes(again)
    found.answers_file.unlink()
    found.key_file.write_text("my diary")
    with pytest.raises(UsageError, match="is not a key"):
        make_votes(again)
    assert found.key_file.read_text() == "my diary"


def test_a_folder_of_something_else_is_left_alone(pairs: VoteOptions) -> None:
    pairs.out.mkdir()
    (pairs.out / "001.png").write_text("my photograph")
    with pytest.raises(UsageError, match="are no vote"):
        make_votes(replace(pairs, overwrite=True))
    assert [path.read_text() for path in pairs.out.iterdir()] == ["my photograph"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": -1}, "`seed` -1"),
        ({"names": ("x",)}, "two folders need two names"),
        ({"names": ("x", "x")}, "two folders need two names"),
        ({"names": ("=", "x")}, "two folders need two names"),
        ({"folders": (Path("first"),)}, "between two folders"),
        ({"folders": (Path("first"), Path("nowhere"))}, "between two folders"),
        ({"truth": Path("nowhere")}, "check `truth`"),
        ({"masks": Path("nowhere")}, "check `masks`"),
        ({"out": Path("first/sheets")}, "lies inside the folder"),
        ({"out": Path("first/../second")}, "is the folder of the images"),
        ({"key": Path("sheets/key.json")}, "where a judge would see it"),
        ({"key": Path("second/key.json")}, "`key` second/key.json: lies inside"),
    ],
)
def test_what_cannot_be_meant(
    pairs: VoteOptions, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(pairs.out.parent)
    relative = replace(pairs, folders=(Path("first"), Path("second")), out=Path("sheets"))
    with pytest.raises(UsageError, match=words):
        make_votes(replace(relative, **change))


def key_of(*firsts: int) -> Key:
    files = (Source("x/a.png", "0" * 64), Source("y/a.png", "1" * 64))
    pairs = tuple(Pair(n, f"{n}.png", first, files) for n, first in enumerate(firsts, start=1))
    return Key(("new", "old"), 0, pairs)


def ballot(path: Path, key: Key, answers: str) -> Path:
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
