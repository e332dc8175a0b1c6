"""A folder of pictures (or one), their masks, and a folder of restored pictures."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from pconv_cli import __version__
from pconv_cli.arguments import takes_options
from pconv_cli.errors import FileError, OutputError, error_of, one_file, option
from pconv_cli.files.atomic import check_writable_folder, discard_leftovers, ensure_writable_folder
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.images import read_size
from pconv_cli.jobs.image import Filled, Loaded, fill_loaded, write_filled
from pconv_cli.jobs.manifest import (
    Manifest,
    Record,
    Status,
    output_name,
)
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.pages import LoadedPages, restore_pages
from pconv_cli.jobs.pipeline import Stages, run_overlapped
from pconv_cli.jobs.plan import Plan, plan_folder
from pconv_cli.jobs.report.doubts import warn_of
from pconv_cli.jobs.report.outcome import InpaintReport, Restored, RunInterrupted, Warnings
from pconv_cli.jobs.report.page import RunPage
from pconv_cli.jobs.scan import LoadedScan, load, restore_scan
from pconv_cli.jobs.sources import ChangedError, Sources
from pconv_cli.jobs.targets import Job
from pconv_cli.methods.backends import Backends, Telling
from pconv_cli.methods.tiled.counting import listening
from pconv_cli.profiling import Stopwatch, profile_of
from pconv_cli.progress import Progress, Silent

#: How often files are read that change meanwhile.
_ATTEMPTS = 3


@takes_options(InpaintOptions)
def inpaint_folder(options: InpaintOptions, progress: Progress | None = None) -> InpaintReport:
    """Restore a folder of pictures, or one.

    All that can be known from names and headers (missing masks, sizes, places that cannot be written) is checked
    before the model is loaded. A picture that fails is reported and the rest goes on. Outputs appear whole or not
    at all; those that exist are skipped, so that a second run goes on where the first one ended, and made anew with
    ``options.overwrite``, or with ``options.resume`` where what they were made from has changed. A manifest in the
    folder says what was made of what.

    Args:
        options: What to do, as one object; or its values themselves, as in the example.
        progress: Receives how far the run is.

    Raises:
        UsageError: A path does not exist, or the output lies where pictures or masks are read.
        NothingToDo: There is no picture.
        OutputError: The output folder cannot be written.
        ModelError: The weights cannot be used.
        RunInterrupted: Ctrl-C or SIGTERM; what was finished is whole.

    Example:
        >>> report = inpaint_folder("in", "m", "out", method="telea")
        >>> [one.name for one in report.done], report.exit_code
        (['a.png', 'b.png'], 0)
    """
    return restore_folder(options, progress or Silent(), Backends())


def restore_folder(options: InpaintOptions, progress: Progress, backends: Backends) -> InpaintReport:
    """Restore a folder by methods that other runs share; see `inpaint_folder`."""
    started = perf_counter()
    shard = "" if options.shard is None else str(options.shard)
    report = InpaintReport(method=options.method_name, shard=shard)
    warnings = Warnings(report, progress)
    total = 0
    try:
        plan = plan_folder(options, warnings, backends)
        total = len(plan.jobs)
        report.skipped = [job.pair.name for job in plan.skipped]
        page = None if options.report is None else RunPage(options, plan)
        problems = sorted(plan.problems, key=lambda problem: problem[0])
        if options.fail_fast and problems:
            report.failed = [(problems[0][0], str(problems[0][1]))]
        else:
            report.failed = [(name, str(error)) for name, error in plan.problems]
            if plan.jobs:
                _start(plan, options, report, warnings, progress, page)
            elif plan.skipped:
                _check_named_weights(options)
        if page is not None:
            _finish(page, options, report, progress, perf_counter() - started)
    except KeyboardInterrupt as error:
        report.seconds = perf_counter() - started
        done = f"{len(report.done)} of {total} pictures done and whole in {options.out}"
        how = f"with {option('resume')} instead of {option('overwrite')}" if options.overwrite else "again"
        raise RunInterrupted(f"{done}; the same command {how} goes on from there", report) from error
    warnings.close()
    report.seconds = perf_counter() - started
    return report


def _check_named_weights(options: InpaintOptions) -> None:
    """Refuse named weights also where nothing is left to do; where none are named, torch is not imported for it."""
    if options.weights is not None:
        from pconv_cli.core.foreign import Foreign
        from pconv_cli.core.weights import require_weights

        require_weights(options.weights, Foreign(options.trust, options.foreign))


def _finish(page: RunPage, options: InpaintOptions, report: InpaintReport, progress: Progress, seconds: float) -> None:
    """Write the page; where that fails, the pictures are there nevertheless."""
    report.seconds = seconds
    try:
        page.write(report, progress)
        report.page = str(options.report)
    except OutputError as error:
        report.failed.append((str(options.report), str(error)))


def _start(
    plan: Plan,
    options: InpaintOptions,
    report: InpaintReport,
    warnings: Warnings,
    progress: Progress,
    page: RunPage | None,
) -> None:
    """Load the model and restore what is planned."""
    folder = plan.folder or options.out.parent
    check_writable_folder(folder)  # before the model is loaded; made after, so that a failure leaves no folder
    if options.compile:
        progress.start(1, "kernels compiled, or found in the cache")
    for job in plan.jobs:
        plan.choices.backend(job.pair.name)  # before any folder is made
    for doubt in plan.choices.doubts:
        warnings.add("weights", doubt)
    ensure_writable_folder(folder)
    discard_leftovers({folder, *(job.target.parent for job in (*plan.jobs, *plan.skipped))})
    run = _Run(plan, options, report, warnings, progress, page)
    progress.start(len(plan.jobs), "pictures")
    began = perf_counter()
    stages = Stages(run.size, run.decode, run.infer, run.encode, run.finish)
    try:
        run.tell_problems()
        run_overlapped(plan.jobs, stages)
    finally:
        order = {job.pair.name: index for index, job in enumerate(plan.jobs)}
        report.done.sort(key=lambda one: order[one.name])
        if options.profile:
            report.profile = profile_of(run.stopwatch, perf_counter() - began)


def _load_steadily(job: Job, options: InpaintOptions) -> tuple[Loaded | LoadedScan | LoadedPages, Sources]:
    """Load what a job is about, again where its files change meanwhile, and what they held.

    Raises:
        FileError: They go on changing, or see `pconv_cli.jobs.scan.load`.
    """
    for attempt in range(_ATTEMPTS):
        try:
            sources = Sources(job.pair.picture, job.pair.masks)
        except OSError as error:
            load(job, options)  # says what is wrong, in its own words
            raise FileError(f"{error.filename}: cannot be read again ({error.strerror}); check the path") from error
        try:
            loaded = load(job, options)
            sources.check()
            return loaded, sources
        except FileError as error:  # half of one file and half of another may be damaged, too
            if attempt == _ATTEMPTS - 1 or not _has_changed(sources, error):
                raise
    raise AssertionError


def _has_changed(sources: Sources, error: FileError) -> bool:
    """Whether an error while files were read came of their being changed."""
    if isinstance(error, ChangedError):
        return True
    try:
        sources.check()
    except FileError:
        return True
    return False


class _Run:
    """The stages of one run, and what all pictures of it share."""

    def __init__(
        self,
        plan: Plan,
        options: InpaintOptions,
        report: InpaintReport,
        warnings: Warnings,
        progress: Progress,
        page: RunPage | None,
    ) -> None:
        self.stopwatch = Stopwatch()
        self._out = plan.folder
        self._manifest = None if plan.folder is None else Manifest(plan.folder, options.shard)
        self._choices = plan.choices
        self._options = options
        self._report = report
        self._warnings = warnings
        self._progress = progress
        self._page = page
        self._problems = plan.problems
        self._seconds: dict[str, float] = defaultdict(float)
        self._untouched: set[str] = set()
        self._lock = threading.Lock()

    def size(self, job: Job) -> int:
        """Pixels of a picture; none of one that cannot be read, whose decoding will fail."""
        try:
            with one_file(job.pair.picture):
                height, width = read_size(job.pair.picture, max_pixels=self._options.max_pixels)
        except FileError:
            return 0
        return height * width

    def decode(self, job: Job) -> tuple[Loaded | LoadedScan | LoadedPages, Sources]:
        self._progress.stage(job.pair.name, "reading")
        with self._measured("decode", job):
            loaded, sources = _load_steadily(job, self._options)
        if self._page is not None:
            self._page.before(job, loaded)
        return loaded, sources

    def infer(self, job: Job, decoded: tuple[Loaded | LoadedScan | LoadedPages, Sources]) -> tuple[Filled, Sources]:
        loaded, sources = decoded
        backend = self._choices.backend(job.pair.name)
        warn_of(self._warnings, job, loaded.format, loaded.hole_ratio, loaded.doubts)
        stage = partial(self._progress.stage, job.pair.name)
        stage("filling")
        with self._measured("plan", job), listening(stage):
            if isinstance(loaded, LoadedScan):
                with self._writing(job):
                    filled = restore_scan(loaded, job.target, backend, sources.check)
            elif isinstance(loaded, LoadedPages):
                with self._writing(job):
                    filled = restore_pages(loaded, job.target, backend, sources.check)
            else:
                filled = fill_loaded(loaded, job.format, backend)
        stage("writing")
        if filled.picture is not None or filled.written:  # a file that is copied stays what it was
            for told in loaded.notes if filled.picture is None else filled.picture.notes:
                self._warnings.add(told, f"{job.pair.name}: {told}")
        if isinstance(backend, Telling) and (note := backend.told()):
            self._warnings.add(note, f"{job.pair.name}: {note}")
            filled = replace(filled, note=note)
        return filled, sources

    def encode(self, job: Job, filled: tuple[Filled, Sources]) -> Filled:
        picture, sources = filled
        with self._measured("encode", job):
            if not picture.written:
                with self._writing(job):
                    write_filled(picture, job.pair.picture, job.target, sources.check)
            if self._manifest is not None:
                self._tell(
                    job,
                    Status.DONE,
                    hole_ratio=round(picture.hole_ratio, 6),
                    seconds=round(self._seconds[job.pair.name], 3),
                    note=picture.note,
                    input_sha256=sources.fingerprint.input_sha256,
                    mask_sha256=sources.fingerprint.mask_sha256,
                    output_sha256=sha256_of(job.target),
                    recipe=self._choices.recipe(job.pair.name),
                )
        if self._page is not None:
            self._page.after(job, picture)
        return Filled(None, picture.hole_ratio, picture.note)  # without its samples

    def finish(self, job: Job, outcome: Filled | Exception) -> bool:
        name = job.pair.name
        if isinstance(outcome, Exception):
            reason = str(error_of(outcome, job.pair.picture))
            self._report.failed.append((name, reason))
            untouched = {"untouched": True} if name in self._untouched else {}
            self._tell(job, Status.FAILED, reason=reason, **untouched)
            self._progress.advance(name)
            return not self._options.fail_fast
        seconds = round(self._seconds[name], 3)
        ratio = round(outcome.hole_ratio, 6)
        self._report.done.append(Restored(name, str(job.target), ratio, seconds, outcome.note))
        self._progress.advance(name, outcome.note)
        return True

    def tell_problems(self) -> None:
        """Put the pictures that cannot even begin into the manifest."""
        for name, error in self._problems:
            self._add({"status": Status.FAILED, "input": name, "output": name, "reason": str(error)})

    @contextmanager
    def _measured(self, stage: str, job: Job) -> Iterator[None]:
        started = perf_counter()
        try:
            # Float samples may be anything at all; where they have to be finite numbers, that is looked for.
            with self.stopwatch.measure(stage), np.errstate(invalid="ignore", over="ignore"):
                yield
        finally:
            with self._lock:
                self._seconds[job.pair.name] += perf_counter() - started

    @contextmanager
    def _writing(self, job: Job) -> Iterator[None]:
        """Say that an output is about to be written, and remember where that failed: what stood there still does."""
        self._tell(job, Status.WRITING)
        try:
            yield
        except Exception:
            with self._lock:
                self._untouched.add(job.pair.name)
            raise

    def _tell(self, job: Job, status: Status, **said: object) -> None:
        if self._out is None:
            return
        mask = "alpha" if job.pair.mask is None else str(job.pair.mask)
        paths = {"input": job.pair.name, "mask": mask, "output": output_name(job, self._out)}
        # What stands there has a line that would be taken for that of the new output.
        replaces = status is Status.WRITING and job.target.exists()
        self._add({"status": status, **paths, **said}, replaces=replaces)

    def _add(self, record: Record, *, replaces: bool = False) -> None:
        if self._manifest is None:
            return
        try:
            self._manifest.add({**record, "pconv": __version__})
        except OutputError as error:
            if replaces:
                raise
            with self._lock:  # the pictures matter more
                self._warnings.add("manifest", f"{error}; {option('resume')} may not know how these pictures were made")
