"""``pconv masks check``: what looks wrong about masks, before any fill."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.console import TerminalProgress, err, out
from pconv_cli.cli.masks.options import ExactThreshold
from pconv_cli.cli.options import DamagedImages, HoleColour, Json, error_as_json
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity
from pconv_cli.wording import counted, first_few, of_file

if TYPE_CHECKING:
    from pconv_cli.masks.check import CheckReport


@error_as_json
def check(
    images: DamagedImages,
    masks: Annotated[
        Path,
        typer.Option(metavar="M", parser=Path, help="Folder of masks, or one mask for all.", show_default=False),
    ],
    polarity: HoleColour = Polarity.WHITE,
    threshold: ExactThreshold = THRESHOLD,
    json: Json = False,
) -> None:
    """Find masks that look wrong: inverted, empty, too tight, moved, softened, or of another size or name.

    Nothing is written. The exit code is 3 if anything looks wrong.
    """
    from pconv_cli.masks.check import CheckOptions, check_masks

    options = CheckOptions(images=images, masks=masks, polarity=polarity, threshold=threshold)
    with TerminalProgress() as progress:
        report = check_masks(options, progress)
    if json:
        out().print_json(data=report.to_json())
    elif report.remarks:
        out().print(_table(report))
    for name, reason in report.failed:
        err().print(of_file(name, reason, images), soft_wrap=True, markup=False)
    for words in report.doubts:
        err().print(words, soft_wrap=True, markup=False)
    if report.unused:
        err().print(f"{first_few(report.unused)}: belongs to no image", soft_wrap=True, markup=False)
    said = f"{counted(report.sound, 'mask')} without remark"
    said += f", {len(report.remarks)} with" if report.remarks else ""
    said += f", {len(report.failed)} that cannot be used" if report.failed else ""
    err().print(said, soft_wrap=True, markup=False)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _table(report: "CheckReport") -> Table:
    table = Table()
    table.add_column("image", overflow="fold")
    table.add_column("its mask", overflow="fold")
    for name, remarks in report.remarks.items():
        table.add_row(escape(name), escape("; ".join(one.words for one in remarks)))
    return table
