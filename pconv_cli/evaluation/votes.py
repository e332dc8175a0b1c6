"""Two folders of results as pairs to vote on: the sides by lot, so that a judge does not know which is which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import FileError, NothingToDo, PictureError, UsageError, one_file, option
from pconv_cli.evaluation.ballots import Key, Pair, blank, has_answers, read_key
from pconv_cli.evaluation.evaluator import alone
from pconv_cli.evaluation.reports import write_text
from pconv_cli.evaluation.rows import Source
from pconv_cli.evaluation.vote_page import KIND as PAGE_KIND
from pconv_cli.evaluation.vote_page import write_vote_page
from pconv_cli.evaluation.vote_sheets import draw_sheet
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.find import check_apart, find_pictures, relative_name
from pconv_cli.files.masks import read_mask
from pconv_cli.files.pairing import find_partners, pair_with_masks
from pconv_cli.files.pictures import Picture, read_picture, write_rgb
from pconv_cli.files.polarity import Polarity
from pconv_cli.files.previews import Looks, Rgb8, shown, shown_hole
from pconv_cli.files.ranges import SampleRange
from pconv_cli.pages.page import is_page
from pconv_cli.progress import Progress, Silent

LONGEST = 2048
"""The longest side of an image on a sheet; larger ones are reduced."""

ANSWERS = "answers.txt"
PAGE = "vote.html"

_GREY = 128


@dataclass(frozen=True)
class VoteOptions:
    """What to vote on.

    Attributes:
        folders: The two folders of results.
        out: Where sheets, page and the file of answers go.
        key: The file of the key, outside of ``out``; None: ``OUT-key.json`` beside it.
        names: What the folders are called; none: as their paths.
        truth: A folder of the true images, to be shown too.
        masks: A folder of masks, or one for all, by which the damaged image is shown too.
        polarity: Which colour of a mask file is the hole.
        seed: Of the lot; not negative.
        allow_missing: Whether an image that only one folder has is left out instead of failing.
        overwrite: Whether sheets and a key that are there may be replaced; answers never are.
    """

    folders: tuple[Path, ...]
    out: Path
    key: Path | None = None
    names: tuple[str, ...] = ()
    truth: Path | None = None
    masks: Path | None = None
    polarity: Polarity = Polarity.WHITE
    seed: int = 0
    allow_missing: bool = False
    overwrite: bool = False


@dataclass(frozen=True)
class Votes:
    """What came of it.

    Attributes:
        key: The key, as it was written.
        key_file: Where it is.
        answers_file: The file to fill in.
        page_file: The page to vote on.
        alike: The images that look the same in both folders, and have no sheet.
        reduced: The sheets whose images are reduced, and to what share of their side.
        missing: What has no partner and, as was allowed, has no sheet: a line each.
        problems: Name and error of everything else without a sheet.
    """

    key: Key
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


@dataclass(frozen=True)
class _Job:
    """One image of two folders, with what is shown beside it."""

    name: str
    files: tuple[Path, Path]
    truth: Path | None
    mask: Path | None


def key_beside(folder: Path) -> Path:
    """The key of a folder of sheets, where no other place is named: beside the folder, and not in it."""
    whole = folder.absolute()
    return whole.parent.resolve() / f"{whole.name or 'sheets'}-key.json"


def make_votes(options: VoteOptions, progress: Progress | None = None) -> Votes:
    """Write a sheet for every pair, a page and a file to answer on, and the key.

    Images are paired by relative path and stem. The sides are by lot: in half of the pairs, chosen by the seed, the
    first folder is A, so that whoever always says A prefers neither. Pairs that look the same have no sheet.

    Args:
        options: What to vote on.
        progress: Told of every pair, once when it is read and once when its sheet is written.

    Returns:
        What was written; without a good pair nothing is, and the key is empty.

    Raises:
        UsageError: A path does not exist or lies where it may not, or something is there already.
        NothingToDo: There is no pair, or none that differs.
        OutputError: A file cannot be written.
    """
    progress = progress or Silent()
    names = _check(options)
    jobs, failed, missing = _pair_up(options)
    progress.start(2 * len(jobs), "images")
    good: list[_Job] = []
    alike: list[str] = []
    for job in jobs:
        try:
            with one_file(job.name):
                views = _look(job, options.polarity)
            if np.array_equal(*views.results):
                alike.append(job.name)
            else:
                good.append(job)
        except FileError as error:
            failed.append((job.name, error))
        progress.advance(job.name)
    problems = sorted([*failed, *([] if options.allow_missing else missing)], key=lambda problem: problem[0])
    if not good and not problems:
        which = " and ".join(folder.as_posix() for folder in options.folders)
        raise NothingToDo(f"{which}: no pair of images that differ; there is nothing to vote on")
    key = _draw_lots(good, names, options.seed)
    reduced = _write(good, key, options, progress) if good else {}
    return Votes(
        key,
        options.key or key_beside(options.out),
        options.out / ANSWERS,
        options.out / PAGE,
        alike,
        reduced,
        sorted(str(error) for _, error in missing) if options.allow_missing else [],
        problems,
    )


def _check(options: VoteOptions) -> tuple[str, str]:
    """Check what can be checked before an image is read, and give the folders' names."""
    if len(options.folders) != 2 or not all(folder.is_dir() for folder in options.folders):
        given = " ".join(folder.as_posix() for folder in options.folders)
        raise UsageError(f"{given}: a vote is between two folders of results; name two that are there")
    first, second = options.folders
    if first.samefile(second):
        raise UsageError(f"{first} {second}: are one folder; name two")
    names = options.names or (first.as_posix(), second.as_posix())
    if len(names) != 2 or len(set(names)) < 2 or not all(names) or "=" in names:
        raise UsageError(f"{option('names')} {','.join(names)}: two folders need two names, neither of them empty or =")
    if options.seed < 0:
        raise UsageError(f"{option('seed')} {options.seed}: give 0 or more")
    if options.truth is not None and not options.truth.is_dir():
        raise UsageError(f"{options.truth}: there is no such folder of true images; check {option('truth')}")
    _check_places(options)
    return names[0], names[1]


def _check_places(options: VoteOptions) -> None:
    out, key = options.out, options.key or key_beside(options.out)
    for folder in (*options.folders, options.truth, options.masks):
        if folder is not None:
            check_apart(folder, out, "images", option("out"))
            check_apart(folder, key, "images", option("key"))
    if key.resolve().is_relative_to(out.resolve()):
        why = "lies among the sheets, where a judge would see it; choose another place"
        raise UsageError(f"{option('key')} {key}: {why}")
    if out.is_dir() and any(out.iterdir()) and not options.overwrite:
        remedy = f"give {option('overwrite')} or another folder"
        raise UsageError(f"{option('out')} {out}: holds files already; {remedy}")
    if out.is_dir() and any(out.iterdir()) and not (is_page(out / PAGE, PAGE_KIND) and key.exists()):
        why = f"holds files that are no vote with its key at {key}; name another folder"
        raise UsageError(f"{option('out')} {out}: {why}")
    if has_answers(out / ANSWERS):
        raise UsageError(f"{out / ANSWERS}: holds answers, which are never overwritten; move it away first")
    if key.exists() and not options.overwrite:
        remedy = f"give {option('overwrite')} or another {option('key')}"
        raise UsageError(f"{key}: is there already, as the key of other sheets; {remedy}")
    if key.exists():
        read_key(key)  # nothing else is replaced
    ensure_writable_folder(key.parent)
    ensure_writable_folder(out)


def _pair_up(options: VoteOptions) -> tuple[list[_Job], list[tuple[str, FileError]], list[tuple[str, FileError]]]:
    """The images of both folders with what is shown beside them; what fails; what is missing."""
    first, second = options.folders
    masks: dict[str, Path | None] = {}
    failed: dict[str, FileError] = {}
    missing: dict[str, FileError] = {}
    if options.masks is None:
        firsts = {relative_name(path, first): path for path in find_pictures(first)}
    else:
        pairing = pair_with_masks(first, options.masks)
        firsts = {pair.name: pair.picture for pair in pairing.pairs}
        masks = {pair.name: pair.mask for pair in pairing.pairs}
        for name, error in pairing.problems:
            (missing if name in pairing.missing else failed)[name] = error
    every = [*firsts, *failed, *missing]
    seconds = alone(find_partners(every, second, what="image", error=PictureError), second, "image")
    sources = [seconds]
    if options.truth is not None:
        sources.append(find_partners(every, options.truth, what="true image", error=PictureError))
    for partners in sources:
        for name, error in partners.problems:
            (missing if name in partners.missing else failed).setdefault(name, error)
    for path in seconds.extra:
        name = relative_name(path, second)
        missing.setdefault(name, PictureError(f"{name}: no image in {first} for this one of {second}; add one"))
    truths = sources[1].found if len(sources) > 1 else {}
    jobs = [
        _Job(name, (path, seconds.found[name]), truths.get(name), masks.get(name))
        for name, path in firsts.items()
        if name not in failed and name not in missing
    ]
    return jobs, list(failed.items()), list(missing.items())


@dataclass(frozen=True, eq=False)
class _Views:
    """A pair as it is looked at, ``(H, W, 3)`` each: the results, the truth, where the hole is; and the scale."""

    results: tuple[Rgb8, Rgb8]
    truth: Rgb8 | None
    hole: NDArray[np.bool_] | None
    scale: float

    def titled(self, first: int) -> Iterator[tuple[str, Rgb8]]:
        """What stands on the sheet where folder ``first`` is A."""
        one, other = self.results[first], self.results[1 - first]
        yield from (("A", one), ("B", other))
        if self.hole is not None:
            # Where the truth is not shown, all that is known of it is what surrounds the hole.
            known = one if self.truth is None else self.truth
            yield "damaged", np.where(self.hole[:, :, np.newaxis], np.uint8(_GREY), known)
        if self.truth is not None:
            yield "truth", self.truth


def _look(job: _Job, polarity: Polarity) -> _Views:
    """Read a pair.

    Raises:
        FileError: A file cannot be read, or its size is another.
    """
    one, other = (read_picture(path) for path in job.files)
    every = [one, other]
    if job.truth is not None:
        every.append(read_picture(job.truth))
    for path, picture in zip((*job.files, job.truth), every, strict=False):
        if picture.size != one.size:
            raise PictureError(f"{path}: {_size(picture)}, and {job.files[0]} is {_size(one)}; a pair has one size")
    views = [_shown(picture, _range_of(every, picture)) for picture in every]
    if len({view.shape for view in views}) > 1:
        raise PictureError(
            f"{job.files[1]}: is turned otherwise than {job.files[0]} (EXIF orientation); turn them alike"
        )
    hole = None
    if job.mask is not None:
        hole = shown_hole(~read_mask(job.mask, polarity=polarity), one.metadata.orientation, LONGEST)
    scale = min(1.0, LONGEST / max(one.size))
    return _Views((views[0], views[1]), views[2] if job.truth is not None else None, hole, scale)


def _range_of(every: Sequence[Picture], picture: Picture) -> SampleRange:
    """The range in which an image is shown: one for all of its type, so that no tone is changed beside another."""
    ranges = [one.range() for one in every if one.samples.dtype == picture.samples.dtype]
    return SampleRange(min(one.low for one in ranges), max(one.high for one in ranges))


def _shown(picture: Picture, within: SampleRange) -> Rgb8:
    looks = Looks(within.high, picture.metadata.orientation, picture.metadata.icc, black=within.low)
    return shown(picture.samples, looks, LONGEST)


def _draw_lots(jobs: Sequence[_Job], names: tuple[str, str], seed: int) -> Key:
    rng = np.random.default_rng(seed)
    sides = rng.permutation((np.arange(len(jobs)) + rng.integers(2)) % 2)
    pairs = []
    for number, (job, side) in enumerate(zip(jobs, sides, strict=True), start=1):
        one, other = (Source(path.as_posix(), sha256_of(path)) for path in job.files)
        pairs.append(Pair(number, job.name, int(side), (one, other)))
    return Key(names, seed, tuple(pairs))


def _write(jobs: Sequence[_Job], key: Key, options: VoteOptions, progress: Progress) -> dict[str, float]:
    """Write everything, the key first: sheets without one are of no use. What comes back is `Votes.reduced`."""
    key_file = options.key or key_beside(options.out)
    before = read_key(key_file) if key_file.exists() else key
    write_text(key_file, key.to_json())
    reduced = {}
    names = set()
    for job, pair in zip(jobs, key.pairs, strict=True):
        views = _look(job, options.polarity)
        sheet = key.sheet(pair.number)
        if views.scale < 1:
            reduced[sheet] = views.scale
        heading = sheet if views.scale == 1 else f"{sheet}   reduced to {views.scale:.0%}"
        names.add(f"{sheet}.png")
        write_rgb(options.out / f"{sheet}.png", draw_sheet(list(views.titled(pair.first)), heading))
        progress.advance(job.name)
    for pair in before.pairs:  # a vote that is overwritten may have had more sheets
        if (name := f"{before.sheet(pair.number)}.png") not in names:
            (options.out / name).unlink(missing_ok=True)
    write_text(options.out / ANSWERS, blank(key))
    write_vote_page(options.out / PAGE, key)
    return reduced


def _size(picture: Picture) -> str:
    return f"{picture.size[1]}x{picture.size[0]}"
