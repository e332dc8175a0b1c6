"""``pconv masks detect``: masks proposed for the damage of images that come without."""

from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Annotated

from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.console import TerminalProgress, out
from pconv_cli.cli.masks.options import MaskTarget, Overwrite, finish
from pconv_cli.cli.options import RUN, WRITTEN, DamagedImages, Json, error_as_json, panel_option
from pconv_cli.errors import UsageError
from pconv_cli.masks.kinds import Damage
from pconv_cli.wording import counted, percent

if TYPE_CHECKING:
    from pconv_cli.masks.detect.folder import DetectReport

_FOUND, _CHANGED = "Damage to find", "Holes"


_Method = Annotated[
    list[Damage] | None,
    panel_option(
        _FOUND,
        "Find white or black losses, scratches (thin, light) or cracks (thin, dark); may be repeated.",
        metavar="NAME",
    ),
]
_Color = Annotated[
    list[str] | None,
    panel_option(_FOUND, "Find damage painted over in this colour; may be given several times.", metavar="#RRGGBB"),
]
_Certainty = Annotated[
    float | None,
    panel_option(
        _FOUND,
        "Pixels of at least this probability, 0 to 1, are certain; lower values find more, also by mistake. "
        "Any value, the default too, stops uncertain areas near much that is certain from counting.",
        metavar="P",
        show_default="by kind, 0.85 to 0.92",
    ),
]
_Rules = Annotated[
    bool,
    panel_option(_FOUND, "Find kinds by rules, which can be set, instead of by the network.", "--rules"),
]
_Tolerance = Annotated[
    int | None,
    panel_option(
        _FOUND,
        "Largest distance, 0 to 255, from --color; with --rules, from white or black.",
        metavar="N",
        show_default="60; with --rules 25",
    ),
]
_Contrast = Annotated[
    int | None,
    panel_option(
        _FOUND,
        "With --rules: least difference, 0 to 255, of a scratch or crack from both its sides.",
        metavar="N",
        show_default="14",
    ),
]
_Width = Annotated[
    int | None,
    panel_option(_FOUND, "With --rules: width of the widest scratch or crack.", metavar="PX", show_default="4"),
]
_MinArea = Annotated[int, panel_option(_CHANGED, "Drop smaller connected areas.", metavar="PX")]
_Dilate = Annotated[int, panel_option(_CHANGED, "Grow what was found.", metavar="PX")]
_Overlay = Annotated[
    Path | None,
    panel_option(WRITTEN, "Also write images that show the outlines of their masks.", metavar="FOLDER", parser=Path),
]
_Workers = Annotated[
    int | None,
    panel_option(RUN, "Processes at a time.", metavar="N", show_default="1 for up to 4 images, else all cores"),
]


@error_as_json
def detect(
    source: DamagedImages,
    out_path: MaskTarget,
    method: _Method = None,
    color: _Color = None,
    certainty: _Certainty = None,
    rules: _Rules = False,
    tolerance: _Tolerance = None,
    contrast: _Contrast = None,
    width: _Width = None,
    min_area: _MinArea = 12,
    dilate: _Dilate = 0,
    overlay: _Overlay = None,
    workers: _Workers = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Find the damage in images that come without masks, and write masks."""
    from pconv_cli.masks.detect.detection import Search
    from pconv_cli.masks.detect.folder import DetectOptions, detect_masks

    search = Search(
        methods=method or [],
        colours=[_colour(text) for text in color or []],
        certainty=certainty,
        rules=rules,
        tolerance=tolerance,
        contrast=contrast,
        width=width,
        min_area=min_area,
        dilate=dilate,
    )
    options = DetectOptions(
        source=source, out=out_path, search=search, overlay=overlay, workers=workers, overwrite=overwrite
    )
    with TerminalProgress() as progress:
        report = detect_masks(options, progress)
    if json:
        out().print_json(data=report.to_json())
    elif report.found:
        out().print(_found_table(report))
    kept = sum(one.kept for one in report.found)
    written = len(report.found) - kept
    said = f"{counted(written, 'mask')} written to {report.out}" if written else "no mask written"
    finish(said, kept, report.failed, report.exit_code)


def _found_table(report: "DetectReport") -> Table:
    table = Table(title=counted(len(report.found), "image"), title_justify="left")
    table.add_column("image", overflow="fold")
    for heading in ("hole ratio", "areas"):
        table.add_column(heading, justify="right")
    for one in report.found:
        table.add_row(escape(one.label) + (" (kept)" if one.kept else ""), percent(one.hole_ratio), str(one.areas))
    return table


def _colour(text: str) -> tuple[int, int, int]:
    """Read ``#RRGGBB``, ``RRGGBB`` or ``#RGB``."""
    digits = text.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    if len(digits) != 6 or not all(digit in hexdigits for digit in digits):
        raise UsageError(f"--color {text}: write red, green and blue in hexadecimal, such as '#00ff00'")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
