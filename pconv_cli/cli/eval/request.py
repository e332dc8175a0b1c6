"""The arguments of ``pconv eval`` as they are typed, and the checks of what cannot be meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pconv_cli.cli.flags import flag
from pconv_cli.errors import UsageError
from pconv_cli.evaluation.metrics.names import NEEDS_NETWORK, NEEDS_VGG, OF_SETS, USUAL, WITHOUT_BAND, Metric
from pconv_cli.files.finding.find import real
from pconv_cli.files.masks.polarity import Polarity

STDOUT = Path("-")


class ReportFiles(NamedTuple):
    """Where each report goes; ``-`` is standard output, None nowhere."""

    csv: Path | None = None
    json: Path | None = None
    markdown: Path | None = None
    latex: Path | None = None
    html: Path | None = None

    @property
    def chosen(self) -> dict[str, Path]:
        """Those that are wanted, by their options."""
        return {flag(name): file for name, file in self._asdict().items() if file is not None}


@dataclass(frozen=True, kw_only=True)
class EvalRequest:
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
    trust: bool
    foreign: str | None
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
    reports: ReportFiles
    overwrite: bool
    check: Path | None
    votes: bool
    count: tuple[Path, ...]
    key: Path | None

    @property
    def chosen(self) -> tuple[Metric, ...]:
        """The metrics, the usual ones where none is named."""
        return self.metrics or USUAL

    @property
    def listed_names(self) -> tuple[str, ...]:
        """The names of the folders, one by one; none where none are given."""
        return () if self.names is None else tuple(listed(self.names))

    def given(self, *names: str) -> dict[str, object]:
        """Give the options that were given, by their names on the command line."""
        values = {name: getattr(self, name) for name in names}
        given = {
            name: value for name, value in values.items() if value is not None and value is not False and value != ()
        }
        return {flag(name): value for name, value in given.items()}


OF_VOTES = ("votes", "count", "key")
OF_FOLDERS = ("gt", "masks", "mask_polarity", "names", "allow_missing")
OF_METHODS = ("methods", "images", "weights", "foreign", "seed", "out")
OF_WEIGHTS = ("vgg", "lpips_weights", "fid_weights", "download")


def refuse_idle(request: EvalRequest) -> None:
    """End where an option was given that would do nothing."""
    refuse("belongs to --votes and --count", request.given("key"))
    if request.results:
        refuse("belongs to the comparison of methods, without RESULTS", request.given(*OF_METHODS, "trust"))
        if request.device is not None and not NEEDS_NETWORK & set(request.chosen):
            raise UsageError("--device serves the metrics with networks here; name one of them, or leave it out")
    else:
        refuse("needs a folder of results: pconv eval RESULTS --gt GT --masks MASKS", request.given(*OF_FOLDERS))
    serves = {
        "vgg": NEEDS_VGG | {Metric.LPIPS_VGG},
        "lpips_weights": {Metric.LPIPS},
        "fid_weights": OF_SETS,
        "download": NEEDS_NETWORK,
    }
    for name, metrics in serves.items():
        if request.given(name) and not metrics & set(request.chosen):
            flags = ", ".join(flag(metric) for metric in Metric if metric in metrics)
            raise UsageError(f"{flag(name)} serves {flags}; name one of them, or leave it out")
    if request.band is not None and set(request.chosen) <= WITHOUT_BAND:
        raise UsageError("--band serves metrics of the band at the edge, and none is named; leave it out")


def refuse(why: str, options: Mapping[str, object]) -> None:
    """End at the first of some options that were given, saying why none of them may be."""
    for name in options:
        raise UsageError(f"{name} {why}")


def listed(text: str) -> list[str]:
    """Split names at their commas, and strip the spaces that people put there."""
    return [name.strip() for name in text.split(",")]


def check_reports(request: EvalRequest) -> None:
    """End where a report would go to no place of its own, or among what is read."""
    places = request.reports.chosen
    if request.reports.html == STDOUT:
        raise UsageError("--html -: a page goes to a file; name one, such as page.html")
    seen: dict[Path, str] = {}
    for name, place in places.items():
        other = seen.setdefault(real(place), name)
        if other != name:
            raise UsageError(
                f"{other} {places[other]} and {name} {place}: both write to one place; name another for one of them"
            )
    if request.overwrite and not any(place != STDOUT for place in places.values()):
        raise UsageError("--overwrite replaces reports, and none goes to a file; leave it out")

    from pconv_cli.evaluation.reports.files import check_places

    weights = Path(request.weights) if request.weights else None
    networks = [Path(text.partition("=")[2].strip()) for text in listed(request.methods or "") if "=" in text]
    inputs = [*request.results, *networks, request.gt, request.masks, request.images, request.vgg, weights]
    inputs += [request.lpips_weights, request.fid_weights, *request.count, request.key]
    files = [place for place in places.values() if place != STDOUT]
    check_places(files, overwrite=request.overwrite, inputs=[path for path in inputs if path is not None])
