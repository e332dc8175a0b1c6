"""``pconv masks``: make, find, count and convert masks."""

import re
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.console import ErrorMappingGroup, TerminalProgress, counted, err, out
from pconv_cli.cli.masks_algebra import (
    WRITTEN,
    HoleColour,
    Overwrite,
    Threshold,
    filter_,
    intersect,
    invert,
    subtract,
    union,
)
from pconv_cli.cli.masks_check import check
from pconv_cli.cli.masks_edit import edit
from pconv_cli.cli.masks_import import import_masks
from pconv_cli.cli.paths import output_path
from pconv_cli.errors import UsageError
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.kinds import Damage, MaskKind

if TYPE_CHECKING:
    from pconv_cli.masks.detect.folder import DetectReport
    from pconv_cli.masks.stats import FolderStats

app = typer.Typer(cls=ErrorMappingGroup, help="Make, find, import, count and convert masks.", no_args_is_help=True)
app.command("import")(import_masks)
for _command in (edit, check, union, subtract, intersect, invert):
    app.command()(_command)
app.command("filter")(filter_)

_DRAWN, _FOUND, _CHANGED, _RUN = "Masks that are drawn", "Damage that is looked for", "Holes", "Run"


@app.command()
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
        str | None, typer.Option(metavar="N|WxH", help="Pixels.", show_default="512", rich_help_panel=_DRAWN)
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
        typer.Option(
            "--out", metavar="FOLDER", parser=output_path, help="Where the masks go.", rich_help_panel=WRITTEN
        ),
    ] = Path("masks"),
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Draw one mask for each image there: same size, same name.",
            rich_help_panel=_DRAWN,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes.",
            show_default="1 for up to 200 masks, else all cores",
            rich_help_panel=_RUN,
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw random masks, and a manifest that says what each one is."""
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
    _finish(said if report.drawn else "no mask drawn", report.kept, report.failures, report.exit_code)


@app.command()
def detect(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A folder of damaged images, or one.", show_default=False)
    ],
    out_path: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="OUT",
            parser=output_path,
            help="The folder to write masks to; for one image also a .png file.",
            show_default=False,
            rich_help_panel=WRITTEN,
        ),
    ],
    color: Annotated[
        list[str] | None,
        typer.Option(
            metavar="#RRGGBB",
            help="Damage is painted over in this colour; may be given several times.",
            rich_help_panel=_FOUND,
        ),
    ] = None,
    method: Annotated[
        list[Damage] | None,
        typer.Option(
            metavar="NAME",
            help="white, black (losses), scratches (thin, light), cracks (thin, dark); may be given several times.",
            rich_help_panel=_FOUND,
        ),
    ] = None,
    tolerance: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How far (of 255) from the colour, white or black.",
            show_default="60; 25",
            rich_help_panel=_FOUND,
        ),
    ] = None,
    contrast: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How much (of 255) scratches and cracks differ from both sides.",
            show_default="14",
            rich_help_panel=_FOUND,
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(metavar="PX", help="The widest scratch or crack.", show_default="4", rich_help_panel=_FOUND),
    ] = None,
    min_area: Annotated[
        int, typer.Option(metavar="PX", help="Drop smaller connected areas.", rich_help_panel=_CHANGED)
    ] = 12,
    dilate: Annotated[int, typer.Option(metavar="PX", help="Grow what was found.", rich_help_panel=_CHANGED)] = 0,
    overlay: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            parser=output_path,
            help="Write images with the masks' outlines here, to check by.",
            rich_help_panel=WRITTEN,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes.",
            show_default="1 for up to 4 images, else all cores",
            rich_help_panel=_RUN,
        ),
    ] = None,
    overwrite: Overwrite = False,
    json: Annotated[bool, typer.Option("--json", help="Write the report as JSON.", rich_help_panel=_RUN)] = False,
) -> None:
    """Find the damage of images that come without masks, and write masks."""
    from pconv_cli.masks.detect.detection import Search
    from pconv_cli.masks.detect.folder import DetectOptions, detect_masks

    search = Search(
        methods=method or [],
        colours=[_colour(text) for text in color or []],
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
        from json import dumps

        typer.echo(dumps(report.as_json(), indent=2, ensure_ascii=False))
    elif report.found:
        out().print(_found_table(report))
    kept = sum(one.kept for one in report.found)
    written = len(report.found) - kept
    said = f"{counted(written, 'mask')} written to {report.out}" if written else "no mask written"
    _finish(said, kept, report.failures, report.exit_code)


@app.command()
def stats(
    folder: Annotated[Path, typer.Argument(help="A folder of masks, with its subfolders.", show_default=False)],
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    json: Annotated[bool, typer.Option("--json", help="Write the counts as JSON.")] = False,
) -> None:
    """Count masks by hole ratio, and by whether their holes touch the border."""
    from pconv_cli.masks.stats import count_masks

    with TerminalProgress() as progress:
        report = count_masks(folder, polarity=polarity, threshold=threshold, progress=progress)
    if json:
        from json import dumps

        typer.echo(dumps(report.as_json(), indent=2))
    else:
        for found in report.folders:
            out().print(_table(folder / found.folder, found))
    if report.failures:
        err().print(f"{len(report.failures)} failed", soft_wrap=True)
        raise typer.Exit(report.exit_code)


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A folder of masks, or one mask file.", show_default=False)
    ],
    out_path: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="OUT",
            parser=output_path,
            help="The folder to write to; for one mask also a .png file.",
            show_default=False,
            rich_help_panel=WRITTEN,
        ),
    ],
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    inverted: Annotated[bool, typer.Option("--invert", help="Swap hole and valid.", rich_help_panel=_CHANGED)] = False,
    dilate: Annotated[int, typer.Option(metavar="PX", help="Grow the holes.", rich_help_panel=_CHANGED)] = 0,
    erode: Annotated[int, typer.Option(metavar="PX", help="Then shrink them.", rich_help_panel=_CHANGED)] = 0,
    turn_for: Annotated[
        Path | None,
        typer.Option(
            metavar="IMAGES",
            help="Turn masks drawn on these as viewers show them (EXIF orientation) to how these are stored.",
            show_default=False,
            rich_help_panel=_CHANGED,
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
    _finish(said if report.converted else "no mask converted", report.kept, report.failures, report.exit_code)


def _finish(said: str, kept: int, failures: list[tuple[str, str]], exit_code: int) -> None:
    """Sum up in one line, and end with the exit code."""
    if kept:
        said += f"; {counted(kept, 'mask')} there already and kept (--overwrite replaces them)"
    if failures:
        said += f"; {len(failures)} failed"
    err().print(said, soft_wrap=True, markup=False)
    if exit_code:
        raise typer.Exit(exit_code)


def _table(folder: Path, counts: "FolderStats") -> Table:
    from pconv_cli.masks.ratios import class_label

    table = Table(title=f"{folder.as_posix()}: {counted(counts.total.total, 'mask')}", title_justify="left")
    table.add_column("hole ratio")
    for heading in ("inside", "at the border", "all"):
        table.add_column(heading, justify="right")
    rows = [(class_label(index), count) for index, count in enumerate(counts.classes)]
    for label, count in [*rows, ("outside these", counts.outside)]:
        table.add_row(label, str(count.inside), str(count.border), str(count.total))
    table.add_section()
    table.add_row("all", str(counts.total.inside), str(counts.total.border), str(counts.total.total))
    return table


def _found_table(report: "DetectReport") -> Table:
    table = Table(title=counted(len(report.found), "image"), title_justify="left")
    table.add_column("image", overflow="fold")
    for heading in ("hole ratio", "areas"):
        table.add_column(heading, justify="right")
    for one in report.found:
        table.add_row(escape(one.name) + (" (kept)" if one.kept else ""), f"{one.hole_ratio:.4f}", str(one.areas))
    return table


def _colour(text: str) -> tuple[int, int, int]:
    """Read ``#RRGGBB``, ``RRGGBB`` or ``#RGB``."""
    digits = text.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    if len(digits) != 6 or not all(digit in hexdigits for digit in digits):
        raise UsageError(f"--color {text}: write red, green and blue in hexadecimal, such as '#00ff00'")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


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
