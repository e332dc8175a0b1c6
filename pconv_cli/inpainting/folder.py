"""A folder of pictures (or one), their masks, and a folder of restored pictures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

from pconv_cli.errors import Interrupted, NothingToDo, PconvError, UsageError
from pconv_cli.files.atomic import check_writable_folder, ensure_writable_folder
from pconv_cli.files.find import find_other_pictures
from pconv_cli.files.formats import PictureFormat
from pconv_cli.files.pairing import Pairing, pair_with_masks
from pconv_cli.files.polarity import THRESHOLD, Polarity
from pconv_cli.inpainting.backends import Backend, make_backend
from pconv_cli.inpainting.methods import TILE, Method
from pconv_cli.inpainting.picture import Loaded, load_pair, restore
from pconv_cli.inpainting.report import InpaintReport, Restored, Warnings
from pconv_cli.inpainting.targets import Job, check_out, plan_targets
from pconv_cli.masks.ratios import MOSTLY_HOLE, mostly_hole_warning
from pconv_cli.progress import Progress, Silent


@dataclass(frozen=True)
class InpaintOptions:
    """What to inpaint, and how.

    Attributes:
        pictures: A folder (searched at any depth) or one picture.
        masks: A folder of masks, one mask for all, or ``"alpha"`` for the pictures' own transparency.
        out: The folder to write to; for one picture also a file.
        method: How holes are filled.
        weights: Name or path of the weights of ``pconv``; None: the shipped ones.
        device: Where ``pconv`` and ``pyramid`` run: auto, cpu, cuda ...
        tile: Side in pixels above which ``pconv`` works tile by tile; None: `TILE`.
        overlap: Pixels that neighbouring tiles share; None: a quarter of the tile.
        polarity: The colour of the hole in mask files.
        threshold: Value in [1, 255] from which a mask's sample is white (or a pixel opaque).
        dilate: Pixels by which holes are grown first.
        format: The format to write; None: each picture's own.
        overwrite: Whether outputs that exist are made anew, and not skipped.
        fail_fast: Whether the first picture that fails ends the run.

    Raises:
        UsageError: A value lies outside its range, or two do not fit together.
    """

    pictures: Path
    masks: Path | Literal["alpha"]
    out: Path
    method: Method = Method.PCONV
    weights: str | Path | None = None
    device: str = "auto"
    tile: int | None = None
    overlap: int | None = None
    polarity: Polarity = Polarity.WHITE
    threshold: int = THRESHOLD
    dilate: int = 0
    format: PictureFormat | None = None
    overwrite: bool = False
    fail_fast: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= 255:
            raise UsageError(f"--threshold {self.threshold}: must lie between 1 and 255")
        if self.dilate < 0:
            raise UsageError(f"--dilate {self.dilate}: must be 0 or more pixels")
        if self.masks == "alpha" and self.polarity != Polarity.WHITE:
            raise UsageError("--mask-polarity: has no meaning with --masks alpha; the transparent part is the hole")
        self._check_method()

    def _check_method(self) -> None:
        """No option may be given in vain."""
        if self.method is not Method.PCONV:
            for option, value in (("weights", self.weights), ("tile", self.tile), ("overlap", self.overlap)):
                if value is not None:
                    raise UsageError(f"--{option}: belongs to --method pconv; {self.method} has no use for it")
        if self.device != "auto" and self.method not in (Method.PCONV, Method.PYRAMID):
            raise UsageError(f"--device: {self.method} runs on the processor alone; leave the option out")


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
    check_out(options.pictures, options.masks, options.out)
    pairing = pair_with_masks(options.pictures, options.masks)
    _warn_of_other_kinds(options.pictures, warnings)
    if not pairing.pairs and not pairing.problems:
        raise NothingToDo(f"{options.pictures}: holds no picture (PNG, JPEG, TIFF, WebP or BMP); check the path")
    _warn_of_extra(pairing, warnings)
    for doubt in pairing.doubts:
        warnings.add("orientation", doubt)
    jobs, collisions = plan_targets(pairing.pairs, options.pictures, options.out, options.format)
    report.failed += [(name, str(error)) for name, error in (*pairing.problems, *collisions)]
    if not options.overwrite:
        report.skipped = [job.pair.name for job in jobs if job.target.exists()]
        jobs = [job for job in jobs if not job.target.exists()]
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


def _warn_of_extra(pairing: Pairing, warnings: Warnings) -> None:
    if pairing.extra:
        warnings.add("extra masks", f"masks without a picture: {_first_five(pairing.extra)}")


def _warn_of_other_kinds(pictures: Path, warnings: Warnings) -> None:
    others = find_other_pictures(pictures)
    if others:
        count = "1 file of another kind" if len(others) == 1 else f"{len(others)} files of other kinds"
        warnings.add("other kinds", f"{count} left out (PNG, JPEG, TIFF, WebP and BMP are read): {_first_five(others)}")


def _first_five(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(str(path) for path in paths[:5]) + more


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
