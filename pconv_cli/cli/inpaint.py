"""``pconv inpaint``: restore a folder of damaged pictures, or one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pconv_cli.cli.console import TerminalProgress, err, out, show_failures
from pconv_cli.cli.paths import output_path
from pconv_cli.files.formats import PictureFormat
from pconv_cli.files.polarity import THRESHOLD, Polarity
from pconv_cli.inpainting.methods import TILE, Method

if TYPE_CHECKING:
    from pconv_cli.inpainting.report import InpaintReport

_MASKS = "Masks"
_METHOD = "Method"
_OUTPUT = "Output"


def inpaint(
    pictures: Annotated[
        Path,
        typer.Argument(metavar="IN", help="Folder of pictures, or one picture.", show_default=False),
    ],
    masks: Annotated[
        str,
        typer.Option(
            metavar="M|alpha",
            help="Folder of masks, one mask for all, or [bold]alpha[/]: each picture's own transparency.",
            show_default=False,
            rich_help_panel=_MASKS,
        ),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="OUT",
            parser=output_path,
            help="Folder to write to; for one picture also a file.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ],
    method: Annotated[Method, typer.Option(help="How holes are filled.", rich_help_panel=_METHOD)] = Method.PCONV,
    weights: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="Weights of pconv.", rich_help_panel=_METHOD)
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.", rich_help_panel=_METHOD)] = "auto",
    tile: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=f"Side above which pconv works tile by tile  [dim]\\[default: {TILE}][/]",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Pixels that tiles share  [dim]\\[default: tile / 4][/]", rich_help_panel=_METHOD
        ),
    ] = None,
    mask_polarity: Annotated[
        Polarity, typer.Option(help="Colour of the hole in mask files.", rich_help_panel=_MASKS)
    ] = Polarity.WHITE,
    threshold: Annotated[
        int, typer.Option(metavar="1-255", help="Value from which a mask is white.", rich_help_panel=_MASKS)
    ] = THRESHOLD,
    dilate: Annotated[int, typer.Option(metavar="PX", help="Grow the holes first.", rich_help_panel=_MASKS)] = 0,
    kind: Annotated[
        PictureFormat | None,
        typer.Option("--format", help="Format to write; without it, each picture's own.", rich_help_panel=_OUTPUT),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace outputs that exist, not skip them.", rich_help_panel=_OUTPUT)
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first picture that fails.", rich_help_panel=_OUTPUT)
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON to stdout.", rich_help_panel=_OUTPUT)
    ] = False,
) -> None:
    """Fill the holes of damaged pictures: a folder in, a folder out.

    Size, format, depth and colour profile stay, and every undamaged pixel stays bit for bit.
    White in a mask marks the hole; the mask of a/b.jpg is a/b.* or a/b_mask.*, whatever the suffix.

    [bold]pconv inpaint in/ --masks m/ --out out/[/]

    [bold]pconv inpaint photo.jpg --masks photo_mask.png --out restored.png[/]
    """
    from pconv_cli.inpainting.folder import InpaintOptions, inpaint_folder

    options = InpaintOptions(
        pictures=pictures,
        masks="alpha" if masks == "alpha" else Path(masks),
        out=target,
        method=method,
        weights=weights,
        device=device,
        tile=tile,
        overlap=overlap,
        polarity=mask_polarity,
        threshold=threshold,
        dilate=dilate,
        format=kind,
        overwrite=overwrite,
        fail_fast=fail_fast,
    )
    with TerminalProgress() as progress:
        report = inpaint_folder(options, progress)
    _summary(report)
    if json:
        out().print_json(data=report.to_json())
    raise typer.Exit(report.exit_code)


def _summary(report: "InpaintReport") -> None:
    """Show people what came of it: the failures with their reasons, then one line of counts."""
    console = err()
    show_failures(reason for _, reason in report.failed)
    parts = [f"[green]{len(report.done)} done[/]"]
    if report.skipped:
        parts.append(f"{len(report.skipped)} skipped (there already; --overwrite makes them anew)")
    if report.failed:
        parts.append(f"[red]{len(report.failed)} failed[/]")
    console.print(f"{', '.join(parts)} with {report.method} in {report.seconds:.1f} s", soft_wrap=True)
