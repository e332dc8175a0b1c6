"""Two folders of results as pairs to vote on: the sides by lot, so that a judge does not know which is which."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, NothingToDo, one_file
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
    problems: list[tuple[str, FileError]] = field(default_factory=list)

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
    good: list[PairFiles] = []
    alike: list[str] = []
    failed = list(found.failed)
    for pair in found.pairs:
        try:
            with one_file(pair.name):
                images = read_pair(pair, options.polarity)
            if np.array_equal(*images.results):
                alike.append(pair.name)
            else:
                good.append(pair)
        except FileError as error:
            failed.append((pair.name, error))
        progress.advance(pair.name)
    problems = sorted([*failed, *([] if options.allow_missing else found.missing)], key=lambda problem: problem[0])
    if not good and not problems:
        which = " and ".join(folder.as_posix() for folder in options.folders)
        raise NothingToDo(f"{which}: no pair of images that differ; there is nothing to vote on")
    key = _draw_lots(good, names, options.seed)
    reduced = _write(good, key, options, progress) if good else {}
    return Votes(
        key,
        options.key_file,
        options.out / ANSWERS,
        options.out / PAGE,
        alike,
        reduced,
        sorted(str(error) for _, error in found.missing) if options.allow_missing else [],
        problems,
    )


def _draw_lots(pairs: Sequence[PairFiles], names: tuple[str, str], seed: int) -> VoteKey:
    rng = np.random.default_rng(seed)
    sides = rng.permutation((np.arange(len(pairs)) + rng.integers(2)) % 2)
    drawn = []
    for number, (pair, side) in enumerate(zip(pairs, sides, strict=True), start=1):
        one, other = (SourceFile(path.as_posix(), sha256_of(path)) for path in pair.results)
        drawn.append(BallotPair(number, pair.name, int(side), (one, other)))
    return VoteKey(names, seed, tuple(drawn))


def _write(pairs: Sequence[PairFiles], key: VoteKey, options: VoteOptions, progress: Progress) -> dict[str, float]:
    """Write everything, the key first, since sheets without one are of no use, and give `Votes.reduced`."""
    before = read_key(options.key_file) if options.key_file.exists() else key
    write_text(options.key_file, key.to_json())
    reduced = {}
    names = set()
    for pair, drawn in zip(pairs, key.pairs, strict=True):
        images = read_pair(pair, options.polarity)
        sheet = key.sheet(drawn.number)
        if images.scale < 1:
            reduced[sheet] = images.scale
        heading = sheet if images.scale == 1 else f"{sheet}   reduced to {images.scale:.0%}"
        names.add(f"{sheet}.png")
        write_rgb(options.out / f"{sheet}.png", draw_sheet(list(images.titled(drawn.first)), heading))
        progress.advance(pair.name)
    for former in before.pairs:  # a vote that is overwritten may have had more sheets
        if (name := f"{before.sheet(former.number)}.png") not in names:
            (options.out / name).unlink(missing_ok=True)
    write_text(options.out / ANSWERS, blank(key))
    write_vote_page(options.out / PAGE, key, reduced)
    return reduced
