"""What ``pconv eval`` does with its arguments: which of its jobs is meant, one library call, and what is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, counted, err, out, show_failures
from pconv_cli.errors import UsageError
from pconv_cli.evaluation.names import BAND, NEEDS_NETWORK, NEEDS_VGG, NO_DOWNLOAD, OF_SETS, WHOLE_ONLY, Metric
from pconv_cli.files.polarity import Polarity

if TYPE_CHECKING:
    from pconv_cli.evaluation.cases import Case
    from pconv_cli.evaluation.check import Recipe
    from pconv_cli.evaluation.rows import Evaluation
    from pconv_cli.evaluation.samples import SampleOptions

    Look = Callable[[Evaluation], None]

_STDOUT = Path("-")


class Place(NamedTuple):
    """Where each report goes, if anywhere."""

    csv: Path | None
    json: Path | None
    markdown: Path | None
    latex: Path | None
    html: Path | None


@dataclass(frozen=True)
class Request:
    """The arguments as they are typed; None, False or empty: not given."""

    results: tuple[Path, ...]
    gt: Path | None
    masks: Path | None
    mask_polarity: Polarity | None
    names: str | None
    allow_missing: bool
    methods: str | None
    images: Path | None
    weights: str | None
    seed: int | None
    out: Path | None
    metrics: tuple[Metric, ...]
    band: int | None
    vgg: Path | None
    lpips_weights: Path | None
    fid_weights: Path | None
    download: bool
    device: str | None
    workers: int | None
    by_border: bool
    place: Place
    overwrite: bool
    check: Path | None

    @property
    def chosen(self) -> tuple[Metric, ...]:
        """The metrics, those without a download where none is named."""
        return self.metrics or NO_DOWNLOAD

    def given(self, *names: str) -> dict[str, object]:
        """Options by their names on the command line, those alone that are given."""
        values = {name: getattr(self, name) for name in names}
        given = {
            name: value for name, value in values.items() if value is not None and value is not False and value != ()
        }
        return {f"--{name.replace('_', '-')}": value for name, value in given.items()}


_OF_FOLDERS = ("gt", "masks", "mask_polarity", "names", "allow_missing")
_OF_METHODS = ("methods", "images", "weights", "seed", "out")
_OF_WEIGHTS = ("vgg", "lpips_weights", "fid_weights", "download")


def run(request: Request) -> int:
    """Do what is asked for, show it, and give the exit code."""
    if request.check is not None:
        return _check(request, request.check)
    _refuse_idle(request)
    _check_places(request)
    cases: list[Case] = []

    def look(evaluation: "Evaluation") -> None:
        from pconv_cli.evaluation.cases import draw_cases

        if request.place.html is not None:
            cases.extend(draw_cases(evaluation))

    with TerminalProgress() as progress:
        if request.results:
            evaluation = _folders(request, progress)
            look(evaluation)
        else:
            evaluation = _methods(request, progress, look)
    _report(evaluation, request, cases)
    return evaluation.exit_code


def _refuse_idle(request: Request) -> None:
    """End where an option was given that would do nothing."""
    if request.results:
        _refuse("belongs to the comparison of methods, without RESULTS", request.given(*_OF_METHODS))
        if request.device is not None and not NEEDS_NETWORK & set(request.chosen):
            raise UsageError("--device serves the metrics with networks here; name one of them, or leave it out")
    else:
        _refuse("needs a folder of results: pconv eval RESULTS --gt GT --masks MASKS", request.given(*_OF_FOLDERS))
    serves = {
        "vgg": NEEDS_VGG | {Metric.LPIPS_VGG},
        "lpips_weights": {Metric.LPIPS},
        "fid_weights": OF_SETS,
        "download": NEEDS_NETWORK,
    }
    for name, metrics in serves.items():
        if request.given(name) and not metrics & set(request.chosen):
            flags = ", ".join(metric.flag for metric in Metric if metric in metrics)
            raise UsageError(f"--{name.replace('_', '-')} serves {flags}; name one of them, or leave it out")
    if request.band is not None and set(request.chosen) <= WHOLE_ONLY:
        raise UsageError("--band serves metrics of regions, and none is named; leave it out")


def _refuse(why: str, options: dict[str, object]) -> None:
    for name in options:
        raise UsageError(f"{name} {why}")


def _listed(text: str) -> list[str]:
    """Names with commas between them, and spaces where people put some."""
    return [name.strip() for name in text.split(",")]


def _check_places(request: Request) -> None:
    places = {f"--{name}": place for name, place in request.place._asdict().items() if place is not None}
    if request.place.html == _STDOUT:
        raise UsageError("--html -: a page goes to a file; name one, such as page.html")
    seen: dict[Path, str] = {}
    for name, place in places.items():
        other = seen.setdefault(place.resolve(), name)
        if other != name:
            raise UsageError(f"{other} {places[other]} and {name} {place}: one place takes one of them; give another")
    if request.overwrite and not any(place != _STDOUT for place in places.values()):
        raise UsageError("--overwrite replaces reports, and none goes to a file; leave it out")

    from pconv_cli.evaluation.reports import check_places

    weights = Path(request.weights) if request.weights else None
    inputs = [*request.results, request.gt, request.masks, request.images, request.vgg, weights]
    inputs += [request.lpips_weights, request.fid_weights]
    files = [place for place in places.values() if place != _STDOUT]
    check_places(files, overwrite=request.overwrite, inputs=[path for path in inputs if path is not None])


def _folders(request: Request, progress: TerminalProgress) -> "Evaluation":
    from pconv_cli.evaluation.evaluator import EvalOptions, evaluate

    shown = " ".join(folder.as_posix() for folder in request.results)
    if request.gt is None or request.masks is None:
        missing = " and ".join(f"--{name}" for name in ("gt", "masks") if getattr(request, name) is None)
        raise UsageError(f"{shown} cannot be scored without {missing}: pconv eval RESULTS --gt GT --masks MASKS")
    options = EvalOptions(
        request.results,
        request.gt,
        request.masks,
        request.chosen,
        request.vgg,
        request.device or "auto",
        request.mask_polarity or Polarity.WHITE,
        request.workers,
        tuple(_listed(request.names)) if request.names is not None else (),
        request.band or BAND,
        request.allow_missing,
        request.lpips_weights,
        request.fid_weights,
        request.download,
    )
    return evaluate(options, progress)


def _methods(request: Request, progress: TerminalProgress, look: "Look") -> "Evaluation":
    from pconv_cli.evaluation.networks import NetworkOptions
    from pconv_cli.evaluation.samples import SampleOptions
    from pconv_cli.inpainting.methods import COMPARED, ON_DEVICE, Method

    known = [method.value for method in Method]
    names = [method.value for method in COMPARED] if request.methods is None else _listed(request.methods)
    for name in names:
        if name not in known:
            raise UsageError(
                f"--methods {request.methods}: there is no method {name!r}; choose among {', '.join(known)}"
            )
    if len(set(names)) < len(names):
        raise UsageError(f"--methods {request.methods}: a method is named twice; name each once")
    if request.weights is not None and Method.PCONV not in names:
        raise UsageError("--weights serves the method pconv; name it among --methods, or leave --weights out")
    if request.device is not None and ON_DEVICE.isdisjoint(names) and not NEEDS_NETWORK & set(request.chosen):
        raise UsageError(f"--device: nothing runs there of {', '.join(names)} and the metrics; leave it out")
    device = request.device or "auto"
    networks = NetworkOptions(request.vgg, request.lpips_weights, request.fid_weights, request.download, device)
    options = SampleOptions(
        request.chosen, networks, request.seed or 0, request.images, request.out, request.band or BAND, request.workers
    )
    return _fill_and_score(options, names, request.weights, progress, look)


def _fill_and_score(
    options: "SampleOptions",
    names: list[str],
    weights: str | None,
    progress: TerminalProgress,
    look: "Look | None" = None,
) -> "Evaluation":
    """Evaluation and inpainting know nothing of each other; here one is handed the other's functions."""
    from pconv_cli.core.weights import DEFAULT_WEIGHTS, weights_hash, weights_path
    from pconv_cli.evaluation.samples import evaluate_samples
    from pconv_cli.inpainting.backends import make_backend
    from pconv_cli.inpainting.methods import Method

    device = options.networks.device
    source: dict[str, str] = {"device": device}
    if Method.PCONV in names:
        chosen = weights or DEFAULT_WEIGHTS
        source |= {"weights": chosen, "weights_sha256": weights_hash(weights_path(chosen))}
    weights = source.get("weights")
    # In float32, so that the figures are the same on every machine.
    made = {name: make_backend(Method(name), weights=weights, device=device, precision="float32") for name in names}
    fills = {name: backend.fill for name, backend in made.items()}
    return evaluate_samples(options, fills, progress, source, look)


def _check(request: Request, path: Path) -> int:
    """Run a report's evaluation again and say what is not as it was."""
    why = f"is told by {path}; leave it out beside --check"
    others = request.given(*_OF_FOLDERS, *_OF_METHODS, *_OF_WEIGHTS, "band", "by_border", "overwrite")
    others |= {"RESULTS": 1} if request.results else {}
    others |= {metric.flag: 1 for metric in request.metrics}
    others |= {f"--{name}": 1 for name, place in request.place._asdict().items() if place}
    _refuse(why, others)

    from pconv_cli.evaluation.check import EXACT, LOOSE, compare, read_recipe

    recipe = read_recipe(path, device=request.device, workers=request.workers)
    with TerminalProgress() as progress:
        evaluation = _again(recipe, progress)
    check = compare(recipe, evaluation)
    console = err()
    for kind, lines in (("version", check.versions), ("changed", check.changed), ("differs", check.different)):
        colour = "yellow" if kind == "version" else "bold red"
        for line in lines:
            console.print(f"[{colour}]{kind}:[/] {escape(line)}", soft_wrap=True)
    verdict = "as they were" if not check.different else f"{len(check.different)} differ"
    typer.echo(
        f"{path}: {counted(check.figures, 'figure')} compared (tolerance {EXACT:g}; {LOOSE:g} through networks or "
        f"filled anew), {verdict}; {counted(len(check.changed), 'change')} of inputs"
    )
    return check.exit_code


def _again(recipe: "Recipe", progress: TerminalProgress) -> "Evaluation":
    from pconv_cli.evaluation.evaluator import EvalOptions, evaluate

    if isinstance(recipe.options, EvalOptions):
        return evaluate(recipe.options, progress)
    return _fill_and_score(recipe.options, recipe.methods, recipe.weights, progress)


def _report(evaluation: "Evaluation", request: Request, cases: "Sequence[Case]") -> None:
    """Data to standard output and to files, what failed to standard error."""
    from pconv_cli.cli.eval_tables import show
    from pconv_cli.evaluation.papers import to_latex, to_markdown
    from pconv_cli.evaluation.reports import to_csv, to_json, versions, write_text
    from pconv_cli.evaluation.tables import notes, tables

    drawn, said = tables(evaluation, by_border=request.by_border), notes(evaluation, versions())
    texts: tuple[Callable[[], str], ...] = (
        lambda: to_csv(evaluation),
        lambda: to_json(evaluation),
        lambda: to_markdown(drawn, said),
        lambda: to_latex(drawn, said),
    )
    for place, text in zip(request.place[:-1], texts, strict=True):
        if place == _STDOUT:
            typer.echo(text(), nl=False)
        elif place is not None:
            write_text(place, text())
    if request.place.html is not None:
        from pconv_cli.evaluation.page import write_evaluation_page

        write_evaluation_page(request.place.html, evaluation, cases, by_border=request.by_border)
    if _STDOUT not in request.place:
        show(drawn, said, out())
    show_failures(str(error) for _, error in evaluation.problems)
    console = err()
    for line in evaluation.missing:
        console.print(f"[yellow]missing:[/] {escape(line)}", soft_wrap=True)
    if evaluation.problems:
        pictures = {row.name for row in evaluation.rows}
        console.print(f"{counted(len(pictures), 'picture')} scored, {len(evaluation.problems)} failed")
