"""What a run writes into the manifest of its folder, image by image."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pconv_cli import __version__
from pconv_cli.errors import OutputError, option
from pconv_cli.jobs.manifest import Record, RunManifest, Status
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.outcome import Warnings


class RunRecord:
    """The lines of one run, added from any thread; of a run into a single file there are none.

    Args:
        folder: The folder of restored images; None where the output is one file by name.
        options: What the run is asked.
        warnings: Called where the manifest cannot be written.
    """

    def __init__(self, folder: Path | None, options: InpaintOptions, warnings: Warnings) -> None:
        self._folder = folder
        self._options = options
        self._manifest = None if folder is None else RunManifest(folder, options.shard)
        self._warnings = warnings
        self._untouched: set[str] = set()
        self._lock = threading.Lock()

    @property
    def is_kept(self) -> bool:
        """Whether there is a manifest."""
        return self._manifest is not None

    @contextmanager
    def writing(self, job: RestoreJob, extras: Sequence[Path] = ()) -> Iterator[None]:
        """Say that an output is about to be written, and remember where that failed: what stood there still does.

        Args:
            job: The job.
            extras: Files beside the output that are this run's if they are there afterwards, should it be killed.
        """
        # What stands there has a line that would be taken for that of the new output.
        said: Record = {"extras": [path.name for path in extras]} if extras else {}
        self._add_line(job, Status.WRITING, said, is_needed=job.target.exists())
        try:
            yield
        except Exception:
            with self._lock:
                self._untouched.add(job.pair.name)
            raise

    def done(self, job: RestoreJob, said: Record) -> None:
        """Say what an output was made from."""
        self._add_line(job, Status.DONE, said)

    def failed(self, job: RestoreJob, reason: str) -> None:
        """Say why an image failed."""
        said: Record = {"untouched": True} if job.pair.name in self._untouched else {}
        self._add_line(job, Status.FAILED, {"reason": reason, **said})

    def problem(self, name: str, reason: str) -> None:
        """Say why an image cannot even begin."""
        self._add({"status": Status.FAILED, "input": name, "output": name, "reason": reason})

    def _add_line(self, job: RestoreJob, status: Status, said: Record, *, is_needed: bool = False) -> None:
        if self._folder is None:
            return
        mask = self._options.mask_source(job.pair.mask)
        paths = {"input": job.pair.name, "mask": mask, "output": job.output_name(self._folder)}
        self._add({"status": status, **paths, **said}, is_needed=is_needed)

    def _add(self, record: Record, *, is_needed: bool = False) -> None:
        if self._manifest is None:
            return
        try:
            self._manifest.add({**record, "pconv": __version__})
        except OutputError as error:
            if is_needed:
                raise
            # The images matter more.
            self._warnings.add("manifest", f"{error}; {option('resume')} may not know how these images were made")
