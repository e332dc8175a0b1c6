"""``pconv report``: the condition of images by their masks, before any fill."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, err, out, show_failures
from pconv_cli.cli.options import READ, WRITTEN, DamagedImages, HoleColour, Json, error_as_json, panel_option
from pconv_cli.files.masks.polarity import OPAQUE, THRESHOLD, Polarity
from pconv_cli.wording import counted

if TYPE_CHECKING:
    from pconv_cli.jobs.condition.run import ConditionReport


_Masks = Annotated[
    str,
    panel_option(
        READ,
        "Folder of masks, one mask for all, annotations with labels, or alpha: each image's own transparency.",
        metavar="M|alpha",
        show_default=False,
    ),
]
_Target = Annotated[
    Path,
    panel_option(
        WRITTEN,
        "Folder to write to. An earlier report is replaced, but pages of images that are gone stay.",
        "--out",
        metavar="OUT",
        parser=Path,
    ),
]
_Numbered = Annotated[
    int,
    panel_option(WRITTEN, "How many losses of an image get a number, the largest first.", metavar="0-100"),
]
_Dpi = Annotated[
    float | None,
    panel_option(
        WRITTEN, "True resolution of the images, to measure by.", metavar="DPI", show_default="what each file says"
    ),
]
_Threshold = Annotated[
    int | None,
    panel_option(
        READ,
        "Value from which a mask is white, or with --masks alpha a pixel opaque.",
        metavar="1-255",
        default=f"{THRESHOLD}; with alpha {OPAQUE}",
    ),
]
_MaskPattern = Annotated[
    str | None,
    panel_option(READ, "How masks are named, such as {stem}-mask.", metavar="PATTERN", show_default="as their images"),
]


@error_as_json
def report(
    images: DamagedImages,
    masks: _Masks,
    target: _Target = Path("report"),
    numbered: _Numbered = 40,
    dpi: _Dpi = None,
    polarity: HoleColour = Polarity.WHITE,
    threshold: _Threshold = None,
    mask_pattern: _MaskPattern = None,
    json: Json = False,
) -> None:
    """Write a condition report: the losses of each image, measured, numbered and mapped, as pages to print.

    No image is filled. Beside the pages are losses.csv and images.csv.

    [bold]pconv report in/ --masks m/ --out condition/[/]
    """
    from pconv_cli.jobs.condition.options import ConditionOptions
    from pconv_cli.jobs.condition.run import report_conditions

    options = ConditionOptions(
        images=images,
        masks="alpha" if masks == "alpha" else Path(masks),
        out=target,
        numbered=numbered,
        dpi=dpi,
        polarity=polarity,
        threshold=threshold,
        mask_pattern=mask_pattern,
    )
    with TerminalProgress() as progress:
        found = report_conditions(options, progress)
    show_failures(reason for _, reason in found.failed)
    _show(found)
    if json:
        out().print_json(data=found.to_json())
    raise typer.Exit(found.exit_code)


def _show(found: "ConditionReport") -> None:
    failed = f", {len(found.failed)} failed" if found.failed else ""
    losses = f"{found.losses:,} {'loss' if found.losses == 1 else 'losses'}"
    err().print(
        f"{losses} in {counted(len(found.rows), 'image')}{failed}\n"
        f"Look in a browser at [bold]{escape(str(found.out / 'index.html'))}[/]",
        soft_wrap=True,
    )
