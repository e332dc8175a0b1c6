"""Several variants of the same images, which differ by the seed of their patches, and sheets to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter

from pconv_cli.arguments import PathField, takes_options
from pconv_cli.errors import FileError, UsageError, one_file, option
from pconv_cli.files.atomic import check_writable_folder, discard_leftovers
from pconv_cli.files.finding.find import check_apart
from pconv_cli.files.formats import ImageFormat, names_a_file
from pconv_cli.jobs.folder import restore_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.plan import plan_folder
from pconv_cli.jobs.planning.preview import Preview, preview_folder
from pconv_cli.jobs.planning.targets import RestoreJob, output_names
from pconv_cli.jobs.report.outcome import InpaintReport, RunInterrupted, VariantsReport, Warnings
from pconv_cli.jobs.variants.sheets import Variant, draw_sheet
from pconv_cli.methods.backends import Backends
from pconv_cli.progress import Progress, Silent

#: Variants at most: more do not fit on a sheet that can be looked at.
MOST = 16

#: The folder of the contact sheets.
SHEETS = "sheets"

# Bytes of the method's fills that are kept from one variant to the next.
_REMEMBERED = 256 << 20


@dataclass(frozen=True)
class VariantOptions(InpaintOptions):
    """What to inpaint in several variants, and how; what is not listed here is in `InpaintOptions`.

    Attributes:
        variants: How many variants, 2 to 16. Their seeds are ``seed``, ``seed + 1`` and so on.

    Raises:
        UsageError: A value lies outside its range, or two do not fit together.

    Example:
        >>> options = VariantOptions("in", "m", "out", variants=3, seed=5)
        >>> [(one.out.name, one.seed) for one in options.each()]
        [('variant-1', 5), ('variant-2', 6), ('variant-3', 7)]
    """

    # Again, as a type checker loses the descriptors' types in a subclass.
    images: PathField = PathField()
    out: PathField = PathField()
    variants: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        named = f"{option('variants')} {self.variants}"
        if not 2 <= self.variants <= MOST:
            raise UsageError(f"{named}: must lie between 2 and {MOST}")
        if self.seed + self.variants > 2**32:
            raise UsageError(f"{named}: {option('seed')} {self.seed} leaves no room for as many; give a smaller seed")
        if not self.varies:
            raise UsageError(f"{named}: has no meaning without patches; give {option('texture')} above 0")
        if self.shard is not None:
            raise UsageError(
                f"{named}: runs in one process, which draws the sheets; without it, run each part with another "
                f"{option('seed')} and {option('out')}"
            )
        if self.report is not None:
            raise UsageError(f"{named}: has contact sheets instead of a page; leave {option('report')} out")

    def each(self) -> Iterator[InpaintOptions]:
        """Give the options of each variant."""
        values = {one.name: getattr(self, one.name) for one in fields(InpaintOptions)}
        for number in range(self.variants):
            own = {"out": self.out / f"variant-{number + 1}", "seed": self.seed + number}
            yield InpaintOptions(**{**values, **own})


@takes_options(VariantOptions)
def inpaint_variants(options: VariantOptions, progress: Progress | None = None) -> VariantsReport:
    """Restore a folder of images, or one, several times with other seeds, and draw a sheet of each to choose from.

    Each variant is a run of `pconv_cli.inpaint_folder` into a folder of its own, ``variant-1`` and so on; the sheets go
    to ``sheets``. What the method makes of the holes is kept from one variant to the next, as far as memory is given
    to it, since only the patches differ.

    Args:
        options: What to do, as one object; or its values themselves, as in the example.
        progress: Receives how far the run is.

    Raises:
        UsageError: ``options.out`` is a file, and all that `pconv_cli.inpaint_folder` raises.
        NothingToDo: There is no image.
        OutputError: A folder cannot be written.
        ModelError: The weights cannot be used.
        RunInterrupted: Ctrl-C or SIGTERM; what was finished is whole.

    Example:
        >>> report = inpaint_variants("in", "m", "out", variants=2, method="patchmatch")
        >>> [len(one.done) for _, _, one in report.variants], report.exit_code
        ([2, 2], 0)
    """
    progress = progress or Silent()
    started = perf_counter()
    report = VariantsReport(options.method_name)
    _check_places(options)
    backends = Backends(_REMEMBERED)
    warned: set[str] = set()
    try:
        for number, one in enumerate(options.each(), 1):
            run = restore_folder(
                one, _VariantProgress(progress, f"variant {number} of {options.variants}", warned), backends
            )
            report.variants.append((one.out, one.seed, run))
            if options.fail_fast and run.failed:
                break
        else:
            _draw_sheets(options, report, progress)
    except RunInterrupted as error:
        if isinstance(error.report, InpaintReport):  # of the variant under way
            report.variants.append((one.out, one.seed, error.report))
        report.seconds = perf_counter() - started
        raise RunInterrupted(f"variant {number} of {options.variants}: {error}", report) from error
    except KeyboardInterrupt as error:
        report.seconds = perf_counter() - started
        done = f"{len(report.variants)} of {options.variants} variants done and whole in {options.out}"
        how = f"with {option('resume')} instead of {option('overwrite')}" if options.overwrite else "again"
        raise RunInterrupted(f"{done}; the same command {how} draws the other contact sheets", report) from error
    report.seconds = perf_counter() - started
    return report


def preview_variants(options: VariantOptions, progress: Progress | None = None) -> list[Preview]:
    """Find out what `inpaint_variants` would do, variant by variant, and write nothing; see `preview_folder`."""
    progress = progress or Silent()
    _check_places(options)
    warned: set[str] = set()
    return [
        preview_folder(one, _VariantProgress(progress, f"variant {number} of {options.variants}", warned))
        for number, one in enumerate(options.each(), 1)
    ]


def _check_places(options: VariantOptions) -> None:
    """Refuse a place for which the last variant would fail before the first one is begun."""
    check_apart(options.images, options.out, "images", option("out"))
    if options.out.is_file() or (options.images.is_file() and names_a_file(options.out) and not options.out.is_dir()):
        raise UsageError(f"{option('out')} {options.out}: is a file, and variants need a folder; name a folder")
    for folder in (*(one.out for one in options.each()), options.out / SHEETS):
        check_writable_folder(folder)


def _draw_sheets(options: VariantOptions, report: VariantsReport, progress: Progress) -> None:
    """Draw the sheets of all images of which there is a variant."""
    every = list(options.each())
    plan = plan_folder(every[0], Warnings(InpaintReport(report.method), Silent()))
    jobs = {job.pair.name: job for job in (*plan.jobs, *plan.skipped)}
    places = output_names([*jobs], options.out / SHEETS, ImageFormat.JPEG)
    good = [{one.name for one in run.done} | set(run.skipped) for _, _, run in report.variants]
    names = [name for name in sorted(jobs) if any(name in some for some in good)]
    discard_leftovers({(options.out / SHEETS / places[name]).parent for name in names})
    progress.start(len(names), "contact sheets")
    for name in names:
        job = jobs[name]
        path = job.target.relative_to(every[0].out)
        variants = {
            number: Variant(one.out / path, one.seed)
            for number, (one, some) in enumerate(zip(every, good, strict=True), 1)
            if name in some
        }
        try:
            with one_file(job.pair.image):
                _draw(job, every[0], variants, options.out / SHEETS / places[name], report)
        except FileError as error:
            report.failed.append((name, str(error)))
        progress.advance(name)


def _draw(
    job: RestoreJob, options: InpaintOptions, variants: dict[int, Variant], place: Path, report: VariantsReport
) -> None:
    if draw_sheet(job, options, variants, place):
        report.sheets[job.pair.name] = str(place)
    else:
        report.alike.append(job.pair.name)


class _VariantProgress:
    """The progress of one variant, that says which, and repeats no warning of an earlier one."""

    def __init__(self, progress: Progress, variant: str, warned: set[str]) -> None:
        self._progress, self._variant, self._warned = progress, variant, warned
        self.advance, self.stage = progress.advance, progress.stage

    def start(self, total: int, what: str) -> None:
        self._progress.start(total, f"{what}, {self._variant}")

    def warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._progress.warn(message)
