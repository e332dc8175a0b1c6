"""What came of a run of inpainting, and the exit code that follows from it."""

import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError, Interrupted, PconvError
from pconv_cli.progress import Progress
from pconv_cli.wording import failed_json


@dataclass(frozen=True)
class Restored:
    """One image that was restored.

    Attributes:
        name: Its name below the folder of images.
        output: The file that was written.
        hole_ratio: Share of it that was hole, 0 to 1.
        seconds: Time to fill and write it.
        note: What was out of the ordinary, or nothing.
    """

    name: str
    output: str
    hole_ratio: float
    seconds: float
    note: str = ""


@dataclass
class InpaintReport:
    """What was done, skipped (the output was there already) and failed, by name, with the warnings on the way.

    Attributes:
        method: How holes were filled.
        done: The images that were restored.
        skipped: Those whose outputs were there already.
        outdated: How many of those were made with other settings, or lack a file that belongs beside them.
        failed: Those that failed, each with the reason.
        warnings: What a user should know.
        seconds: Time of the whole run.
        shard: Which part of a folder this is the report of, such as ``2/4``; empty for all of it.
        profile: Where the time went, where that was asked for; see `pconv_cli.profiling.profile_of`.
        page: The page that was written; empty: none.
        error: What ended the run before its end.
    """

    method: str
    done: list[Restored] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    shard: str = ""
    profile: dict[str, Any] | None = None
    page: str = ""
    error: PconvError | None = None
    outdated: int = 0

    @property
    def exit_code(self) -> int:
        """0 where every image is done or skipped, 3 where some failed; that of the error that ended the run."""
        if self.error is not None:
            return self.error.exit_code
        return FileError.exit_code if self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "method": self.method,
            "done": [asdict(one) for one in self.done],
            "skipped": self.skipped,
            "failed": failed_json(self.failed),
            "warnings": self.warnings,
            "seconds": round(self.seconds, 3),
            **({"shard": self.shard} if self.shard else {}),
            **({"profile": self.profile} if self.profile is not None else {}),
            **({"page": self.page} if self.page else {}),
            "error": str(self.error) if self.error is not None else None,
            "exit_code": self.exit_code,
        }


@dataclass
class VariantsReport:
    """What came of several variants of the same images.

    Attributes:
        method: How holes were filled.
        variants: The report of each variant that was begun, with its folder and its seed.
        sheets: The contact sheets, by the image's name.
        alike: The images whose variants are all the same, and have no sheet.
        failed: The images whose sheets failed, each with the reason.
        seconds: Time of all of it.
        error: What ended it before its end.
    """

    method: str
    variants: list[tuple[Path, int, InpaintReport]] = field(default_factory=list)
    sheets: dict[str, str] = field(default_factory=dict)
    alike: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    error: PconvError | None = None

    @property
    def exit_code(self) -> int:
        """0 where every variant and sheet is there, 3 where one failed; that of the error that ended the run."""
        if self.error is not None:
            return self.error.exit_code
        failed = self.failed or any(report.failed for _, _, report in self.variants)
        return FileError.exit_code if failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "method": self.method,
            "variants": [{"out": str(out), "seed": seed, **report.to_json()} for out, seed, report in self.variants],
            "sheets": [{"name": name, "sheet": sheet} for name, sheet in self.sheets.items()],
            "alike": self.alike,
            "failed": failed_json(self.failed),
            "seconds": round(self.seconds, 3),
            "error": str(self.error) if self.error is not None else None,
            "exit_code": self.exit_code,
        }


class RunInterrupted(Interrupted):
    """Ctrl-C or SIGTERM in the middle of a run; ``report`` says what was done until then."""

    def __init__(self, message: str, report: InpaintReport | VariantsReport) -> None:
        super().__init__(message)
        self.report = report
        report.error = self


class Warnings:
    """Keeps every warning in the report, and shows only the first of each kind; hundreds of files may be alike.

    Warnings come from any thread.
    """

    def __init__(self, report: InpaintReport, progress: Progress) -> None:
        self._report = report
        self._progress = progress
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, kind: str, message: str) -> None:
        """Note a warning."""
        with self._lock:
            self._report.warnings.append(message)
            self._counts[kind] = self._counts.get(kind, 0) + 1
            if self._counts[kind] == 1:
                self._progress.warn(message)

    def close(self) -> None:
        """Say how many more there were of each kind."""
        for kind, count in self._counts.items():
            if count > 1:
                self._progress.warn(f"{kind}: the same for {count - 1} more")
