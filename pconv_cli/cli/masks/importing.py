"""``pconv masks import``: masks that people drew in other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.console import TerminalProgress, err, out
from pconv_cli.cli.flags import refuse_beside
from pconv_cli.cli.masks.options import Overwrite, finish
from pconv_cli.cli.options import WRITTEN, Json, error_as_json, panel_option
from pconv_cli.errors import UsageError
from pconv_cli.wording import counted, first_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pconv_cli.masks.annotations.report import ImportReport


_Source = Annotated[
    Path,
    typer.Argument(
        metavar="ANNOTATIONS",
        parser=Path,
        help="Annotation file, or a folder of them: LabelMe, COCO, CVAT, VIA, Label Studio, Supervisely, QuPath "
        "GeoJSON, IIIF, SVG, PSD/PSB, TIFF channels, DXF.",
        show_default=False,
    ),
]
_Like = Annotated[
    Path | None,
    typer.Option(metavar="IN", parser=Path, help="The annotated images: a folder, or one.", show_default=False),
]
_OutFolder = Annotated[
    Path | None,
    panel_option(WRITTEN, "Folder to write masks to.", "--out", metavar="FOLDER", parser=Path, show_default=False),
]
_Labels = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Draw only these classes.", show_default="all"),
]
_ListLabels = Annotated[bool, typer.Option("--list-labels", help="Count the regions of each class, and draw nothing.")]
_DrawingMap = Annotated[
    str | None,
    typer.Option(
        "--map",
        metavar="'X,Y=C,R ...'",
        help="Two or more points of a DXF drawing, and their pixels as column,row.",
        show_default="the image that the drawing places",
    ),
]


@error_as_json
def import_masks(
    source: _Source,
    like: _Like = None,
    out_folder: _OutFolder = None,
    labels: _Labels = None,
    list_labels: _ListLabels = False,
    drawing_map: _DrawingMap = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Draw annotations of other programs as masks.

    A pixel is hole if its centre is inside, or an outline crosses it.
    """
    from pconv_cli.masks.annotations import importing
    from pconv_cli.masks.annotations.report import ImportOptions
    from pconv_cli.masks.ratios import MOSTLY_HOLE

    chosen: list[str] = []
    if list_labels:
        idle = {"--like": like, "--out": out_folder, "--labels": labels, "--overwrite": overwrite}
        refuse_beside("--list-labels, which draws nothing", idle)
        report = importing.list_labels(source, drawing_map)
    elif like is None or out_folder is None:
        raise UsageError("name the annotated images by --like and the folder of the masks by --out (or --list-labels)")
    else:
        chosen = [label.strip() for label in (labels or "").split(",") if label.strip()]
        if labels is not None and not chosen:
            raise UsageError(f"--labels {labels}: names no class; give names with commas between them")
        options = ImportOptions(
            source=source, like=like, out=out_folder, labels=chosen, drawing_map=drawing_map, overwrite=overwrite
        )
        with TerminalProgress() as progress:
            report = importing.import_masks(options, progress)
            if report.mostly_hole:
                progress.warn(
                    f"{first_few(report.mostly_hole)}: more than {100 * MOSTLY_HOLE:.0f} % hole; if the shapes mark "
                    "what is sound, swap hole and valid by pconv masks invert"
                )
    if json:
        out().print_json(data=report.to_json())
    elif report.labels:
        out().print(_label_table(report, () if list_labels else chosen))
    for name, reason in report.failed if list_labels else ():
        err().print(f"{name}: {reason}", soft_wrap=True, markup=False)
    if list_labels:
        raise typer.Exit(report.exit_code)
    kept = sum(one.kept for one in report.imported.values())
    written = len(report.imported) - kept
    said = f"{counted(written, 'mask')} written to {report.out}" if written else "no mask written"
    finish(said, kept, report.failed, report.exit_code)


def _label_table(report: "ImportReport", chosen: "Sequence[str]") -> Table:
    """The classes with their regions, and where some were chosen which of them were drawn; capitals do not count."""
    regions: dict[str, tuple[str, int]] = {}
    for label, count in sorted(report.labels.items(), key=lambda one: (-one[1], one[0])):
        shown, before = regions.get(label.casefold(), (label, 0))
        regions[label.casefold()] = shown, before + count
    wanted = {label.casefold() for label in chosen}
    table = Table()
    table.add_column("class", overflow="fold")
    table.add_column("regions", justify="right")
    if wanted:
        table.add_column("drawn")
    for key, (label, count) in sorted(regions.items(), key=lambda one: (-one[1][1], one[1][0])):
        drawn = ("yes" if key in wanted else "no",) if wanted else ()
        table.add_row(escape(label), str(count), *drawn)
    return table
