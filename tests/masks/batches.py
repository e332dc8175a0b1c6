"""A few masks to be drawn."""

import json
from dataclasses import replace
from pathlib import Path

from pconv_cli.masks.generate.batch import GenerateOptions
from pconv_cli.masks.kinds import MaskKind


def options(out: Path, **changes) -> GenerateOptions:
    return replace(GenerateOptions(MaskKind.RECTANGLES, out, count=7, size=(48, 64)), **changes)


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
