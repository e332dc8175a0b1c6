"""What ``pconv inpaint`` does with its options: a folder restored once or in variants, or a dry run of either."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pconv_cli.cli.console import TerminalProgress, out
from pconv_cli.cli.flags import refuse_beside
from pconv_cli.cli.inpaint.tables import (
    show_adapted,
    show_preview,
    show_summary,
    show_variant_previews,
    show_variants,
)
from pconv_cli.errors import PconvError

if TYPE_CHECKING:
    from pconv_cli.jobs.options import InpaintOptions
    from pconv_cli.jobs.report.outcome import InpaintReport
    from pconv_cli.jobs.variants.run import VariantOptions


def preview(options: "InpaintOptions", json: bool) -> int:
    """Show what would be done."""
    from pconv_cli.jobs.drawn_masks import annotations_drawn
    from pconv_cli.jobs.planning.preview import preview_folder

    with reported(json, options.method_name), TerminalProgress() as progress:
        _check_not_idle(options)
        with annotations_drawn(options, progress) as drawn:
            plan = preview_folder(drawn, progress)
    if json:
        out().print_json(data=plan.to_json())
    else:
        show_preview(plan, options)
    return plan.exit_code


def preview_each(options: "VariantOptions", json: bool) -> int:
    """Show what would be done, variant by variant."""
    from pconv_cli.jobs.drawn_masks import annotations_drawn
    from pconv_cli.jobs.variants.run import preview_variants

    with reported(json, options.method_name), TerminalProgress() as progress:
        _check_not_idle(options)
        with annotations_drawn(options, progress) as drawn:
            previews = preview_variants(drawn, progress)
    code = max(one.exit_code for one in previews)
    if json:
        each = zip(options.each(), previews, strict=True)
        plans = [{"out": str(one.out), "seed": one.seed, **plan.to_json()} for one, plan in each]
        out().print_json(data={"method": options.method_name, "variants": plans, "exit_code": code})
    else:
        show_variant_previews(previews, options)
    return code


def _check_not_idle(options: "InpaintOptions") -> None:
    """Refuse options that a dry run has no use for."""
    idle = {"--fail-fast": options.fail_fast, "--profile": options.profile, "--report": options.report}
    refuse_beside("--dry-run, which runs nothing", idle)


def restore_variants(options: "VariantOptions", json: bool) -> int:
    """Make the variants and their sheets, and show what came of it."""
    from pconv_cli.jobs.drawn_masks import annotations_drawn
    from pconv_cli.jobs.variants.run import inpaint_variants

    with (
        reported(json, options.method_name),
        TerminalProgress() as progress,
        annotations_drawn(options, progress) as options,
    ):
        report = inpaint_variants(options, progress)
    show_variants(report, options)
    if json:
        out().print_json(data=report.to_json())
    return report.exit_code


def restore(options: "InpaintOptions", adapt: int | None, json: bool) -> int:
    """Restore the folder, by weights adapted to it first if ``adapt`` says how many steps, and show what came of it."""
    from pconv_cli.jobs.drawn_masks import annotations_drawn
    from pconv_cli.jobs.folder import inpaint_folder
    from pconv_cli.jobs.manifest import merge_manifest
    from pconv_cli.jobs.shards import meet_others

    adapted = None
    with (
        reported(json, options.method_name),
        TerminalProgress() as progress,
        annotations_drawn(options, progress) as options,
    ):
        if adapt is None:
            report = inpaint_folder(options, progress)
        else:
            from pconv_cli.adapting import inpaint_adapted

            adapted, report = inpaint_adapted(options, adapt, progress)
    if adapted is not None:
        show_adapted(adapted)
    show_summary(report, options)
    if json:
        _print_report(report, {"adapted": adapted.to_json()} if adapted is not None else {})
    if options.shard is not None and options.shard.local is not None:
        meet_others(os.environ, partial(merge_manifest, options.out, options.shard.count))
    return report.exit_code


@contextmanager
def reported(json: bool, method: str) -> Iterator[None]:
    """Print a report as JSON, where it is wanted, also of a run that an error ends."""
    from pconv_cli.jobs.report.outcome import InpaintReport, RunInterrupted

    try:
        yield
    except PconvError as error:
        if json:
            report = error.report if isinstance(error, RunInterrupted) else InpaintReport(method, error=error)
            if isinstance(report, InpaintReport):
                _print_report(report)
            else:
                out().print_json(data=report.to_json())
        raise


def _print_report(report: "InpaintReport", more: Mapping[str, object] | None = None) -> None:
    """Print a report as JSON: on one line where several processes may write to the same stream."""
    out().print_json(data={**(more or {}), **report.to_json()}, indent=None if report.shard else 2)
