"""``pconv masks stats``: masks counted by hole ratio."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pconv_cli.cli.console import TerminalProgress, err, out
from pconv_cli.cli.masks.options import Threshold
from pconv_cli.cli.options import HoleColour, Json, error_as_json
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.wording import counted

if TYPE_CHECKING:
    from pconv_cli.masks.stats import FolderStats


@error_as_json
def stats(
    folder: Annotated[
        Path, typer.Argument(parser=Path, help="A folder of masks, with its subfolders.", show_default=False)
    ],
    polarity: HoleColour = Polarity.WHITE,
    threshold: Threshold = None,
    json: Json = False,
) -> None:
    """Count masks by hole ratio, and by whether their holes touch the border."""
    from pconv_cli.masks.stats import count_masks

    with TerminalProgress() as progress:
        report = count_masks(folder, polarity=polarity, threshold=threshold, progress=progress)
    if json:
        out().print_json(data=report.to_json())
    else:
        for found in report.folders:
            out().print(_table(folder / found.folder, found))
    if report.failed:
        err().print(f"{len(report.failed)} failed", soft_wrap=True)
        raise typer.Exit(report.exit_code)


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
