"""Where restored images go: a mirrored tree, in their own format or another, and never onto what is read."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from pconv_cli.errors import FileError, OutputError, UsageError, option
from pconv_cli.files.finding.find import real
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import (
    READ_ONLY_SUFFIXES,
    SUFFIXES,
    ImageFormat,
    format_of_name,
    is_read_only,
    names_a_file,
)
from pconv_cli.files.retouch.names import COPY, LAYER, MAP, every_extra_path
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.pages.page import is_page

PAGE_KIND = "pconv inpaint"
"""What the page of a run calls itself, so that no other file is replaced by one."""


@dataclass(frozen=True)
class RestoreJob:
    """A pair, the file to write, and its format (None: the image's own).

    Attributes:
        extras: Files beside the target that earlier runs made, by the manifest.
    """

    pair: Pair
    target: Path
    format: ImageFormat | None
    extras: frozenset[Path] = frozenset()

    def output_name(self, out: Path) -> str:
        """Give the name of the target in the manifest of a folder: its POSIX path below that."""
        return self.target.relative_to(out).as_posix()


def claimed(job: RestoreJob, options: InpaintOptions) -> list[Path]:
    """List what a run may write beside an output and is no one else's: not there yet, or an earlier run's."""
    return [place for place in _asked(job, options) if place in job.extras or not place.exists()]


def unlisted(job: RestoreJob, options: InpaintOptions) -> list[Path]:
    """List the files beside an output that may be of its old fill, and stay as they are: no manifest names them."""
    places = set(every_extra_path(job.target)).difference(job.extras, _asked(job, options))
    return sorted(place for place in places if place.is_file())


def check_extras(job: RestoreJob, options: InpaintOptions) -> None:
    """Check that no file that is to be written beside an output would replace one that no run has made.

    Raises:
        OutputError: One would, and ``options.overwrite`` is not set.
    """
    others = set() if options.overwrite else set(_asked(job, options)).difference(claimed(job, options))
    if others:
        raise OutputError(
            f"{min(others)}: is there already, and in no manifest; move it away ({option('overwrite')} replaces it)"
        )


def check_page_place(place: Path) -> None:
    """Check that a page can be written to a place; an earlier page of this kind there is replaced.

    Raises:
        UsageError: It does not have the name of an HTML file, or another file is there already.
    """
    if place.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{option('report')} {place}: name an HTML file, such as report.html")
    if place.exists() and not is_page(place, PAGE_KIND):
        raise UsageError(f"{option('report')} {place}: another file is there already; give another name")


def plan_targets(
    pairs: Sequence[Pair], images: Path, out: Path, kind: ImageFormat | None, others: Sequence[str] = ()
) -> tuple[list[RestoreJob], list[tuple[str, FileError]]]:
    """Give every pair its output file.

    Args:
        pairs: The images and their masks.
        images: Where the images were found: a folder, or one file.
        out: A folder; for one image also a file, whose suffix then gives the format.
        kind: The format to write; None: each image's own.
        others: Names of the images that cannot be done now. Their outputs keep their names free, so that no name
            changes once they can.

    Returns:
        The jobs, and the pairs that cannot be written: their outputs would fall together, or a folder stands in the
        place of one; each with its error.

    Raises:
        UsageError: The file's suffix is of no format that is written, or it and ``kind`` disagree, or an output is an
            image or mask that is read.
    """
    named = format_of_name(out)
    if images.is_file() and not named and names_a_file(out):
        known = ", ".join(suffixes[0] for suffixes in SUFFIXES.values())
        raise UsageError(f"{option('out')} {out}: cannot write {out.suffix}; use {known}, or name a folder")
    if images.is_file() and named and not out.is_dir():
        if kind not in (None, named):
            raise UsageError(
                f"{option('format')} {kind}: does not go with {option('out')} {out}; leave one of them out"
            )
        # A name with a suffix of the image's own kind keeps the file's real format, whatever it is.
        same = format_of_name(images) is named and not is_read_only(images)
        jobs = [RestoreJob(pair, out, kind if same else named) for pair in pairs]
        outputs = {}
    else:
        read_only = {pair.name for pair in pairs if is_read_only(pair.image)}
        outputs = output_names([*(pair.name for pair in pairs), *others], out, kind, read_only)
        jobs = [RestoreJob(pair, out / outputs[pair.name], kind) for pair in pairs]
    read = {real(path) for pair in pairs for path in (pair.image, *pair.masks)}
    inside = real(images)  # where the images lie that have no mask, too
    for job in jobs:
        place = real(job.target)
        if read.intersection((place, *every_extra_path(place))) or inside in place.parents:
            raise UsageError(
                f"{option('out')} {out}: {job.target} would replace a file that is read; choose another place"
            )
    return _apart(jobs, outputs, out, kind)


def folded(name: str) -> str:
    """Strip a name of what some file systems ignore: capitals, and how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_one_file(folder: Path, name: str, other: str) -> bool:
    """Find by trial whether two names are one file in a folder, which need not exist yet; leave nothing behind."""
    place = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    try:
        with TemporaryDirectory(prefix=".pconv-", dir=place, ignore_cleanup_errors=True) as probe:
            path = Path(probe, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            return Path(probe, other).exists()
    except OSError:  # that the folder cannot be written is reported where it is
        return False


def output_names(
    names: Sequence[str], out: Path, kind: ImageFormat | None, read_only: Collection[str] = ()
) -> dict[str, str]:
    """Name the outputs of images; of ``a.jpg`` and ``a.png`` written as PNG, the former becomes ``a.jpg.png``.

    Args:
        names: The images' names, POSIX paths below their folder.
        out: The folder to write to.
        kind: The format to write; None: each image's own.
        read_only: Those of the names whose content is of a format that is not written, whatever their suffix says.

    Returns:
        POSIX paths below ``out``, by name.
    """
    tiff = ImageFormat.TIFF  # as which they are written
    plain = {name: _output_name(name, kind or (tiff if name in read_only else None)) for name in names}
    first = _first_of_each(plain.values(), out)
    wanted = Counter(first[output] for output in plain.values())
    suffix = SUFFIXES[kind or ImageFormat.TIFF][0]
    return {
        name: f"{name}{suffix}" if wanted[first[output]] > 1 and output != name else output
        for name, output in plain.items()
    }


def _asked(job: RestoreJob, options: InpaintOptions) -> list[Path]:
    """List the names of what a run writes beside an output, as PNG or as TIFF."""
    asked = {LAYER: options.retouch is not None, COPY: options.show is not None, MAP: options.confidence}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    return every_extra_path(job.target, kinds)


def _first_of_each(outputs: Iterable[str], out: Path) -> dict[str, str]:
    """By output the first one that is the same file in the folder; mostly itself."""
    alike: dict[str, list[str]] = defaultdict(list)
    found: dict[str, str] = {}
    for output in dict.fromkeys(outputs):
        firsts = alike[folded(output)]
        found[output] = next((first for first in firsts if is_one_file(out, first, output)), output)
        if found[output] == output:
            firsts.append(output)
    return found


def _output_name(name: str, kind: ImageFormat | None) -> str:
    path = PurePosixPath(name)
    if kind is None and path.suffix.lower() in READ_ONLY_SUFFIXES:
        kind = ImageFormat.TIFF  # as which they are written
    if kind is None or format_of_name(Path(name)) is kind:
        return name
    return str(path.with_suffix(SUFFIXES[kind][0]))


def _apart(
    jobs: Sequence[RestoreJob], outputs: Mapping[str, str], out: Path, kind: ImageFormat | None
) -> tuple[list[RestoreJob], list[tuple[str, FileError]]]:
    """Set aside the jobs that would write the same file as another image, or onto a folder."""
    beside = {place: job.pair.name for job in jobs for place in every_extra_path(job.target)}
    first = _first_of_each(outputs.values(), out)
    rivals: dict[str, list[str]] = defaultdict(list)
    for name in sorted(outputs):
        rivals[first[outputs[name]]].append(name)
    kept: list[RestoreJob] = []
    problems: list[tuple[str, FileError]] = []
    for job in jobs:
        name, target = job.pair.name, job.target
        same = rivals[first[outputs[name]]] if outputs else [name]
        if len(same) > 1:
            spelt = len({outputs[rival] for rival in same}) > 1
            why = " (names that this folder takes for one)" if spelt else ""
            remedy = "rename one of them" + (f", or leave out {option('format')}" if kind else "")
            problems.append((name, OutputError(f"{target}: would be the output of {', '.join(same)}{why}; {remedy}")))
        elif target in beside:
            why = f"is named as a file beside the output of {beside[target]}; rename it"
            problems.append((name, OutputError(f"{target}: {why}")))
        elif target.is_dir():
            error = OutputError(
                f"{target}: a folder stands in its place; move it away, or choose another {option('out')}"
            )
            problems.append((name, error))
        elif target.exists() and not target.is_file():
            error = OutputError(
                f"{target}: a pipe or a device is in its place; move it away, or choose another {option('out')}"
            )
            problems.append((name, error))
        else:
            kept.append(job)
    return kept, problems
