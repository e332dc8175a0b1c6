"""How `pconv inpaint` shows what it did, and what it would do."""

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from pconv_cli.cli.console import err, one_line, out, say, show_failures
from pconv_cli.files.retouch.names import COPY, LAYER
from pconv_cli.wording import counted, first_few, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pconv_cli.jobs.options import InpaintOptions
    from pconv_cli.jobs.planning.preview import PlannedImage, Preview
    from pconv_cli.jobs.report.outcome import InpaintReport, VariantsReport
    from pconv_cli.jobs.variants.run import VariantOptions
    from pconv_cli.training.adapt import AdaptedWeights

_ACTIONS = {"make": "", "again": "made again", "keep": "is there"}

_COLUMNS = ("image", "mask", "pixels", "hole", "tiles", "output")
_FOLDED, _RIGHT = ("image", "mask"), ("pixels", "hole", "tiles")
_LEAST = 8  # characters of a folded name that a line has to hold


def show_adapted(adapted: "AdaptedWeights") -> None:
    """Say which weights were adapted, or taken again, and what it cost."""
    how = f"{counted(adapted.steps, 'step')} of fine-tuning on these images in {adapted.minutes:.1f} min"
    again = "adapted before, and used again (--overwrite adapts once more): " if adapted.reused else ""
    err().print(f"Weights: {again}[bold]{escape(str(adapted.weights))}[/], {how}", soft_wrap=True)


def show_summary(report: "InpaintReport", options: "InpaintOptions") -> None:
    """Show people what came of a run: the failures with their reasons, then one line of counts."""
    console = err()
    show_failures(_with_path(name, reason, options) for name, reason in report.failed)
    part = f"part {report.shard}: " if report.shard else ""
    how = f" with {report.method} in {report.seconds:.1f} s" if report.done else ""
    console.print(f"{part}{_counts(report, options)}{how}", soft_wrap=True)
    if report.page:
        console.print(f"Look at [bold]{escape(report.page)}[/]: every image before and after", soft_wrap=True)
    if report.profile is not None:
        _show_profile(report.profile)


def _counts(report: "InpaintReport", options: "InpaintOptions") -> str:
    parts = [f"[green]{len(report.done)} done[/]"]
    if report.skipped:
        skipped = len(report.skipped)
        why = "unchanged" if options.resume else f"already there; --overwrite makes {_them(skipped)} again"
        if report.outdated:
            one = report.outdated == 1
            differ = f"{report.outdated} {'differs' if one else 'differ'} from what is asked"
            why = f"already there; {differ}, --resume makes {_them(report.outdated)} again"
        parts.append(f"{skipped} skipped ({why})")
    if report.failed:
        parts.append(f"[red]{len(report.failed)} failed[/]")
    return ", ".join(parts)


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def show_variants(report: "VariantsReport", options: "VariantOptions") -> None:
    """Show people what came of several variants: failures (of all variants alike: once), a line each, the sheets."""
    console = err()
    failed = [one for _, _, variant in report.variants for one in variant.failed]
    show_failures(_with_path(*one, options) for one in dict.fromkeys([*failed, *report.failed]))
    for number, (folder, seed, variant) in enumerate(report.variants, 1):
        said = f"variant {number} (seed {seed}): {_counts(variant, options)}"
        console.print(f"{said} in {variant.seconds:.1f} s, {escape(str(folder))}", soft_wrap=True)
        if variant.profile is not None:
            _show_profile(variant.profile)
    for name in report.alike[:1]:
        more = f" (and {len(report.alike) - 1} more like it)" if len(report.alike) > 1 else ""
        console.print(f"{escape(name)}: its variants are all the same, so it has no sheet{more}", soft_wrap=True)
    if report.sheets:
        console.print(
            f"Choose by {counted(len(report.sheets), 'sheet')} in [bold]{escape(str(options.out / 'sheets'))}[/]: "
            "damaged, then the variants by number",
            soft_wrap=True,
        )


def show_variant_previews(previews: "Sequence[Preview]", options: "VariantOptions") -> None:
    """Print the plan of the first variant as a table, how many the others do, and what would fail, once."""
    problems = dict.fromkeys(one for preview in previews for one in preview.failed)
    if previews[0].rows:
        out().print(_plan_table(previews[0].rows, out().width))
    for name, reason in problems:
        out().print(f"[bold red]problem:[/] {one_line(_with_path(name, reason, options))}", soft_wrap=True)
    for number, (one, preview) in enumerate(zip(options.each(), previews, strict=True), 1):
        said = f"variant {number} (seed {one.seed}): {_planned(preview)}, {escape(str(one.out))}"
        err().print(said, soft_wrap=True)
    err().print(f"then the sheets in {escape(str(options.out / 'sheets'))}; nothing was written", soft_wrap=True)


def _show_profile(profile: dict[str, Any]) -> None:
    console = err()
    seconds = ", ".join(f"{stage} {time:.1f}" for stage, time in profile["seconds"].items())
    console.print(f"seconds: {seconds}; in all {profile['wall']:.1f}", soft_wrap=True)
    line = f"stages overlap; in the method: {percent(profile['model_share'], 0)} of the time"
    for key, where in (("peak_memory", "memory"), ("peak_gpu_memory", "memory of the GPU")):
        if profile[key] is not None:
            line += f"; peak {where}: {profile[key] / 2**20:.0f} MiB"
    console.print(line, soft_wrap=True)


def show_preview(preview: "Preview", options: "InpaintOptions") -> None:
    """Print the plan of a run as a table, and the images that would fail as lines after it."""
    console = out()
    if preview.rows:
        console.print(_plan_table(preview.rows, console.width))
    for name, reason in preview.failed:
        located = _with_path(name, reason, options)
        say(console, f"[bold red]problem:[/] {one_line(located)}")
    beside = [kind for kind, wanted in ((LAYER, options.retouch), (COPY, options.show)) if wanted]
    said = f", each with {' and '.join(f'NAME.{kind}' for kind in beside)} (PNG or TIFF) beside it" if beside else ""
    err().print(f"{_planned(preview)}{said}; nothing was written", soft_wrap=True)


def _planned(preview: "Preview") -> str:
    counts = {action: sum(row.action == action for row in preview.rows) for action in _ACTIONS}
    said = f"{counts['make'] + counts['again']} to do with {preview.method}"
    if counts["again"]:
        said += f" ({counts['again']} again)"
    said += f", {counts['keep']} already there" if counts["keep"] else ""
    return said + (f", {len(preview.failed)} would fail" if preview.failed else "")


def _with_path(name: str, reason: str, options: "InpaintOptions") -> str:
    """A reason with the image's path in front, also where it has its name below the folder there."""
    if name == str(options.report):  # the page, which lies below no folder of images
        return reason
    images = options.images
    path = images / name if images.is_dir() else images
    return f"{path}{reason.removeprefix(name)}" if reason.startswith(f"{name}: ") else reason


def _plan_table(rows: "Sequence[PlannedImage]", width: int) -> Table:
    """The plan, of which a narrow terminal shows neither the outputs nor, where it has to be, the masks."""
    columns = {head: cells for head, *cells in zip(_COLUMNS, *map(_cells, rows), strict=True)}
    if not any(columns["output"]):
        del columns["output"]
    for spare in ("output", "mask"):
        if _least_width(columns) > width:
            columns.pop(spare, None)
    table = Table(box=None, pad_edge=False)
    for head in columns:
        folded = head in _FOLDED
        table.add_column(head, justify="right" if head in _RIGHT else "left", overflow="fold", no_wrap=not folded)
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(escape, cells))
    return table


def _least_width(columns: dict[str, list[str]]) -> int:
    """The characters a line needs to be readable."""
    widths = {head: max(map(cell_len, (head, *cells))) for head, cells in columns.items()}
    return sum(min(w, _LEAST) if head in _FOLDED else w for head, w in widths.items()) + 2 * (len(widths) - 1)


def _cells(row: "PlannedImage") -> tuple[str, ...]:
    size = f"{row.size[1]}x{row.size[0]}" if row.size else "-"
    hole = percent(row.hole_ratio) if row.hole_ratio is not None else "-"
    tiles = str(row.tiles) if row.tiles is not None else "-"
    return row.name, first_few(row.masks), size, hole, tiles, _ACTIONS[row.action]
