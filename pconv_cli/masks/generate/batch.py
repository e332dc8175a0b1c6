"""Drawing a folder of masks: which mask goes where, in how many processes, and what is written about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.arguments import ChoiceField, OptionalPathField, PathField, check_kinds, takes_options
from pconv_cli.cores import usable_cores
from pconv_cli.errors import FileError, Interrupted, MaskError, NothingToDo, PconvError, UsageError, one_file, option
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.decoding import check_size
from pconv_cli.files.finding.find import check_apart, check_spares, find_images, relative_name
from pconv_cli.files.finding.partners import mask_names
from pconv_cli.files.images import read_size
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.masks.generate.drawing import can_draw, draw_mask
from pconv_cli.masks.generate.manifest import MANIFEST, MaskManifest, MaskRecord
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import RATIO_CLASSES, Ratio, Size
from pconv_cli.masks.workers import each
from pconv_cli.progress import Progress, Silent

DEFAULT_COUNT = 60
DEFAULT_SIZE: Size = (512, 512)

MAX_COUNT = 1_000_000
"""The most masks of one run: all are planned before the first is drawn, and listed in memory."""

FEW = 200
"""Up to this number of masks, starting processes takes longer than drawing them here."""


@dataclass(frozen=True)
class GenerateOptions:
    """What to draw and where to.

    Attributes:
        kind: The type of mask.
        out: Folder for the masks and their manifest.
        count: How many masks; None: 60. With ``like``, the images say how many, and this stays None.
        size: (height, width); None: 512 x 512. With ``like``, the images say the sizes, and this stays None.
        ratio: (low, high] that every mask's hole ratio lies in; None: the six classes in turn, those within reach.
        border: False keeps holes out of the border zone, True lets them lie anywhere; None: True where a ratio is
            given, otherwise both in turn, so that a set holds all twelve kinds in which the paper reports its results
            (sizes too small or narrow to keep holes from the border: True).
        seed: With the same seed and options, mask number i is the same, byte for byte.
        like: Folder of images, each of which gets a mask of its size and name.
        workers: Processes; None: one for few masks, otherwise one a core.
        overwrite: Replace masks that exist; otherwise they are kept.

    Example:
        >>> GenerateOptions("shapes", "masks", count=12, size=(256, 384)).kind
        <MaskKind.SHAPES: 'shapes'>
    """

    kind: ChoiceField[MaskKind] = ChoiceField(MaskKind)
    out: PathField = PathField(Path("masks"))
    count: int | None = None
    size: Size | None = None
    ratio: Ratio | None = None
    border: bool | None = None
    seed: int = 0
    like: OptionalPathField = OptionalPathField()
    workers: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)


@dataclass
class GenerateReport:
    """What became of it; ``exit_code`` is the status with which a command should end."""

    out: Path
    drawn: int = 0
    kept: int = 0
    sizes: set[Size] = field(default_factory=set)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some masks could not be drawn or written."""
        return FileError.exit_code if self.failed else 0


@dataclass(frozen=True)
class _DrawJob:
    """One mask to draw; small, so that it travels to another process."""

    file: str
    index: int
    size: Size
    ratio: Ratio
    kind: MaskKind
    border: bool
    seed: int


@takes_options(GenerateOptions)
def generate_masks(options: GenerateOptions, progress: Progress | None = None) -> GenerateReport:
    """Draw masks into a folder, with a manifest that says what each one is.

    Masks that exist are kept and counted, so an interrupted run goes on where it stopped.

    Args:
        options: What to draw, as one object; or its values themselves, as in the example.
        progress: Hears how far the work is.

    Returns:
        What was drawn, kept and failed; one mask that fails does not stop the rest.

    Raises:
        UsageError: Options that do not fit together, a ratio out of reach, or a folder of masks from other options.
        NothingToDo: There is no image in ``options.like``.
        OutputError: The folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; what was drawn is whole, and the next run goes on from there.

    Example:
        >>> report = generate_masks("cracks", "masks", count=3, size=(64, 96), ratio=(0.1, 0.2), seed=7)
        >>> report.drawn, report.exit_code
        (3, 0)
    """
    progress = progress or Silent()
    _check(options)
    report = GenerateReport(options.out)
    jobs = list(_like_jobs(options, report) if options.like is not None else _counted_jobs(options))
    manifest = MaskManifest.open(options.out / MANIFEST, _decisive(options), replace=options.overwrite)
    ensure_writable_folder(options.out)
    progress.start(len(jobs) + len(report.failed), "masks")
    for name, problem in report.failed:
        progress.advance(name, problem)
    listed = len(manifest.records)
    todo = _not_kept(jobs, options, manifest, report, progress)
    if todo or len(manifest.records) > listed:
        manifest.save()  # before any is drawn, so that a run cut short knows its own masks from others

    def take(job: _DrawJob, outcome: MaskRecord | PconvError) -> None:
        if isinstance(outcome, PconvError):
            report.failed.append((job.file, str(outcome)))
            progress.advance(job.file, str(outcome))
        else:
            manifest.add(outcome)
            report.drawn += 1
            progress.advance(job.file)

    workers = options.workers or (1 if len(todo) <= FEW else usable_cores())
    try:
        each(partial(_draw_and_write, options.out), todo, workers, take)
    except KeyboardInterrupt as error:
        done = f"{report.drawn} of {len(todo)} masks drawn and whole in {options.out}"
        raise Interrupted(f"{done}; the same command without {option('overwrite')} goes on from there") from error
    finally:
        if todo:
            manifest.save()
    return report


def _not_kept(
    jobs: Sequence[_DrawJob],
    options: GenerateOptions,
    manifest: MaskManifest,
    report: GenerateReport,
    progress: Progress,
) -> list[_DrawJob]:
    """Keep the masks that are there already, and give those that are to be drawn."""
    todo = []
    for job in jobs:
        report.sizes.add(job.size)
        exists = (options.out / job.file).exists()
        if exists and not options.overwrite and job.file not in manifest.stale:
            report.kept += 1
            manifest.keep(job.file, partial(_read_back, options.out, job))
            progress.advance(job.file)
        else:
            todo.append(job)
            manifest.stale |= {job.file} if exists else set()
    return todo


def _check(options: GenerateOptions) -> None:
    if options.like is not None and (options.count is not None or options.size is not None):
        raise UsageError(
            f"{option('like')} takes number and sizes from the images: leave out {option('count')} and {option('size')}"
        )
    if options.count is not None and options.count < 1:
        raise UsageError(f"{option('count')} {options.count}: ask for at least one mask")
    if options.count is not None and options.count > MAX_COUNT:
        raise UsageError(
            f"{option('count')} {options.count}: at most {MAX_COUNT} masks are drawn in one run; ask for fewer"
        )
    if options.size is not None and options.size[0] * options.size[1] > MAX_PIXELS:
        shown = f"{options.size[1]}x{options.size[0]}"
        raise UsageError(
            f"{option('size')} {shown}: at most {MAX_PIXELS // 1_000_000} million pixels are drawn; ask for less"
        )
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"{option('workers')} {options.workers}: give at least 1")
    if options.seed < 0:
        raise UsageError(f"{option('seed')} {options.seed}: give 0 or a positive number")
    if options.like is not None:
        check_apart(options.like, options.out, "images")
    else:
        # One mask drawn and thrown away: options that cannot work end here, before any folder is made.
        first = next(_counted_jobs(options))
        draw_mask(first.kind, first.size, np.random.default_rng(0), ratio=first.ratio, border=first.border)


def _decisive(options: GenerateOptions) -> dict[str, Any]:
    """Give the options that decide what mask number i looks like, as JSON has them, without their number."""
    size = None if options.like is not None else options.size or DEFAULT_SIZE
    return {
        "kind": str(options.kind),
        "size": None if size is None else f"{size[1]}x{size[0]}",
        "ratio": None if options.ratio is None else list(options.ratio),
        "border": options.border,
        "seed": options.seed,
        "like": None if options.like is None else options.like.as_posix(),
    }


def _counted_jobs(options: GenerateOptions) -> Iterator[_DrawJob]:
    size = options.size or DEFAULT_SIZE
    for index in range(options.count or DEFAULT_COUNT):
        yield _job(f"{options.kind}_{index:05d}.png", index, size, options)


def _like_jobs(options: GenerateOptions, report: GenerateReport) -> Iterator[_DrawJob]:
    """Plan one mask for each image; an image that cannot be read, or whose mask's name is taken, is a failure."""
    assert options.like is not None
    images = find_images(options.like)
    if not images:
        raise NothingToDo(f"{options.like}: no image found; give a folder that holds images to {option('like')}")
    taken: dict[str, str] = {}
    files = mask_names([relative_name(image, options.like) for image in images])
    for index, (image, (name, file)) in enumerate(zip(images, files.items(), strict=True)):
        check_spares(options.out / file, image)
        try:
            if file in taken:
                raise FileError(f"{image}: its mask would be {file}, like that of {taken[file]}; rename one of them")
            with one_file(image):
                size = read_size(image)
                check_size(image, size)  # a scan may be larger than what is drawn
        except FileError as error:
            report.failed.append((name, str(error).removeprefix(f"{image}: ")))
            continue
        taken[file] = name
        yield _job(file, index, size, options)


def _job(file: str, index: int, size: Size, options: GenerateOptions) -> _DrawJob:
    """Plan mask number ``index``: the ratio and border asked for, or the next in turn."""
    ratio, border = options.ratio, options.border
    if border is None:
        border = ratio is not None or (index // len(RATIO_CLASSES)) % 2 == 0
    if ratio is None:
        classes = _classes(options.kind, size, border)
        if not classes and options.border is None:  # too small or narrow to keep clear of the edge
            border, classes = True, _classes(options.kind, size, True)
        ratio = classes[index % len(classes)] if classes else RATIO_CLASSES[0]  # drawing says why it cannot be
    return _DrawJob(file, index, size, ratio, options.kind, border, options.seed)


@cache  # a set of masks has few sizes
def _classes(kind: MaskKind, size: Size, border: bool) -> list[Ratio]:
    return [ratio for ratio in RATIO_CLASSES if can_draw(kind, size, ratio=ratio, border=border)]


def _draw_and_write(out: Path, job: _DrawJob) -> MaskRecord | PconvError:
    rng = np.random.default_rng([job.seed, job.index])
    try:
        with one_file(out / job.file):
            mask = draw_mask(job.kind, job.size, rng, ratio=job.ratio, border=job.border)
            record = MaskRecord.of(mask, job.file, job.kind, (job.seed, job.index))
            # And nothing after it, so that what is there when a run is cut short is counted.
            write_mask(out / job.file, mask)
    except PconvError as error:
        return type(error)(str(error).removeprefix(f"{out / job.file}: "))
    return record


def _read_back(out: Path, job: _DrawJob) -> MaskRecord:
    """Describe a mask that an interrupted run wrote, or raise where no run of these options did."""
    with one_file(out / job.file):
        mask = read_mask(out / job.file)
    if mask.shape != job.size:
        raise MaskError(f"{out / job.file}: is of another size than this run draws")
    return MaskRecord.of(mask, job.file, job.kind, (job.seed, job.index))
