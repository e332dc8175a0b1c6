"""``pconv masks convert``: masks of any kind as PNG files with white holes."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import TerminalProgress
from pconv_cli.cli.masks.options import MaskTarget, Overwrite, Threshold, finish
from pconv_cli.cli.options import HoleColour, panel_option
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.wording import counted

_CHANGED = "Holes"


def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", parser=Path, help="Folder of masks, or one mask.", show_default=False)
    ],
    out_path: MaskTarget,
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    inverted: Annotated[bool, panel_option(_CHANGED, "Swap hole and valid.", "--invert")] = False,
    dilate: Annotated[int, panel_option(_CHANGED, "Grow the holes.", metavar="PX")] = 0,
    erode: Annotated[int, panel_option(_CHANGED, "Then shrink them.", metavar="PX")] = 0,
    turn_for: Annotated[
        Path | None,
        panel_option(
            _CHANGED,
            "For masks drawn on these images as viewers show them: turn them to how the files are stored (EXIF "
            "orientation).",
            metavar="IMAGES",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write masks of any kind as 8-bit PNG files with white holes."""
    from pconv_cli.masks.convert import ConvertOptions, convert_masks

    options = ConvertOptions(
        source=source,
        out=out_path,
        polarity=polarity,
        threshold=threshold,
        inverted=inverted,
        dilate=dilate,
        erode=erode,
        overwrite=overwrite,
        turn_for=turn_for,
    )
    with TerminalProgress() as progress:
        report = convert_masks(options, progress)
    said = f"{counted(report.converted, 'mask')} converted to {report.out}"
    finish(said if report.converted else "no mask converted", report.kept, report.failed, report.exit_code)
