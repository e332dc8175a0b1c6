"""A folder of images (or one), their masks, and a folder of restored images."""

from functools import partial
from time import perf_counter

from pconv_cli.arguments import takes_options
from pconv_cli.errors import OutputError, error_of, option
from pconv_cli.files.atomic import check_writable_folder, discard_leftovers, ensure_writable_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.pipeline import run_overlapped
from pconv_cli.jobs.planning.plan import FolderPlan, plan_folder
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.record import RunRecord
from pconv_cli.jobs.report.outcome import InpaintReport, Restored, RunInterrupted, Warnings
from pconv_cli.jobs.report.page import RunPage
from pconv_cli.jobs.road import Run, restore
from pconv_cli.methods.backends import Backends
from pconv_cli.profiling import profile_of
from pconv_cli.progress import Progress, Silent


@takes_options(InpaintOptions)
def inpaint_folder(options: InpaintOptions, progress: Progress | None = None) -> InpaintReport:
    """Restore a folder of images, or one.

    All that can be known from names and headers (missing masks, sizes, places that cannot be written) is checked
    before the model is loaded. An image that fails is reported and the rest goes on. Outputs appear whole or not
    at all; those that exist are skipped, so that a second run goes on where the first one ended, and made again with
    ``options.overwrite``, or with ``options.resume`` where what they were made from has changed. A manifest in the
    folder says what was made of what.

    Args:
        options: What to do, as one object; or its values themselves, as in the example.
        progress: Receives how far the run is.

    Raises:
        UsageError: A path does not exist, or the output lies where images or masks are read.
        NothingToDo: There is no image.
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
        report.skipped, report.outdated = [job.pair.name for job in plan.skipped], plan.outdated
        page = None if options.report is None else RunPage(options, plan, warnings)
        report.failed = [(name, options.reworded(str(error))) for name, error in plan.problems]
        if options.fail_fast and report.failed:
            report.failed = [min(report.failed)]
        elif plan.jobs:
            _start(plan, options, report, warnings, progress, page)
        elif plan.skipped:
            _check_named_weights(options)
        report.failed += options.unread
        if page is not None:
            _finish(page, options, report, progress, perf_counter() - started)
    except KeyboardInterrupt as error:
        report.seconds = perf_counter() - started
        done = f"{len(report.done)} of {total} images done and whole in {options.out}"
        how = f"with {option('resume')} instead of {option('overwrite')}" if options.overwrite else "again"
        raise RunInterrupted(f"{done}; the same command {how} goes on from there", report) from error
    warnings.close()
    report.seconds = perf_counter() - started
    return report


def _check_named_weights(options: InpaintOptions) -> None:
    """Refuse named weights also where nothing is left to do; where none are named, torch is not imported for it."""
    if options.weights is not None:
        from pconv_cli.core.foreign.asked import Foreign
        from pconv_cli.core.weights_info import require_weights

        require_weights(options.weights, Foreign(options.trust, options.foreign))


def _finish(page: RunPage, options: InpaintOptions, report: InpaintReport, progress: Progress, seconds: float) -> None:
    """Write the page; where that fails, the images are there nevertheless."""
    report.seconds = seconds
    try:
        page.write(report, progress)
        report.page = str(options.report)
    except OutputError as error:
        report.failed.append((str(options.report), str(error)))


def _start(
    plan: FolderPlan,
    options: InpaintOptions,
    report: InpaintReport,
    warnings: Warnings,
    progress: Progress,
    page: RunPage | None,
) -> None:
    """Load the model and restore what is planned."""
    folder = plan.folder or options.out.parent
    check_writable_folder(folder)  # before the model is loaded; made after, so that a failure leaves no folder
    if options.report is not None:
        check_writable_folder(options.report.parent)
    if options.compile:
        progress.start(1, "kernels compiled, or found in the cache")
    for job in plan.jobs:
        plan.choices.backend(job.pair.name)  # before any folder is made
    for doubt in plan.choices.doubts:
        warnings.add("weights", doubt)
    ensure_writable_folder(folder)
    discard_leftovers({folder, *(job.target.parent for job in (*plan.jobs, *plan.skipped))})
    record = RunRecord(plan.folder, options, warnings)
    run = Run(options, plan.choices, progress, warnings, record, page, plan.credentials)
    progress.start(len(plan.jobs), "images")
    began = perf_counter()
    try:
        for name, reason in report.failed:
            record.problem(name, reason)
        run_overlapped(
            plan.jobs, partial(restore, run=run), partial(_finished, run, report), size=lambda job: job.pair.pixels
        )
    finally:
        order = {job.pair.name: index for index, job in enumerate(plan.jobs)}
        report.done.sort(key=lambda one: order[one.name])
        if options.profile:
            report.profile = profile_of(run.times.stopwatch, perf_counter() - began)


def _finished(run: Run, report: InpaintReport, job: RestoreJob, outcome: Restored | Exception) -> bool:
    """Report what came of an image; False ends the run."""
    name = job.pair.name
    if isinstance(outcome, Exception):
        reason = run.options.reworded(str(error_of(outcome, job.pair.image)))
        report.failed.append((name, reason))
        run.record.failed(job, reason)
        run.progress.advance(name)
        return not run.options.fail_fast
    report.done.append(outcome)
    run.progress.advance(name, outcome.note)
    return True
