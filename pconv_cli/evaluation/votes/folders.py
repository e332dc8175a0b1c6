"""Two folders of results as pairs to vote on: the sides by lot, so that a judge does not know which is which."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, NothingToDo, OutputError, one_file
from pconv_cli.evaluation.reports.files import write_text
from pconv_cli.evaluation.reports.rows import SourceFile
from pconv_cli.evaluation.votes.ballots import BallotPair, VoteKey, blank, read_key
from pconv_cli.evaluation.votes.options import ANSWERS, PAGE, VoteOptions, check_options
from pconv_cli.evaluation.votes.page import write_vote_page
from pconv_cli.evaluation.votes.pairs import PairFiles, find_pairs, read_pair
from pconv_cli.evaluation.votes.sheets import draw_sheet
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.images import write_rgb
from pconv_cli.progress import Progress, Silent

FailedPair = tuple[str, FileError]
"""The name of an image without a sheet, and its error."""


@dataclass(frozen=True)
class Votes:
    """The outcome of `make_votes`.

    Attributes:
        key: The key, as it was written.
        key_file: Where it is.
        answers_file: The file to fill in.
        page_file: The page to vote on.
        alike: The images that look the same in both folders, and have no sheet.
        reduced: The sheets whose images are reduced, with the share of their side that is left.
        missing: Images that have no partner and, as was allowed, no sheet: a line each.
        problems: Name and error of every other image without a sheet.
    """

    key: VoteKey
    key_file: Path
    answers_file: Path
    page_file: Path
    alike: list[str] = field(default_factory=list)
    reduced: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    problems: list[FailedPair] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where every image got its sheet or needs none; 3 where one did not."""
        return FileError.exit_code if self.problems else 0


def make_votes(options: VoteOptions, progress: Progress | None = None) -> Votes:
    """Write a sheet for every pair, a page and a file to answer on, and the key.

    Images are paired by relative path and stem. The sides are by lot: in half of the pairs, chosen by the seed, the
    first folder is A, so that whoever always says A prefers neither. Pairs that look the same have no sheet.

    Args:
        options: The options.
        progress: Hears of every pair, once when it is read and once when its sheet is written.

    Returns:
        What was written; without a good pair nothing is, and the key is empty.

    Raises:
        UsageError: A path does not exist or lies where it may not, or something is there already.
        NothingToDo: There is no pair, or none that differs.
        OutputError: A file cannot be written.
    """
    progress = progress or Silent()
    names = check_options(options)
    found = find_pairs(options)
    progress.start(2 * len(found.pairs), "images")
    good: list[_SeenPair] = []
    alike: list[str] = []
    failed = list(found.failed)
    for pair in found.pairs:
        try:
            with one_file(pair.name):
                contents = _contents(pair)
                images = read_pair(pair, options.polarity)
            if np.array_equal(*images.results):
                alike.append(pair.name)
            else:
                good.append(_SeenPair(pair, contents))
        except FileError as error:
            failed.append((pair.name, error))
        progress.advance(pair.name)
    if not good and not failed and (options.allow_missing or not found.missing):
        which = " and ".join(folder.as_posix() for folder in options.folders)
        raise NothingToDo(f"{which}: no pair of images that differ; there is nothing to vote on")
    key, reduced, lost = _write(good, names, options, progress)
    problems = [*failed, *lost, *([] if options.allow_missing else found.missing)]
    return Votes(
        key,
        options.key_file,
        options.out / ANSWERS,
        options.out / PAGE,
        alike,
        reduced,
        sorted(str(error) for _, error in found.missing) if options.allow_missing else [],
        sorted(problems, key=lambda problem: problem[0]),
    )


@dataclass(frozen=True)
class _SeenPair:
    """A pair that was read, and what its results were by then."""

    files: PairFiles
    contents: tuple[SourceFile, SourceFile]


def _contents(pair: PairFiles) -> tuple[SourceFile, SourceFile]:
    one, other = (SourceFile(path.as_posix(), sha256_of(path)) for path in pair.results)
    return one, other


def _draw_lots(pairs: Sequence[_SeenPair], names: tuple[str, str], seed: int) -> VoteKey:
    rng = np.random.default_rng(seed)
    sides = rng.permutation((np.arange(len(pairs)) + rng.integers(2)) % 2)
    drawn = [
        BallotPair(number, pair.files.name, int(side), pair.contents)
        for number, (pair, side) in enumerate(zip(pairs, sides, strict=True), start=1)
    ]
    return VoteKey(names, seed, tuple(drawn))


def _write(
    pairs: Sequence[_SeenPair], names: tuple[str, str], options: VoteOptions, progress: Progress
) -> tuple[VoteKey, dict[str, float], list[FailedPair]]:
    """Draw lots and write everything; among the others once more where a pair cannot be read a second time.

    Returns:
        The key, `Votes.reduced`, and the pairs that fell out.
    """
    lost: list[FailedPair] = []
    if not pairs:
        return _draw_lots([], names, options.seed), {}, lost
    # A vote that is overwritten, or a first round here, may have had more sheets.
    written = _sheet_files(read_key(options.key_file)) if options.key_file.exists() else set()
    while pairs:
        key = _draw_lots(pairs, names, options.seed)
        write_text(options.key_file, key.to_json())  # first, since sheets without one are of no use
        reduced, failed = _draw_sheets(pairs, key, options, progress)
        written |= _sheet_files(key)
        if not failed:
            for name in written - _sheet_files(key):
                (options.out / name).unlink(missing_ok=True)
            write_text(options.out / ANSWERS, blank(key))
            write_vote_page(options.out / PAGE, key, reduced)
            return key, reduced, lost
        lost += failed.items()
        pairs = [pair for pair in pairs if pair.files.name not in failed]
    for place in (options.key_file, *(options.out / name for name in (*written, ANSWERS, PAGE))):
        place.unlink(missing_ok=True)
    return _draw_lots([], names, options.seed), {}, lost


def _sheet_files(key: VoteKey) -> set[str]:
    return {f"{key.sheet(pair.number)}.png" for pair in key.pairs}


def _draw_sheets(
    pairs: Sequence[_SeenPair], key: VoteKey, options: VoteOptions, progress: Progress
) -> tuple[dict[str, float], dict[str, FileError]]:
    """Write the sheets; give `Votes.reduced`, and the errors of pairs that can no longer be read as they were."""
    reduced: dict[str, float] = {}
    failed: dict[str, FileError] = {}
    for pair, drawn in zip(pairs, key.pairs, strict=True):
        sheet = key.sheet(drawn.number)
        try:
            with one_file(drawn.name):
                images = read_pair(pair.files, options.polarity)
                if _contents(pair.files) != pair.contents:
                    raise FileError(f"{drawn.name}: was changed while it was read; run again when nothing writes to it")
                heading = sheet if images.scale == 1 else f"{sheet}   reduced to {images.scale:.0%}"
                write_rgb(options.out / f"{sheet}.png", draw_sheet(list(images.titled(drawn.first)), heading))
        except OutputError:  # nor would the next sheet find room
            raise
        except FileError as error:
            failed[drawn.name] = error
            continue
        if images.scale < 1:
            reduced[sheet] = images.scale
        progress.advance(drawn.name)
    return reduced, failed
