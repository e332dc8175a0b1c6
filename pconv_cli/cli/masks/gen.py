"""``pconv masks gen``: random masks to an exact hole ratio."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import TerminalProgress
from pconv_cli.cli.masks.options import Overwrite, finish
from pconv_cli.cli.options import WRITTEN
from pconv_cli.errors import UsageError
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.wording import counted

_DRAWN, _RUN = "Masks that are drawn", "Run"


def gen(
    kind: Annotated[
        MaskKind,
        typer.Option(
            "--type",
            metavar="TYPE",
            help=f"What the holes look like: {', '.join(MaskKind)} (of the first three).",
            rich_help_panel=_DRAWN,
        ),
    ],
    count: Annotated[
        int | None,
        typer.Option(metavar="N", help="Number of masks.", show_default="60", rich_help_panel=_DRAWN),
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="N|WxH", help="Size in pixels.", show_default="512", rich_help_panel=_DRAWN)
    ] = None,
    ratio: Annotated[
        str | None,
        typer.Option(
            metavar="LO-HI",
            help="Hole ratio of every mask: more than LO, at most HI.",
            show_default="the six classes from 0.01 to 0.6 in turn",
            rich_help_panel=_DRAWN,
        ),
    ] = None,
    border: Annotated[
        bool | None,
        typer.Option(
            "--border/--no-border",
            help="Let holes touch the border, or keep them 50 px (at 512) from it.",
            show_default="both in turn, with --ratio: border",
            rich_help_panel=_DRAWN,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(metavar="N", help="The same seed gives the same masks, byte for byte.", rich_help_panel=_DRAWN),
    ] = 0,
    out_folder: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", parser=Path, help="Folder to write masks to.", rich_help_panel=WRITTEN),
    ] = Path("masks"),
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Draw a mask for each image of this folder: same size, same name.",
            rich_help_panel=_DRAWN,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes at a time.",
            show_default="1 for up to 200 masks, else all cores",
            rich_help_panel=_RUN,
        ),
    ] = None,
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
