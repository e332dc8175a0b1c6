"""Sheets of votes do not give away what they show."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.evaluation.reports.rows import SourceFile
from pconv_cli.evaluation.votes import folders as vote_folders
from pconv_cli.evaluation.votes import pairs as vote_pairs
from pconv_cli.evaluation.votes.ballots import read_key
from pconv_cli.evaluation.votes.folders import _draw_lots, _SeenPair, make_votes
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.evaluation.votes.pairs import PairFiles
from pconv_cli.evaluation.votes.sheets import draw_sheet
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.stored import StoredImage

Samples = NDArray[Any]


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
    content = SourceFile("a.png", "0")
    files = [_SeenPair(PairFiles(str(n), (Path(), Path()), None, None), (content, content)) for n in range(count)]
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


@pytest.mark.parametrize(
    ("change", "words"), [("gone", "sub/c.png"), ("other", "was changed while it was read"), ("memory", "into memory")]
)
def test_a_file_that_is_lost_between_its_readings_costs_its_own_sheet_alone(
    pairs: VoteOptions, monkeypatch: pytest.MonkeyPatch, change: str, words: str
) -> None:
    """Every file is read twice: to find what differs, and for its sheet, when the number of pairs is known."""
    changed = pairs.folders[1] / "sub/c.png"
    draw_lots, digest_of = vote_folders._draw_lots, vote_folders.sha256_of

    def digest(path: Path) -> str:
        if path == changed:
            raise MemoryError
        return digest_of(path)

    def draw(*arguments: Any) -> Any:
        if change == "gone":
            changed.unlink(missing_ok=True)
        elif change == "memory":
            monkeypatch.setattr(vote_folders, "sha256_of", digest)
        else:
            write_image(changed, StoredImage(np.full((24, 30, 3), 9, np.uint8)))
        return draw_lots(*arguments)

    monkeypatch.setattr(vote_folders, "_draw_lots", draw)
    found = make_votes(pairs)
    ((name, error),) = found.problems
    assert (name, found.exit_code) == ("sub/c.png", 3)
    assert words in str(error)
    assert [pair.name for pair in found.key.pairs] == ["a.png", "b.png", "e.png", "sub/d.png"]
    assert read_key(found.key_file) == found.key
    assert sorted(path.name for path in pairs.out.glob("*.png")) == ["001.png", "002.png", "003.png", "004.png"]
    for pair in found.key.pairs:
        one, _ = views_of(pairs.out / f"{found.key.sheet(pair.number)}.png")
        assert (one.max() < 100) == (pair.first == 0)


def test_a_vote_whose_every_file_is_lost_leaves_nothing(pairs: VoteOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_lots = vote_folders._draw_lots

    def draw(*arguments: Any) -> Any:
        shutil.rmtree(pairs.folders[1], ignore_errors=True)
        return draw_lots(*arguments)

    monkeypatch.setattr(vote_folders, "_draw_lots", draw)
    found = make_votes(pairs)
    assert (len(found.problems), found.key.pairs) == (5, ())
    assert not found.key_file.exists()
    assert list(pairs.out.iterdir()) == []


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
