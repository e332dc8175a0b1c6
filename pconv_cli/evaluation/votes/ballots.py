"""The files of a vote: the key, which says what A and B are, and the answers of judges, which do not know."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pconv_cli import __version__
from pconv_cli.errors import FileError, UsageError, option
from pconv_cli.evaluation.reports.rows import SourceFile
from pconv_cli.files.json_text import read_json
from pconv_cli.wording import first_few

KIND = "pconv votes"
"""The kind that a key states."""

ANSWERS = ("A", "B", "=")

_SHEETS = re.compile(r"#\s*sheets:\s*([0-9a-f]+)\s*", re.IGNORECASE)
_MOST = 1_000_000  # bytes of a file of answers


@dataclass(frozen=True)
class BallotPair:
    """A pair as it is shown.

    Attributes:
        number: The number of its sheet, from 1.
        name: The image's name in the first folder.
        first: The folder that is A: 0 or 1.
        files: The two files, in the order of the folders.
    """

    number: int
    name: str
    first: int
    files: tuple[SourceFile, SourceFile]


@dataclass(frozen=True)
class VoteKey:
    """The pairs of a vote, and their sides.

    Attributes:
        names: The names of the two folders.
        seed: The seed of the lot that gave the sides.
        pairs: In the order of the sheets.
    """

    names: tuple[str, str]
    seed: int
    pairs: tuple[BallotPair, ...]

    @property
    def identity(self) -> str:
        """Twelve hexadecimal digits that stand for these pairs on these sides; they give away nothing."""
        said = [(pair.number, pair.name, pair.first, *(file.sha256 for file in pair.files)) for pair in self.pairs]
        return hashlib.sha256(json.dumps([self.names, said]).encode()).hexdigest()[:12]

    @property
    def digits(self) -> int:
        """The digits of a sheet's number."""
        return max(3, len(str(len(self.pairs))))

    def sheet(self, number: int) -> str:
        """Write a sheet's number: ``007``."""
        return f"{number:0{self.digits}d}"

    def to_json(self) -> str:
        """Write the text of the key's file."""
        pairs = [
            {
                "sheet": self.sheet(pair.number),
                "name": pair.name,
                "A": pair.first,
                "files": [{"path": file.path, "sha256": file.sha256} for file in pair.files],
            }
            for pair in self.pairs
        ]
        said = {
            "kind": KIND,
            "version": __version__,
            "sheets": self.identity,
            "names": self.names,
            "seed": self.seed,
            "pairs": pairs,
        }
        return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def read_key(path: Path) -> VoteKey:
    """Read a key.

    Raises:
        UsageError: The file is not there, or no key, or was changed.
    """
    try:
        data = read_json(path)
        if data["kind"] != KIND:
            raise ValueError("of another kind")
        first, second = (_text(name) for name in data["names"])
        pairs = tuple(_pair(number, one) for number, one in enumerate(data["pairs"], start=1))
        key = VoteKey((first, second), int(data["seed"]), pairs)
        if not pairs or key.identity != data["sheets"]:
            raise ValueError("changed since it was written")
    except OSError as error:
        remedy = f"name it by {option('key')}"
        raise UsageError(f"{path}: the key cannot be read ({error.strerror}); {remedy}") from error
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        why = f"{error}" if isinstance(error, ValueError) else "something is missing in it"
        raise UsageError(f"{path}: is not a key of a vote ({why}); name the right one by {option('key')}") from error
    return key


def _pair(number: int, data: dict[str, Any]) -> BallotPair:
    if data["A"] not in (0, 1):
        raise ValueError("a side that is neither 0 nor 1")
    one, other = (SourceFile(_text(file["path"]), _text(file["sha256"])) for file in data["files"])
    return BallotPair(number, _text(data["name"]), int(data["A"]), (one, other))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where text should stand")
    return value


def blank(key: VoteKey) -> str:
    """Write the file of answers to fill in, as text."""
    lines = [
        "# Which of the two looks better, A or B? Write A, B, or = for no preference after each number.",
        f"# Sheets: {key.identity}",
        *(key.sheet(pair.number) for pair in key.pairs),
    ]
    return "\n".join(lines) + "\n"


def read_answers(path: Path, key: VoteKey, *, allow_missing: bool = False) -> dict[int, str]:
    """Read what one judge answered.

    A line has a sheet's number and ``A``, ``B`` or ``=``, capital or small, of full width too; ``#`` begins a comment.

    Args:
        path: The file.
        key: The vote's.
        allow_missing: Accept sheets without an answer; else every one has to have one.

    Returns:
        The answers by number.

    Raises:
        FileError: The file cannot be read, belongs to other sheets, or does not answer as it should.
    """
    answers: dict[int, str] = {}
    empty: list[int] = []
    seen = Counter[int]()
    faults: list[str] = []
    for line in _lines(path):
        if found := _SHEETS.fullmatch(line):
            if found[1].lower() != key.identity:
                raise FileError(
                    f"{path}: answers the sheets {found[1]}, but the key belongs to {key.identity}; "
                    f"name the matching key by {option('key')}"
                )
            continue
        words = re.split(r"[\s:;,]+", line.partition("#")[0].strip(" :;,"))
        if words == [""]:
            continue
        number = int(words[0]) if re.fullmatch(r"[0-9]{1,9}", words[0]) else 0
        if not 1 <= number <= len(key.pairs):
            faults.append(f"there is no sheet {words[0][:20]}")
            continue
        seen[number] += 1
        if len(words) == 1:
            empty.append(number)
        elif len(words) == 2 and words[1].upper() in ANSWERS:
            answers[number] = words[1].upper()
        else:
            faults.append(f"{key.sheet(number)} has {' '.join(words[1:])[:20]!r}")
    faults += [f"{key.sheet(number)} is answered {times} times" for number, times in seen.items() if times > 1]
    missing = [number for number in range(1, len(key.pairs) + 1) if number not in seen or number in empty]
    if missing and not (allow_missing and answers):
        faults.append(f"no answer for {first_few([key.sheet(number) for number in missing])}")
    if faults:
        raise FileError(f"{path}: {first_few(faults, '; ')}; give every sheet A, B or = once")
    return answers


def has_answers(path: Path) -> bool:
    """Say whether a file, if it is there, holds anything that `blank` does not write."""
    return path.exists() and any(not re.fullmatch(r"#.*|[0-9]*", line) for line in _lines(path))


def _lines(path: Path) -> list[str]:
    try:
        if path.exists() and not path.is_file():  # a pipe would have to be waited for
            raise FileError(f"{path}: is not a file; name a file of answers")
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise FileError(f"{path}: the answers cannot be read ({error.strerror}); check the path") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text; save the answers as UTF-8") from error
    if len(data) > _MOST:
        raise FileError(f"{path}: is too long to be a file of answers; name one that was written for a vote")
    return [unicodedata.normalize("NFKC", line).strip() for line in text.splitlines()]
