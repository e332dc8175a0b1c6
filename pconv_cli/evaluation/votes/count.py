"""The answers of judges, counted against the key."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pconv_cli import __version__
from pconv_cli.errors import FileError, UsageError, one_file
from pconv_cli.evaluation.reports.tables import Cell, Line, Table
from pconv_cli.evaluation.votes.ballots import VoteKey, read_answers, read_key
from pconv_cli.evaluation.votes.options import key_beside
from pconv_cli.evaluation.votes.preference import Agreement, Preference, agreement, preference
from pconv_cli.files.finding.find import real
from pconv_cli.wording import failed_json

KIND = "pconv vote count"


@dataclass(frozen=True)
class Judge:
    """One judge.

    Attributes:
        name: The file of the answers, as it was named.
        answers: The answers by the sheet's number: A, B or =.
        result: For the first folder.
    """

    name: str
    answers: dict[int, str]
    result: Preference

    @property
    def said_a(self) -> int:
        """The number of answers A, which is a matter of the side and not of the folder."""
        return sum(answer == "A" for answer in self.answers.values())


@dataclass(frozen=True)
class VoteCount:
    """The outcome of a vote.

    Attributes:
        key: Its key.
        judges: Those whose answers could be read.
        everyone: All of them together, a pair counting once; ``None`` without a judge.
        agreement: Their agreement.
        problems: Name and error of every file of answers that could not be used.
    """

    key: VoteKey
    judges: list[Judge]
    everyone: Preference | None
    agreement: Agreement
    problems: list[tuple[str, FileError]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where all answers were counted, 3 where a file could not be."""
        return FileError.exit_code if self.problems else 0


def count_votes(files: Sequence[Path], key_file: Path | None = None, *, allow_missing: bool = False) -> VoteCount:
    """Count the answers of one judge or several.

    Args:
        files: A file of answers a judge.
        key_file: The key; None: beside the folder of the first, where `make_votes` of `votes.py` writes it.
        allow_missing: Accept pairs without an answer; a judge's figures are then those of the answers.

    Raises:
        UsageError: A file is named twice, or the key cannot be used.
    """
    if len({real(path) for path in files}) < len(files):
        raise UsageError("a file of answers is named twice; name each once")
    key = read_key(key_file or key_beside(files[0].absolute().parent))
    judges: list[Judge] = []
    problems: list[tuple[str, FileError]] = []
    for path in files:
        try:
            with one_file(path):
                if key_file is None:
                    _check_folder(path, key)
                answers = read_answers(path, key, allow_missing=allow_missing)
        except FileError as error:
            problems.append((path.as_posix(), error))
            continue
        scores = [_score(key, number, answer) for number, answer in answers.items()]
        judges.append(Judge(path.as_posix(), answers, preference(scores)))
    given = _by_pair(key, judges)
    scores = [sum(_score(key, number, one) for one in answers) / len(answers) for number, answers in given.items()]
    folders = [[_folder(key, number, one) for one in answers] for number, answers in given.items()]
    return VoteCount(key, judges, preference(scores) if scores else None, agreement(folders), problems)


def _check_folder(path: Path, key: VoteKey) -> None:
    """Refuse answers among the sheets of another vote; those that do not name their sheets would be counted wrongly."""
    beside = key_beside(path.absolute().parent)
    if beside.is_file() and read_key(beside).identity != key.identity:
        raise FileError(
            f"{path}: lies among the sheets of another vote, whose key is {beside}; count each vote by itself"
        )


def count_table(count: VoteCount) -> Table:
    """Make a table of the count: a line a judge, and one for all of them where there are several."""
    lines = [
        Line(judge.name, _cells(judge.result, f"{judge.said_a} of {len(judge.answers)}")) for judge in count.judges
    ]
    if len(count.judges) > 1 and count.everyone is not None:
        lines.append(Line("all, by pair", _cells(count.everyone, ""), "total"))
    one, other = count.key.names
    columns = (one, other, "ties", f"prefer {one}, %", "95 %", "p", "said A")
    return Table(f"{one} against {other}, {len(count.key.pairs)} pairs", "judge", columns, tuple(lines))


def count_notes(count: VoteCount) -> list[str]:
    """Say what the figures mean."""
    lines = [
        f"Prefer {count.key.names[0]}: its share of the pairs, a tie counted as half, with the 95 % Wilson interval.",
        "p: two-sided sign test, ties left out. Said A: how often the answer was A, whichever folder that was.",
    ]
    if len(count.judges) > 1:
        lines.append("All: the mean of the judges' answers to a pair is one answer; the pairs are the sample.")
    found = count.agreement
    if found.share is not None:
        alpha = "n/a (all answers are the same)" if found.alpha is None else f"{found.alpha:.2f}"
        lines.append(
            f"Agreement: two judges of a pair answer alike in {found.share:.0%} ({found.pairs} pairs); Krippendorff's "
            f"alpha {alpha}."
        )
    return lines


def count_json(count: VoteCount) -> str:
    """Write the count as JSON, with every answer as the folder that it stands for."""
    votes = [
        {
            "sheet": count.key.sheet(pair.number),
            "name": pair.name,
            "answers": {
                judge.name: _folder(count.key, pair.number, judge.answers[pair.number])
                for judge in count.judges
                if pair.number in judge.answers
            },
        }
        for pair in count.key.pairs
    ]
    said = {
        "kind": KIND,
        "version": __version__,
        "sheets": count.key.identity,
        "names": count.key.names,
        "judges": [{"name": judge.name, **_figures(judge.result), "said_a": judge.said_a} for judge in count.judges],
        "all": None if count.everyone is None else _figures(count.everyone),
        "agreement": asdict(count.agreement),
        "votes": votes,
        "failed": failed_json(count.problems),
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def _figures(result: Preference) -> dict[str, Any]:
    return {"pairs": result.pairs, **asdict(result)}


def _cells(result: Preference, said_a: str) -> tuple[Cell, ...]:
    low, high = result.interval
    p = "<.001" if result.p < 0.001 else f"{result.p:.3f}"
    texts = (
        str(result.wins), str(result.losses), str(result.ties), f"{100 * result.share:.1f}",
        f"{100 * low:.1f} to {100 * high:.1f}", p, said_a,
    )  # fmt: skip
    return tuple(map(Cell, texts))


def _score(key: VoteKey, number: int, answer: str) -> float:
    """Score an answer for the first folder: 1, 0, or 0.5 for a tie."""
    if answer == "=":
        return 0.5
    return float((answer == "A") == (key.pairs[number - 1].first == 0))


def _folder(key: VoteKey, number: int, answer: str) -> str:
    """Name what an answer stands for: a folder's name, or ``=``."""
    return {1.0: key.names[0], 0.0: key.names[1], 0.5: "="}[_score(key, number, answer)]


def _by_pair(key: VoteKey, judges: Sequence[Judge]) -> dict[int, list[str]]:
    """List the answers to each pair that has one."""
    given: dict[int, list[str]] = {}
    for number in (pair.number for pair in key.pairs):
        if answers := [judge.answers[number] for judge in judges if number in judge.answers]:
            given[number] = answers
    return given
