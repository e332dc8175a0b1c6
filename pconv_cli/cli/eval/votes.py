"""The jobs of ``pconv eval --votes`` and ``--count``, and what they show."""

from collections.abc import Callable
from pathlib import Path

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, err, out, show_failures
from pconv_cli.cli.eval.request import OF_WEIGHTS, STDOUT, EvalRequest, check_reports, refuse
from pconv_cli.cli.flags import flag
from pconv_cli.errors import UsageError
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.wording import counted

_OF_SCORES = ("methods", "images", "weights", "trust", "foreign", *OF_WEIGHTS, "band", "device", "workers", "by_border")


def make(request: EvalRequest) -> int:
    """Write the sheets of a vote and say what to do with them."""
    refuse("does not go with --votes, which measures nothing", _others(request, *_OF_SCORES, reports=True))
    if len(request.results) != 2:
        given = "".join(f" {folder.as_posix()}" for folder in request.results)
        raise UsageError(f"--votes{given}: takes two folders of results: pconv eval --votes a/ b/ --out sheets/")
    if request.out is None:
        raise UsageError("--votes needs --out for the sheets: pconv eval --votes a/ b/ --out sheets/")

    from pconv_cli.evaluation.votes.folders import make_votes
    from pconv_cli.evaluation.votes.options import VoteOptions

    options = VoteOptions(
        folders=request.results,
        out=request.out,
        key=request.key,
        names=request.listed_names,
        truth=request.gt,
        masks=request.masks,
        polarity=request.mask_polarity or Polarity.WHITE,
        seed=request.seed or 0,
        allow_missing=request.allow_missing,
        overwrite=request.overwrite,
    )
    with TerminalProgress() as progress:
        votes = make_votes(options, progress)
    console = err()
    show_failures(str(error) for _, error in votes.problems)
    for line in votes.missing:
        console.print(f"[yellow]missing:[/] {escape(line)}", soft_wrap=True)
    for name in votes.alike:
        console.print(f"left out: {escape(name)} looks the same in both", soft_wrap=True)
    if votes.reduced:
        least = min(votes.reduced.values())
        which = counted(len(votes.reduced), "sheet")
        console.print(f"{which} with images reduced, down to {least:.0%}; each says so itself", soft_wrap=True)
    pairs = votes.key.pairs
    if pairs:
        sheets = " to ".join(dict.fromkeys(f"{votes.key.sheet(n)}.png" for n in (1, len(pairs))))
        lines = [
            f"{counted(len(pairs), 'pair')} in {options.out}: {sheets}",
            f"vote on {votes.page_file}, or look at the sheets and fill in {votes.answers_file}",
            f"the key is {votes.key_file}: not for judges",
            f"then: pconv eval --count {votes.answers_file}",
        ]
        for line in lines:
            console.print(escape(line), soft_wrap=True)
    return votes.exit_code


def count(request: EvalRequest) -> int:
    """Count answers and show the preference."""
    others = ("gt", "masks", "mask_polarity", "names", "seed", "out", *_OF_SCORES)
    refuse("does not go with --count", _others(request, *others, reports=False))
    reports = request.reports
    without = {name: file for name, file in reports.chosen.items() if name in ("--csv", "--html")}
    refuse("does not go with --count, which has a table and JSON", without)
    check_reports(request)

    from pconv_cli.cli.eval.tables import show
    from pconv_cli.evaluation.reports.files import write_text
    from pconv_cli.evaluation.reports.papers import to_latex, to_markdown
    from pconv_cli.evaluation.votes.count import count_json, count_notes, count_table, count_votes

    # A shell writes the files of answers*.txt behind the first one.
    counted_votes = count_votes((*request.count, *request.results), request.key, allow_missing=request.allow_missing)
    table, notes = count_table(counted_votes), count_notes(counted_votes)
    show_failures(str(error) for _, error in counted_votes.problems)
    texts: tuple[tuple[Path | None, Callable[[], str]], ...] = (
        (reports.json, lambda: count_json(counted_votes)),
        (reports.markdown, lambda: to_markdown([table], notes)),
        (reports.latex, lambda: to_latex([table], notes)),
    )
    for where, text in texts:
        if where == STDOUT:
            typer.echo(text(), nl=False)
        elif where is not None:
            write_text(where, text())
    if STDOUT not in reports and counted_votes.judges:
        show([table], notes, out())
    return counted_votes.exit_code


def _others(request: EvalRequest, *names: str, reports: bool) -> dict[str, object]:
    """Give what was given of some options, of the metrics, and of all reports."""
    given = request.given(*names) | {flag(metric): 1 for metric in request.metrics}
    return given | (request.reports.chosen if reports else {})
