"""``pconv masks edit``: the mask page in a browser."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import err
from pconv_cli.cli.masks.options import ExactThreshold
from pconv_cli.cli.options import DamagedImages, HoleColour
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity
from pconv_cli.wording import counted, first_few


def edit(
    images: DamagedImages,
    masks: Annotated[
        Path,
        typer.Option(
            metavar="M", parser=Path, help="Folder of masks; it is made if there is none.", show_default=False
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", parser=Path, help="Folder to save to.", show_default="the masks' folder"
        ),
    ] = None,
    polarity: HoleColour = Polarity.WHITE,
    threshold: ExactThreshold = THRESHOLD,
    port: Annotated[
        int, typer.Option(metavar="N", help="Port of the page on this machine.", show_default="any that is free")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> None:
    """Draw and correct masks in the browser, on a page for this machine alone; Ctrl-C ends it.

    The page has a brush, polygons, a lasso, flood fill, undo, proposals of
    damage, and a preview of the fill by any method.
    Saving writes the mask, and edits.json beside it.
    """
    import webbrowser

    from pconv_cli.web.api import Api
    from pconv_cli.web.server import MaskServer
    from pconv_cli.web.workspace import EditOptions, Workspace

    options = EditOptions(images=images, masks=masks, out=target, polarity=polarity, threshold=threshold)
    workspace = Workspace(options)
    server = MaskServer(Api(workspace), port)
    err().print(f"{counted(len(workspace.names), 'image')}; the page is at", soft_wrap=True, markup=False)
    typer.echo(server.address)
    err().print("Ctrl-C ends it; saved masks stay", soft_wrap=True, markup=False)
    if browser:
        webbrowser.open(server.address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        unsaved = [one["name"] for one in workspace.listing() if one["state"] == "changed"]
        if unsaved:
            err().print(f"not saved: {first_few(unsaved)}", soft_wrap=True, markup=False)
    finally:
        server.server_close()
        workspace.close()
