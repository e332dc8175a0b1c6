"""``pconv masks gen``: random masks to an exact hole ratio."""

import re
from pathlib import Path
from typing import Annotated

from pconv_cli.cli.console import TerminalProgress
from pconv_cli.cli.masks.options import Overwrite, finish
from pconv_cli.cli.options import WRITTEN, panel_option
from pconv_cli.errors import UsageError
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.wording import counted

_DRAWN, _RUN = "Masks that are drawn", "Run"


_Kind = Annotated[
    MaskKind,
    panel_option(
        _DRAWN, f"What the holes look like: {', '.join(MaskKind)} (of the first three).", "--type", metavar="TYPE"
    ),
]
_Count = Annotated[
    int | None,
    panel_option(_DRAWN, "Number of masks.", metavar="N", show_default="60"),
]
_Size = Annotated[str | None, panel_option(_DRAWN, "Size in pixels.", metavar="N|WxH", show_default="512")]
_Ratio = Annotated[
    str | None,
    panel_option(
        _DRAWN,
        "Hole ratio of every mask: more than LO, at most HI.",
        metavar="LO-HI",
        show_default="the six classes from 0.01 to 0.6 in turn",
    ),
]
_Border = Annotated[
    bool | None,
    panel_option(
        _DRAWN,
        "Let holes touch the border, or keep them 50 px (at 512) from it.",
        "--border/--no-border",
        show_default="both in turn, with --ratio: border",
    ),
]
_Seed = Annotated[
    int,
    panel_option(_DRAWN, "The same seed gives the same masks, byte for byte.", metavar="N"),
]
_OutFolder = Annotated[
    Path,
    panel_option(WRITTEN, "Folder to write masks to.", "--out", metavar="FOLDER", parser=Path),
]
_Like = Annotated[
    Path | None,
    panel_option(_DRAWN, "Draw a mask for each image of this folder: same size, same name.", metavar="FOLDER"),
]
_Workers = Annotated[
    int | None,
    panel_option(_RUN, "Processes at a time.", metavar="N", show_default="1 for up to 200 masks, else all cores"),
]


def gen(
    kind: _Kind,
    count: _Count = None,
    size: _Size = None,
    ratio: _Ratio = None,
    border: _Border = None,
    seed: _Seed = 0,
    out_folder: _OutFolder = Path("masks"),
    like: _Like = None,
    workers: _Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw random masks, and write a manifest that describes each."""
    from pconv_cli.masks.generate.batch import GenerateOptions, generate_masks

    options = GenerateOptions(
        kind=kind,
        out=out_folder,
        count=count,
        size=None if size is None else _size(size),
        ratio=None if ratio is None else _ratio(ratio),
        border=border,
        seed=seed,
        like=like,
        workers=workers,
        overwrite=overwrite,
    )
    with TerminalProgress() as progress:
        report = generate_masks(options, progress)
    sizes = "x".join(map(str, next(iter(report.sizes))[::-1])) if len(report.sizes) == 1 else "several sizes"
    said = f"{counted(report.drawn, 'mask')} ({kind}, {sizes}) drawn to {report.out}/, listed in manifest.jsonl there"
    finish(said if report.drawn else "no mask drawn", report.kept, report.failed, report.exit_code)


def _size(text: str) -> tuple[int, int]:
    """Read ``N`` or ``WxH``, of up to nine digits, into (height, width)."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(re.fullmatch(r"[0-9]{1,9}", part) and int(part) > 0 for part in parts):
        raise UsageError(f"--size {text}: write one number of pixels, or two as WxH, such as 512 or 640x480")
    return int(parts[-1]), int(parts[0])


def _ratio(text: str) -> tuple[float, float]:
    """Read ``LO-HI`` into two numbers."""
    try:
        low, high = (float(part) for part in text.split("-"))
    except ValueError:
        raise UsageError(f"--ratio {text}: write two numbers in 0-1 as LO-HI, such as 0.1-0.2") from None
    if not 0 <= low < high <= 1:
        raise UsageError(f"--ratio {text}: LO must be less than HI, and both lie in 0-1, such as 0.1-0.2")
    return low, high
