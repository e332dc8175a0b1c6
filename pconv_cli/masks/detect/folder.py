"""Finding the damage of a folder of images: which mask goes where, in how many processes, and what came of it."""

from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from pconv_cli.cores import usable_cores
from pconv_cli.errors import FileError, Interrupted, NothingToDo, PconvError, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.decoding import decoding
from pconv_cli.files.finding.find import check_apart, find_images, left_out_words, real, relative_name
from pconv_cli.files.finding.partners import mask_names
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.tiff.windowed import is_scan
from pconv_cli.masks.detect.detection import LOSSES, Search
from pconv_cli.masks.detect.image import Detected, SearchJob, last_pages, search_one
from pconv_cli.masks.detect.learned import WIDEST
from pconv_cli.masks.places import names_mask
from pconv_cli.masks.ratios import MOSTLY_HOLE
from pconv_cli.masks.workers import each
from pconv_cli.progress import Progress, Silent
from pconv_cli.wording import failed_json, first_few

FEW = 4
"""Up to this number of images, starting processes takes longer than searching them here."""


@dataclass(frozen=True)
class DetectOptions:
    """Where to look, what for, and where to write.

    Attributes:
        source: A folder of images, or one image.
        out: The folder to write masks to; with one image also a file named .png (.tif for a huge scan).
        search: What to look for.
        overlay: A folder for images with the mask's outline drawn on them; None: none are drawn.
        workers: Processes; None: one for few images, otherwise one a core.
        overwrite: Replace masks that exist; otherwise they are kept.
    """

    source: Path
    out: Path
    search: Search
    overlay: Path | None = None
    workers: int | None = None
    overwrite: bool = False


@dataclass
class DetectReport:
    """What became of it; ``exit_code`` is the status with which a command should end."""

    out: Path
    found: list[Detected] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some images could not be read, or their masks written."""
        return FileError.exit_code if self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "found": [asdict(one) for one in self.found],
            "failed": failed_json(self.failed),
            "warnings": self.warnings,
            "exit_code": self.exit_code,
        }


def detect_masks(options: DetectOptions, progress: Progress | None = None) -> DetectReport:
    """Find the damage of a folder of images, or of one, and write masks that `pconv inpaint` pairs with them.

    Args:
        options: Where to look, what for, and where to write.
        progress: Hears how far the work is.

    Returns:
        What was found in each image, and what failed; one bad file does not stop the rest.

    Raises:
        UsageError: Options that do not fit together, no such source, or an output inside the folder that is read.
        NothingToDo: The folder holds no image.
        OutputError: A folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; masks that were written are whole, and the next run goes on from there.
    """
    progress = progress or Silent()
    _check(options)
    images = find_images(options.source)
    if not images:
        raise NothingToDo(f"{options.source}: no image found; give a folder of images, or one image")
    for words in left_out_words(options.source):
        progress.warn(words)
    report = DetectReport(options.out)
    jobs = _jobs(images, options, report)
    to_file = options.source.is_file() and bool(jobs) and jobs[0].mask == options.out
    for folder in (options.out.parent if to_file else options.out, options.overlay):
        if folder is not None:
            ensure_writable_folder(folder)
    progress.start(len(jobs) + len(report.failed), "images")
    for name, problem in report.failed:
        progress.advance(name, problem)
    workers = options.workers or (1 if len(jobs) <= FEW else usable_cores())
    # Another process has nobody to report its windows to.
    stage = progress.stage if min(workers, len(jobs)) <= 1 else None
    work = partial(search_one, search=options.search, overwrite=options.overwrite, report=stage)

    failures: dict[SearchJob, str] = {}

    def take(job: SearchJob, outcome: Detected | PconvError) -> None:
        if isinstance(outcome, PconvError):
            failures[job] = str(outcome).removeprefix(f"{job.image}: ")
            progress.advance(job.label, failures[job])
        else:
            report.found.append(outcome)
            progress.advance(job.label)

    try:
        each(work, jobs, workers, take)
    except KeyboardInterrupt as error:
        done = f"{len(report.found)} of {len(jobs)} images searched, their masks whole in {options.out}"
        raise Interrupted(f"{done}; the same command without {option('overwrite')} goes on from there") from error
    finally:
        last_pages.close()
    places = {job.label: number for number, job in enumerate(jobs)}
    report.found.sort(key=lambda one: places[one.label])
    report.failed += [_failure(job, failures[job]) for job in jobs if job in failures]
    report.failed.sort(key=lambda one: one[0])  # pages stay in order
    _warn(report, options.search, progress)
    return report


def _check(options: DetectOptions) -> None:
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"{option('workers')} {options.workers}: give at least 1")
    for name, folder in ((option("out"), options.out), (option("overlay"), options.overlay)):
        if folder is not None and options.source.is_dir():
            if folder.is_file():
                raise UsageError(f"{name} {folder}: is a file, and the input is a folder; choose a folder")
            check_apart(options.source, folder, "images", name)
    if options.overlay is not None:
        out, overlay = real(options.out), real(options.overlay)
        if overlay == out or out in overlay.parents:
            raise UsageError(
                f"{option('overlay')} {options.overlay}: lies in the folder of the masks; choose a folder beside it"
            )


def _jobs(images: list[Path], options: DetectOptions, report: DetectReport) -> list[SearchJob]:
    """Give each image, or page, its mask and overlay; one whose mask's name is taken already is a failure."""
    names = {relative_name(path, options.source): path for path in images}
    taken: dict[str, str] = {}
    jobs = []
    for name, file in mask_names(list(names)).items():
        path = names[name]
        try:
            with one_file(path):
                scan = is_scan(path)
                pages = 1 if scan else _pages(path)
        except FileError as error:
            report.failed.append((name, str(error).removeprefix(f"{path}: ")))
            continue
        paged = [(_of_page(name, number, pages), number - 1) for number in range(1, pages + 1)]
        for mask, page in paged if pages > 1 else [(file, None)]:
            job = SearchJob(name, path, *_places(path, mask, options, scan, pages), scan, page)
            first = taken.setdefault(mask, job.label)
            if first != job.label:
                reason = f"its mask would be {mask}, like that of {first}; rename one of them"
                report.failed.append(_failure(job, reason))
                continue
            jobs.append(job)
    return jobs


def _failure(job: SearchJob, reason: str) -> tuple[str, str]:
    """Give the name of an image, and what went wrong with it or one of its pages."""
    return job.name, reason if job.page is None else f"page {job.page + 1}: {reason}"


def _pages(path: Path) -> int:
    """How many pages a file has that are images of their own."""
    if not is_tiff(path):
        return 1
    from pconv_cli.files.tiff.pages import page_sizes  # tifffile is loaded where there is a TIFF

    with decoding(path):
        return len(page_sizes(path)) or 1


def _of_page(name: str, number: int, pages: int) -> str:
    """Name the mask of a page so that `pconv_cli.files.finding.paging` finds it: ``book_page03.png``."""
    return f"{PurePosixPath(name).with_suffix('')}_page{number:0{len(str(pages))}}.png"


def _places(path: Path, file: str, options: DetectOptions, scan: bool, pages: int) -> tuple[Path, Path | None]:
    """Say where a mask goes, which is called ``file`` in a folder of masks, and where its overlay goes.

    Raises:
        UsageError: That is the image itself, or one file for the masks of several pages.
    """
    named = options.source.is_file() and (
        names_mask(options.out, ["TIFF"], "masks of so large a scan") if scan else names_mask(options.out, ["PNG"])
    )
    if named and pages > 1:
        raise UsageError(f"{option('out')} {options.out}: is one file, and {path} has {pages} pages; name a folder")
    mask = options.out if named else (options.out / file).with_suffix(".tif" if scan else ".png")
    overlay = None if options.overlay is None else options.overlay / file
    if any(place is not None and real(place) == real(path) for place in (mask, overlay)):
        raise UsageError(f"{mask if mask.exists() else overlay}: is the image itself; choose another folder")
    return mask, overlay


def _warn(report: DetectReport, search: Search, progress: Progress) -> None:
    """Say in which images nothing was found, and in which so much that it can hardly be meant."""
    nothing = [one.label for one in report.found if one.areas == 0]
    too_much = [one.label for one in report.found if one.hole_ratio > MOSTLY_HOLE]
    less_strict = "be less strict"
    if search.methods and not search.rules:
        less_strict = f"give a lower {option('certainty')}, or try {option('rules')}"
        if set(search.methods) - LOSSES:
            less_strict += f" with {option('width')} for lines wider than {WIDEST} px"
    for names, what in (
        (nothing, f"nothing found; look for another colour or kind of damage, or {less_strict}"),
        (too_much, f"more than {100 * MOSTLY_HOLE:.0f} % found; be stricter (see {option('overlay')})"),
    ):
        if names:
            report.warnings.append(f"{first_few(names)}: {what}")
            progress.warn(report.warnings[-1])
