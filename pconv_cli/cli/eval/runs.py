"""The jobs of ``pconv eval``: each is one library call, and its outcome is shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, err, out, show_failures
from pconv_cli.cli.eval import votes
from pconv_cli.cli.eval.methods import MethodWeights, chosen_methods, fill_again, fill_and_score
from pconv_cli.cli.eval.request import (
    OF_FOLDERS,
    OF_METHODS,
    OF_VOTES,
    OF_WEIGHTS,
    STDOUT,
    EvalRequest,
    check_reports,
    refuse,
    refuse_idle,
)
from pconv_cli.cli.flags import flag
from pconv_cli.errors import UsageError
from pconv_cli.evaluation.metrics.names import BAND
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.wording import counted

if TYPE_CHECKING:
    from pconv_cli.evaluation.reports.check import EvalRecipe
    from pconv_cli.evaluation.reports.examples import Example
    from pconv_cli.evaluation.reports.rows import Evaluation
    from pconv_cli.evaluation.samples import Look


def run(request: EvalRequest) -> int:
    """Do the job that is asked for, show it, and give the exit code."""
    if request.check is not None:
        return _check(request, request.check)
    if request.count:
        refuse("makes sheets, and --count counts what was answered on them; give one of them", request.given("votes"))
        return votes.count(request)
    if request.votes:
        return votes.make(request)
    refuse_idle(request)
    check_reports(request)
    examples: list[Example] = []

    def look(evaluation: "Evaluation") -> None:
        from pconv_cli.evaluation.reports.examples import choose_examples

        if request.reports.html is not None:
            examples.extend(choose_examples(evaluation))

    with TerminalProgress() as progress:
        if request.results:
            evaluation = _folders(request, progress)
            look(evaluation)
        else:
            evaluation = _methods(request, progress, look)
    _report(evaluation, request, examples)
    return evaluation.exit_code


def _folders(request: EvalRequest, progress: TerminalProgress) -> "Evaluation":
    from pconv_cli.evaluation.evaluator import EvalOptions, evaluate

    shown = " ".join(folder.as_posix() for folder in request.results)
    if request.gt is None or request.masks is None:
        missing = " and ".join(f"--{name}" for name in ("gt", "masks") if getattr(request, name) is None)
        raise UsageError(f"{shown} cannot be scored without {missing}: pconv eval RESULTS --gt GT --masks MASKS")
    options = EvalOptions(
        results=request.results,
        truth=request.gt,
        masks=request.masks,
        metrics=request.chosen,
        vgg=request.vgg,
        device=request.device or "auto",
        polarity=request.mask_polarity or Polarity.WHITE,
        workers=request.workers,
        names=request.listed_names,
        band=BAND if request.band is None else request.band,
        allow_missing=request.allow_missing,
        lpips_weights=request.lpips_weights,
        fid_weights=request.fid_weights,
        download=request.download,
    )
    return evaluate(options, progress)


def _methods(request: EvalRequest, progress: TerminalProgress, look: "Look") -> "Evaluation":
    from pconv_cli.evaluation.metrics.networks import NetworkOptions
    from pconv_cli.evaluation.samples import SampleOptions

    methods = chosen_methods(request)
    networks = NetworkOptions(
        vgg=request.vgg,
        lpips_weights=request.lpips_weights,
        fid_weights=request.fid_weights,
        download=request.download,
        device=request.device or "auto",
    )
    options = SampleOptions(
        metrics=request.chosen,
        networks=networks,
        seed=request.seed or 0,
        images=request.images,
        out=request.out,
        band=BAND if request.band is None else request.band,
        workers=request.workers,
    )
    how = MethodWeights(request.weights, request.foreign, request.trust)
    return fill_and_score(options, methods, how, progress, look)


def _check(request: EvalRequest, path: Path) -> int:
    """Run a report's evaluation again and say what is not as it was."""
    why = f"is in {path} already; leave it out beside --check"
    others = request.given(*OF_FOLDERS, *OF_METHODS, *OF_WEIGHTS, "band")
    others |= {"RESULTS": 1} if request.results else {}
    others |= {flag(metric): 1 for metric in request.metrics}
    refuse(why, others)
    others = request.given(*OF_VOTES, "by_border", "overwrite") | request.reports.chosen
    refuse("does not go with --check, which compares figures and writes no report", others)

    from pconv_cli.evaluation.reports.check import EXACT, LOOSE, compare, read_recipe

    recipe = read_recipe(path, device=request.device, workers=request.workers)
    with TerminalProgress() as progress:
        evaluation = _again(recipe, request, path, progress)
    check = compare(recipe, evaluation)
    console = err()
    for kind, lines in (("version", check.versions), ("changed", check.changed), ("differs", check.different)):
        colour = "yellow" if kind == "version" else "bold red"
        for line in lines:
            console.print(f"[{colour}]{kind}:[/] {escape(line)}", soft_wrap=True)
    verdict = "as they were" if not check.different else f"{len(check.different)} differ"
    typer.echo(
        f"{path}: {counted(check.figures, 'figure')} compared (tolerance {EXACT:g}; {LOOSE:g} through networks or "
        f"filled again), {verdict}; {counted(len(check.changed), 'change')} of inputs"
    )
    return check.exit_code


def _again(recipe: "EvalRecipe", request: EvalRequest, path: Path, progress: TerminalProgress) -> "Evaluation":
    from pconv_cli.evaluation.evaluator import EvalOptions, evaluate

    if isinstance(recipe.options, EvalOptions):
        refuse("serves weights, and the report was made without any", request.given("trust"))
        return evaluate(recipe.options, progress)
    return fill_again(recipe, request.trust, f"--check {path}", progress)


def _report(evaluation: "Evaluation", request: EvalRequest, examples: "Sequence[Example]") -> None:
    """Write data to standard output and to files, and what failed to standard error."""
    from pconv_cli.cli.eval.tables import show
    from pconv_cli.evaluation.reports.files import to_csv, to_json, versions, write_text
    from pconv_cli.evaluation.reports.papers import to_latex, to_markdown
    from pconv_cli.evaluation.reports.tables import notes, short_table, tables

    drawn, said = tables(evaluation, by_border=request.by_border), notes(evaluation, versions())
    texts: tuple[Callable[[], str], ...] = (
        lambda: to_csv(evaluation),
        lambda: to_json(evaluation),
        lambda: to_markdown(drawn, said),
        lambda: to_latex(drawn, said),
    )
    for file, text in zip(request.reports[:-1], texts, strict=True):
        if file == STDOUT:
            typer.echo(text(), nl=False)
        elif file is not None:
            write_text(file, text())
    if request.reports.html is not None:
        from pconv_cli.evaluation.reports.page import write_evaluation_page

        write_evaluation_page(request.reports.html, evaluation, examples, by_border=request.by_border)
    if STDOUT not in request.reports:
        short = short_table(evaluation)
        show(drawn, said, out())
        if short is not None:
            out().print()
            show([short], (), out())
    show_failures(str(error) for _, error in evaluation.problems)
    console = err()
    for line in evaluation.missing:
        console.print(f"[yellow]missing:[/] {escape(line)}", soft_wrap=True)
    if evaluation.problems:
        images = {row.name for row in evaluation.rows}
        console.print(f"{counted(len(images), 'image')} scored, {len(evaluation.problems)} failed")
