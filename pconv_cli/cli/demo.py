"""``pconv demo``: the whole main job on sample images."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, err, say, show_failures
from pconv_cli.wording import counted


def demo(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder to write to. An earlier demo there is replaced.")
    ] = Path("demo"),
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Weights to use.",
            show_default="photo",
        ),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run weights that are a program (TorchScript).")] = False,
    foreign: Annotated[
        str | None, typer.Option(metavar="KEY=VALUE,...", help="How to use another project's network.")
    ] = None,
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
) -> None:
    """Damage sample images, restore them, and lay both beside the truth."""
    from pconv_cli.jobs.demo import run_demo

    say(err(), "Restoring sample images; the first run on a machine compiles loops, which takes some seconds more.")
    with TerminalProgress() as progress:
        report = run_demo(out, weights=weights, trust=trust, foreign=foreign, device=device, progress=progress)
    console = err()
    inpainting = report.inpainting
    show_failures(reason for _, reason in inpainting.failed)
    if inpainting.done:
        console.print(
            f"{counted(len(inpainting.done), 'sample image')} restored in {inpainting.seconds:.0f} s\n"
            f"Look at [bold]{escape(str(report.sheet))}[/] (damaged, restored, true), "
            f"or in a browser at [bold]{escape(inpainting.page)}[/]",
            soft_wrap=True,
        )
        folder = escape(str(report.folder))
        console.print(
            f"Score them:  pconv eval {folder}/restored --gt {folder}/true --masks {folder}/masks", soft_wrap=True
        )
    raise typer.Exit(inpainting.exit_code)
