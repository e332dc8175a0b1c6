"""The road of one image, from its file to its restored file and the line in the manifest that says how it was made."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from pconv_cli.files.digest import sha256_of
from pconv_cli.files.metadata.carried import SIGNED
from pconv_cli.files.signing.credentials import Credentials
from pconv_cli.jobs.images.extras import extras_written
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.opening import read_steadily
from pconv_cli.jobs.images.sources import Sources
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.pipeline import Road
from pconv_cli.jobs.planning.choices import Choices
from pconv_cli.jobs.planning.targets import RestoreJob, claimed
from pconv_cli.jobs.provenance import provenance
from pconv_cli.jobs.record import RunRecord
from pconv_cli.jobs.report.doubts import warn_of, warn_of_lost_blocks
from pconv_cli.jobs.report.outcome import Restored, Warnings
from pconv_cli.jobs.report.page import RunPage
from pconv_cli.jobs.signing import check_can_be_signed, signed
from pconv_cli.methods.protocol import remark_of
from pconv_cli.methods.tiled.counting import listening
from pconv_cli.profiling import Stopwatch
from pconv_cli.progress import Progress


class StageTimes:
    """Where the time of a run goes, by stage, and how long each image takes; from any thread."""

    def __init__(self) -> None:
        self.stopwatch = Stopwatch()
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def measured(self, stage: str, name: str) -> Iterator[None]:
        """Add the time of the block to a stage and to an image."""
        started = perf_counter()
        try:
            # Float samples may be anything at all; where they have to be finite numbers, that is looked for.
            with self.stopwatch.measure(stage), np.errstate(invalid="ignore", over="ignore"):
                yield
        finally:
            with self._lock:
                self._seconds[name] += perf_counter() - started

    def of(self, name: str) -> float:
        """Give the seconds that an image took so far, rounded."""
        return round(self._seconds[name], 3)


@dataclass(frozen=True)
class Run:
    """What the images of a run share.

    Attributes:
        options: What is asked.
        choices: The options, method and recipe of each image.
        progress: Receives how far the run is.
        warnings: Takes what a user should know.
        record: The run's lines in the manifest.
        page: The page with all images before and after; None: none.
        credentials: Who signs restored files; None: nobody.
        times: Where the time goes.
        turn: Held while methods run, which fill one image at a time.
    """

    options: InpaintOptions
    choices: Choices
    progress: Progress
    warnings: Warnings
    record: RunRecord
    page: RunPage | None
    credentials: Credentials | None = None
    times: StageTimes = field(default_factory=StageTimes)
    turn: threading.Lock = field(default_factory=threading.Lock)


def restore(job: RestoreJob, run: Run) -> Road[Restored]:
    """Restore one image. Each ``yield`` hands it to the next thread; see `pconv_cli.jobs.pipeline.Road`."""
    name = job.pair.name
    stage = partial(run.progress.stage, name)

    # Open and plan, while others are filled.
    stage("reading")
    with run.times.measured("decode", name):
        image, sources = read_steadily(job, run.options)
    with image:
        if run.page is not None:
            run.page.before(job, image)
        yield

        # Fill, in turn.
        backend = run.choices.backend(name)
        warn_of(run.warnings, job, image)
        stage("filling")
        with run.times.measured("plan", name), listening(stage):
            image.take_format(job.format)
            said = provenance(job, image, sources, run.choices)
            recorded = said if run.options.provenance else None
            if recorded is not None:
                image.record(recorded)
            if run.credentials is not None and image.has_holes:
                check_can_be_signed(image)
            with run.turn:
                image.fill(backend, job.target)
                remark = remark_of(backend)  # before another image's witness runs on it
            judge = run.choices.judge(name, run.turn)
        stage("writing")
        note = _remarks(job, image, remark, run)
        yield

        # Write and record, while others are filled.
        with run.times.measured("encode", name):
            is_new = not job.target.exists()
            with run.record.writing(job, claimed(job, run.options)), signed(job, image, said, run.credentials):
                image.write(job.target, sources.check)
                warn_of_lost_blocks(run.warnings, job, image)
            beside = extras_written(image, job.target, run.options, recorded, job.extras, judge, is_new=is_new)
            with beside as extras:
                if run.record.is_kept:
                    _record(job, image, sources, note, extras, run)
        if run.page is not None:
            run.page.after(job, image)
    return Restored(name, str(job.target), round(image.hole_ratio, 6), run.times.of(name), note)


def _remarks(job: RestoreJob, image: OpenImage, remark: str, run: Run) -> str:
    """Warn of what reading and filling brought up, and give the image's own note, if any."""
    name = job.pair.name
    if not image.is_copied:  # a file that is copied stays what it was
        of_parent = SIGNED if run.credentials is not None and image.has_holes else None  # it is part of the new one
        for note in (note for note in image.notes if note != of_parent):
            run.warnings.add(note, f"{name}: {note}")
    if remark:
        run.warnings.add(remark, f"{name}: {remark}")
        return "; ".join(filter(None, [remark, image.note]))
    return image.note


def _record(job: RestoreJob, image: OpenImage, sources: Sources, note: str, extras: Sequence[Path], run: Run) -> None:
    """Say in the manifest what the output was made from."""
    made_from = sources.fingerprint
    run.record.done(
        job,
        {
            "hole_ratio": round(image.hole_ratio, 6),
            **(image.left.to_record() if image.has_holes else {}),
            "seconds": run.times.of(job.pair.name),
            "note": note,
            "input_sha256": made_from.input_sha256,
            "mask_sha256": made_from.mask_sha256,
            "output_sha256": sha256_of(job.target),
            "recipe": run.choices.recipe(job.pair.name),
            **({"extras": [path.name for path in extras]} if extras else {}),
        },
    )
