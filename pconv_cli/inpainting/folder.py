"""A folder of pictures (or one), their masks, and a folder of restored pictures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from time import perf_counter

from pconv_cli.errors import Interrupted, PconvError
from pconv_cli.files.atomic import check_writable_folder, ensure_writable_folder
from pconv_cli.files.formats import PictureFormat
from pconv_cli.inpainting.backends import Backend, make_backend
from pconv_cli.inpainting.methods import TILE
from pconv_cli.inpainting.options import InpaintOptions
from pconv_cli.inpainting.picture import Loaded, load_pair, restore
from pconv_cli.inpainting.plan import plan_folder
from pconv_cli.inpainting.report import InpaintReport, Restored, Warnings
from pconv_cli.inpainting.targets import Job
from pconv_cli.masks.ratios import MOSTLY_HOLE, mostly_hole_warning
from pconv_cli.progress import Progress, Silent

__all__ = ["InpaintOptions", "inpaint_folder"]


def inpaint_folder(options: InpaintOptions, progress: Progress | None = None) -> InpaintReport:
    """Restore a folder of pictures, or one.

    All that can be known from names and headers (missing masks, sizes, places that cannot be written) is checked
    before the model is loaded. A picture that fails is reported and the rest goes on. Outputs appear whole or not
    at all; those that exist are skipped unless ``options.overwrite``, so that a second run goes on where the first
    one ended.

    Raises:
        UsageError: A path does not exist, or the output lies where pictures or masks are read.
        NothingToDo: There is no picture.
        OutputError: The output folder cannot be written.
        ModelError: The weights cannot be used.
        Interrupted: Ctrl-C; what was finished is whole.
    """
    progress = progress or Silent()
    started = perf_counter()
    report = InpaintReport(method=options.method.value)
    warnings = Warnings(report, progress)
    plan = plan_folder(options, warnings)
    report.failed += [(name, str(error)) for name, error in plan.problems]
    report.skipped = plan.skipped
    jobs = plan.jobs
    if jobs and not (report.failed and options.fail_fast):
        folder = options.out.parent if jobs[0].target == options.out else options.out
        check_writable_folder(folder)  # before the model is loaded; made after, so that a failure leaves no folder
        tile = TILE if options.tile is None else options.tile
        backend = make_backend(
            options.method, weights=options.weights, device=options.device, tile=tile, overlap=options.overlap
        )
        ensure_writable_folder(folder)
        _run(jobs, backend, options, report, warnings, progress)
    warnings.close()
    report.seconds = perf_counter() - started
    return report


def _run(
    jobs: Sequence[Job],
    backend: Backend,
    options: InpaintOptions,
    report: InpaintReport,
    warnings: Warnings,
    progress: Progress,
) -> None:
    """Restore the pictures one by one; the next one is decoded meanwhile, so that memory holds two at most."""

    def load(job: Job) -> Loaded:
        return load_pair(job.pair, polarity=options.polarity, threshold=options.threshold, grow=options.dilate)

    progress.start(len(jobs), "pictures")
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode") as pool:
        try:
            ahead = pool.submit(load, jobs[0])
            for job, following in zip(jobs, (*jobs[1:], None), strict=True):
                current, started = ahead, perf_counter()
                wait([current])  # then start on the next, so that two are never decoded at once
                if following is not None:
                    ahead = pool.submit(load, following)
                try:
                    loaded = current.result()
                    _warn_of_picture(loaded, job, options, warnings)
                    note = restore(loaded, job.target, job.format, backend)
                except Exception as error:  # whatever it is, the other pictures go on
                    report.failed.append((job.pair.name, _reason(error, job)))
                    progress.advance(job.pair.name)
                    if options.fail_fast:
                        return
                    continue
                seconds = round(perf_counter() - started, 3)
                ratio = round(loaded.hole_ratio, 6)
                report.done.append(Restored(job.pair.name, str(job.target), ratio, seconds, note))
                progress.advance(job.pair.name, note)
        except KeyboardInterrupt as error:
            done = f"{len(report.done)} of {len(jobs)} pictures done and whole in {options.out}"
            raise Interrupted(f"{done}; the same command again goes on from there") from error


def _reason(error: Exception, job: Job) -> str:
    if isinstance(error, PconvError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{job.pair.picture}: does not fit into memory; restore it in parts, or on a larger machine"
    first_line = (str(error).strip().splitlines() or [""])[0][:200]
    return f"{job.pair.picture}: failed unexpectedly ({type(error).__name__}: {first_line}); please report it"


def _warn_of_picture(loaded: Loaded, job: Job, options: InpaintOptions, warnings: Warnings) -> None:
    for note in loaded.picture.notes:
        warnings.add(note, f"{job.pair.name}: {note}")
    if loaded.hole_ratio > MOSTLY_HOLE:
        polarity = options.polarity if job.pair.mask else None
        warnings.add("large holes", mostly_hole_warning(f"{job.pair.name}: its mask is", polarity))
    if (job.format or loaded.picture.format) is PictureFormat.JPEG and not loaded.mask.all():
        warnings.add(
            "JPEG",
            f"{job.pair.name}: JPEG loses a little at every saving, so undamaged pixels cannot stay bit for bit; "
            "--format png keeps them",
        )
