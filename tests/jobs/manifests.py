"""Manifests read, and the files of a run."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pconv_cli.jobs.manifest import MANIFEST
from pconv_cli.jobs.report.outcome import InpaintReport

Run = Callable[..., InpaintReport]
Put = Callable[..., Any]


def lines(out: Path, name: str = MANIFEST) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / name).read_text("utf-8").splitlines()]


def names(report: InpaintReport) -> list[str]:
    return [one.name for one in report.done]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
