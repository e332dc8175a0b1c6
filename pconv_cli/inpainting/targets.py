"""Where restored pictures go: a mirrored tree, in their own format or another, and never onto what is read."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pconv_cli.errors import FileError, OutputError, UsageError
from pconv_cli.files.formats import SUFFIXES, PictureFormat, format_of_name, names_a_file
from pconv_cli.files.pairing import Pair
from pconv_cli.pages.page import is_page

PAGE_KIND = "pconv inpaint"
"""What the page of a run calls itself, so that no other file is replaced by one."""


@dataclass(frozen=True)
class Job:
    """A pair, the file to write, and its format (None: the picture's own)."""

    pair: Pair
    target: Path
    format: PictureFormat | None


def check_page_place(place: Path) -> None:
    """Check that a page can be written to a place; an earlier page of this kind there is replaced.

    Raises:
        UsageError: It is no HTML file by its name, or another file is there already.
    """
    if place.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--report {place}: name an HTML file, such as report.html")
    if place.exists() and not is_page(place, PAGE_KIND):
        raise UsageError(f"--report {place}: another file is there already; give another name")


def plan_targets(
    pairs: Sequence[Pair], pictures: Path, out: Path, kind: PictureFormat | None
) -> tuple[list[Job], list[tuple[str, FileError]]]:
    """Give every pair its output file.

    Args:
        pairs: The pictures and their masks.
        pictures: Where the pictures were found: a folder, or one file.
        out: A folder; for one picture also a file, whose suffix then tells the format.
        kind: The format to write; None: each picture's own.

    Returns:
        The jobs, and the pairs that cannot be written: their outputs would fall together, or a folder stands in the
        place of one; each with its error.

    Raises:
        UsageError: The file's suffix is of no format that is written, or it and ``kind`` disagree, or an output is a
            picture or mask that is read.
    """
    named = format_of_name(out)
    if pictures.is_file() and not named and names_a_file(out):
        known = ", ".join(suffixes[0] for suffixes in SUFFIXES.values())
        raise UsageError(f"--out {out}: cannot write {out.suffix}; use {known}, or name a folder")
    if pictures.is_file() and named and not out.is_dir():
        if kind not in (None, named):
            raise UsageError(f"--format {kind}: does not go with --out {out}; leave one of them out")
        # A name with a suffix of the picture's own kind keeps the file's real format, whatever it is.
        same = format_of_name(pictures) is named
        jobs = [Job(pair, out, kind if same else named) for pair in pairs]
    else:
        names = _output_names([pair.name for pair in pairs], kind)
        jobs = [Job(pair, out / name, kind) for pair, name in zip(pairs, names, strict=True)]
    read = {path.resolve() for pair in pairs for path in (pair.picture, pair.mask) if path}
    inside = pictures.resolve()  # where the pictures lie that have no mask, too
    for job in jobs:
        place = job.target.resolve()
        if place in read or inside in place.parents:
            raise UsageError(f"--out {out}: {job.target} would replace a file that is read; choose another place")
    return _apart(jobs)


def _output_names(names: Sequence[str], kind: PictureFormat | None) -> list[str]:
    """Name the outputs; of ``a.jpg`` and ``a.png`` written as PNG, the former becomes ``a.jpg.png``."""
    plain = [_output_name(name, kind) for name in names]
    wanted = Counter(plain)
    suffix = SUFFIXES[kind][0] if kind else ""
    return [
        f"{name}{suffix}" if wanted[output] > 1 and output != name else output
        for name, output in zip(names, plain, strict=True)
    ]


def _output_name(name: str, kind: PictureFormat | None) -> str:
    path = PurePosixPath(name)
    if kind is None or format_of_name(Path(name)) is kind:
        return name
    return str(path.with_suffix(SUFFIXES[kind][0]))


def _apart(jobs: Sequence[Job]) -> tuple[list[Job], list[tuple[str, FileError]]]:
    """Set aside the jobs that would write the same file, or onto a folder."""
    by_target: dict[Path, list[Job]] = defaultdict(list)
    for job in jobs:
        by_target[job.target].append(job)
    problems: list[tuple[str, FileError]] = []
    for target, rivals in by_target.items():
        if len(rivals) > 1:
            names = ", ".join(job.pair.name for job in rivals)
            error = OutputError(f"{target}: would be the output of {names}; rename one of them, or leave out --format")
            problems += [(job.pair.name, error) for job in rivals]
        elif target.is_dir():
            error = OutputError(f"{target}: a folder stands in its place; move it away, or choose another --out")
            problems.append((rivals[0].pair.name, error))
    failed = {name for name, _ in problems}
    return [job for job in jobs if job.pair.name not in failed], problems
