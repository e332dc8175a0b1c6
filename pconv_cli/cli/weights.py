"""``pconv weights``: what ships, what a file says of itself, and where VGG16 comes from."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer
from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.commands import ErrorMappingGroup
from pconv_cli.cli.console import err, out
from pconv_cli.cli.options import error_as_json
from pconv_cli.errors import UsageError
from pconv_cli.files.json_text import parse_json
from pconv_cli.files.opening import open_regular

app = typer.Typer(
    cls=ErrorMappingGroup, help="List, describe, import and export weights; fetch VGG16's.", no_args_is_help=True
)

# The keys of `pconv_cli.core.importing.families`, which takes torch to import; a test holds the two equal.
Family = Literal[
    "naoto0804",
    "keras",
    "mmagic",
    "rizvi",
    "ja3067",
    "context-encoder",
    "global-local",
    "mmagic-gl",
    "deepfill1",
    "deepfill2",
    "deepfill2-bgr",
    "edge-connect",
    "guided-diffusion",
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]


@app.command("list")
@error_as_json
def list_shipped(json: Json = False) -> None:
    """List the weights that ship with the program; the first is the default."""
    from pconv_cli.core.weights_info import list_weights

    shipped = list_weights()
    if json:
        out().print_json(data=[_as_json(info) for info in shipped])
        return
    if not shipped:
        err().print("no weights ship with this installation; `pconv train` makes some")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("name", no_wrap=True)
    specs = [info.spec.to_json() for info in shipped]
    fields = list(dict.fromkeys(name for spec in specs for name in spec))
    for head in (*fields, "size", "trained on"):
        table.add_column(head, overflow="fold")
    for info, spec in zip(shipped, specs, strict=True):
        size = f"{info.bytes / 1e6:.0f} MB"
        values = [str(spec.get(name, "")) for name in fields]
        table.add_row(info.name, *values, size, str(info.card.get("data", "")))
    out().print(table)


@app.command("show")
@error_as_json
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="Shipped weights, or a file.", show_default=False)],
    foreign: Annotated[
        str | None, typer.Option(metavar="KEY=VALUE,...", help="How to use another project's network.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what weights say of themselves: licence, figures, data, network, command."""
    from pconv_cli.core.foreign.asked import Foreign
    from pconv_cli.core.weights_info import describe_weights

    record = _as_json(describe_weights(name, foreign=Foreign(foreign=foreign)))
    if json:
        out().print_json(data=record)
        return
    card = record.pop("card")
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")  # a path that is cut off cannot be copied
    for key, value in _for_people(record, card).items():
        table.add_row(f"[bold]{escape(key)}[/]", escape(_shown(value)))
    out().print(table)


@app.command("import")
def import_checkpoint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", parser=Path, help="Checkpoint, or the folder of its files.", show_default=False),
    ],
    family: Annotated[
        Family,
        typer.Option(
            "--from",
            metavar="FAMILY",
            help=f"Project that it is from: {', '.join(get_args(Family))}.",
            show_default=False,
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="OUT", help="File to write.", show_default="FILE's name with .safetensors"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Convert a public checkpoint of another project; nothing in it is executed."""
    from pconv_cli.core.importing import import_weights

    report = import_weights(file, family, target, overwrite=overwrite)
    if report.warning:
        err().print(f"[yellow]warning:[/] {escape(report.warning)}", soft_wrap=True)
    err().print(f"written: {escape(str(report.path))}; its licence: {escape(report.licence)}", soft_wrap=True)


@app.command("export")
def export(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="Shipped weights, or a file.", show_default=False)],
    target: Annotated[Path, typer.Option("--out", metavar="OUT", help="File to write.", show_default=False)],
    card: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="JSON object to add to what the weights say of themselves.")
    ] = None,
    half: Annotated[bool, typer.Option("--half", help="Store float16, at half the size.")] = False,
    onnx: Annotated[bool, typer.Option("--onnx", help="Write the network as an ONNX file.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Copy weights to give to others: with a card, at half the size, or as ONNX."""
    if (target.suffix.lower() == ".onnx") != onnx:
        raise UsageError(f"{target}: an ONNX file is named *.onnx, and made by --onnx; give both or neither")
    if not onnx and target.suffix.lower() != ".safetensors":
        raise UsageError(f"{target}: weights are files named *.safetensors; choose such a name")
    if target.exists() and not overwrite:
        raise UsageError(f"{target}: exists already; name another file, or pass --overwrite")
    notes = {} if card is None else _read_card(card)
    if onnx:
        from pconv_cli.core.onnx_export import export_onnx

        difference = export_onnx(name, target, notes, half=half)
        checked = f"; on noise, onnxruntime differs from the network by at most {difference:.1g}"
    else:
        from pconv_cli.core.weights import export_weights

        export_weights(name, target, notes, half=half)
        checked = ""
    err().print(f"written: {escape(str(target))}{checked}", soft_wrap=True)


@app.command("fetch-vgg")
def fetch() -> None:
    """Download VGG16's weights (528 MB), which the perceptual and style terms of `pconv train` need."""
    from pconv_cli.core.vgg_file import fetch_vgg

    err().print(f"VGG16 is at {escape(str(fetch_vgg()))}", soft_wrap=True)


def _read_card(path: Path) -> dict[str, Any]:
    try:
        with open_regular(path) as file:
            notes = parse_json(file.read(), finite=True)
    except FileNotFoundError as error:
        raise UsageError(f"--card {path}: no such file; check the path") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"--card {path}: cannot be read ({reason}); name a file of JSON") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--card {path}: is not text in UTF-8; save it as UTF-8") from error
    except ValueError as error:
        raise UsageError(f"--card {path}: cannot be read as JSON ({error})") from error
    if not isinstance(notes, dict):
        raise UsageError(f'--card {path}: holds no JSON object; write one, such as {{"licence": "CC BY 4.0"}}')
    return notes


def _as_json(info: Any) -> dict[str, Any]:
    from dataclasses import asdict

    from pconv_cli.files.digest import sha256_of

    record = asdict(info)
    return {
        **{key: record[key] for key in ("name", "parameters", "dtype", "bytes")},
        "path": str(info.path),
        "sha256": sha256_of(info.path),
        **info.spec.to_json(),
        "card": record["card"],
    }


def _for_people(record: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """What decides whether weights can be used comes first; the command that made them, often a page long, last."""
    said = {**record, **card}
    if not {"licence", "license"} & card.keys():
        said["licence"] = "not stated"
    command = {"command": said.pop("command")} if "command" in said else {}
    first = ("name", "licence", "license", "validation", "data")
    return {key: said[key] for key in first if key in said} | said | command


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_shown(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if value is None or isinstance(value, bool):
        return "none" if value is None else "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
