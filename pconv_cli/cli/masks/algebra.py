"""``pconv masks union|subtract|intersect|invert|filter``: masks computed from masks."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import TerminalProgress
from pconv_cli.cli.masks.options import Overwrite, Threshold, finish
from pconv_cli.cli.options import WRITTEN, HoleColour, panel_option
from pconv_cli.errors import UsageError
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.kinds import AtEdge, HoleFilter, Operation
from pconv_cli.wording import counted

Source = Annotated[
    Path, typer.Argument(metavar="M", parser=Path, help="Folder of masks, or one mask.", show_default=False)
]
Other = Annotated[
    Path,
    typer.Argument(
        metavar="OTHER", parser=Path, help="Folder of masks of the same names, or one mask.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    panel_option(
        WRITTEN,
        "Folder to write masks to; for one mask also a .png file.",
        "--out",
        metavar="OUT",
        parser=Path,
        show_default="in place, with --overwrite",
    ),
]
_HOLES = "Holes that are kept"


def _of_two(operation: Operation, summary: str) -> Callable[..., None]:
    """The command that computes a mask from two."""

    def command(
        source: Source,
        other: Other,
        target: Out = None,
        polarity: HoleColour = Polarity.WHITE,
        threshold: Threshold = None,
        overwrite: Overwrite = False,
    ) -> None:
        _run(operation, source, other, target, polarity, threshold, overwrite)

    command.__doc__ = summary
    return command


union = _of_two(Operation.UNION, "Unite two masks: hole in either of them.")
subtract = _of_two(Operation.SUBTRACT, "Subtract a mask: hole in the first and not in the other.")
intersect = _of_two(Operation.INTERSECT, "Intersect two masks: hole in both of them.")


def invert(
    source: Source,
    target: Out = None,
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    overwrite: Overwrite = False,
) -> None:
    """Swap hole and valid."""
    _run(Operation.INVERT, source, None, target, polarity, threshold, overwrite)


def filter_(
    source: Source,
    min_area: Annotated[int, panel_option(_HOLES, "Drop smaller holes.", metavar="PX")] = 0,
    max_area: Annotated[
        int | None,
        panel_option(_HOLES, "Drop larger holes.", metavar="PX", show_default="none"),
    ] = None,
    border: Annotated[
        AtEdge,
        panel_option(_HOLES, "Holes that touch the image's edge: keep them, drop them, or keep only them."),
    ] = AtEdge.KEEP,
    region: Annotated[
        str | None,
        panel_option(_HOLES, "Drop what lies outside this rectangle.", metavar="X,Y,W,H", show_default="the image"),
    ] = None,
    target: Out = None,
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    overwrite: Overwrite = False,
) -> None:
    """Keep holes by their area and place. A hole is a connected area."""
    rectangle = None if region is None else _region(region)
    chosen = HoleFilter(min_area=min_area, max_area=max_area, border=border, region=rectangle)
    _run(Operation.FILTER, source, None, target, polarity, threshold, overwrite, chosen)


def _run(
    operation: Operation,
    source: Path,
    other: Path | None,
    target: Path | None,
    polarity: Polarity,
    threshold: int | None,
    overwrite: bool,
    holes: HoleFilter | None = None,
) -> None:
    from pconv_cli.masks.combine import CombineOptions, combine_masks

    options = CombineOptions(
        operation=operation,
        source=source,
        other=other,
        out=target,
        holes=holes or HoleFilter(),
        polarity=polarity,
        threshold=threshold,
        overwrite=overwrite,
    )
    with TerminalProgress() as progress:
        report = combine_masks(options, progress)
    said = f"{counted(report.written, 'mask')} written to {report.out}" if report.written else "no mask written"
    finish(said, report.kept, report.failed, report.exit_code)


def _region(text: str) -> tuple[int, int, int, int]:
    """Read ``X,Y,W,H`` in whole pixels."""
    if not re.fullmatch(r"\d{1,9}(,\d{1,9}){3}", text):
        raise UsageError(f"--region {text}: write left, top, width and height in pixels, such as 100,50,400,300")
    left, top, width, height = (int(part) for part in text.split(","))
    return left, top, width, height
