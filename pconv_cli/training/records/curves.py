"""The course of a run as one image: loss terms, figures of the held-out images, learning rate."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pconv_cli.files.atomic import atomic_path
from pconv_cli.training.records.report import ACCURACY, discriminators
from pconv_cli.training.state import read_metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES_FILE = "curves.png"

Place = Literal["upper right", "upper left", "lower right"]
Series = dict[str, list[tuple[int, float]]]

# What a step's record holds besides the loss and its terms.
_OTHER = {"step", "total_steps", "phase", "learning_rate", "images_per_second", "seconds"}


def can_draw() -> bool:
    """Say whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def read_series(folder: Path) -> Series:
    """Read all figures of a run's ``metrics.jsonl`` by name, each as (step, value) in the order of the steps."""
    series: Series = {}
    for record in read_metrics(folder):
        for name, value in record.items():
            if type(value) in (int, float) and name not in ("step", "total_steps"):
                series.setdefault(name, []).append((record["step"], float(value)))
    return series


def draw_curves(folder: Path) -> Path | None:
    """Draw ``curves.png`` of a run from its ``metrics.jsonl``; nothing where no figure has two points yet.

    Without matplotlib nothing is drawn either: a machine that only trains does without it.

    Args:
        folder: The run's folder.

    Returns:
        The image.

    Raises:
        OutputError: It cannot be written.
    """
    series = read_series(folder)
    if max((len(points) for points in series.values()), default=0) < 2 or not can_draw():
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    against = discriminators(series)
    figure = Figure(figsize=(18 if against else 12, 7), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    (terms, loss, *sides), (quality, rate, *judged) = figure.subplots(2, 3 if against else 2)
    both = {"adversarial", *against, *(f"{name}{ACCURACY}" for name in against)} if against else set()
    for name in series:
        if name not in _OTHER | both and name != "loss" and not name.startswith("validation_"):
            _plot(terms, series, name, name, noisy=True)
    _finish(terms, "loss terms, unweighted", logarithmic=True)
    _plot(loss, series, "loss", "training", noisy=True)
    _plot(loss, series, "validation_loss", "held-out images")
    _finish(loss, "weighted loss", logarithmic=True)
    _plot(quality, series, "validation_psnr", "PSNR in dB", colour="C0")
    _finish(quality, "held-out images", place="lower right")
    beside = quality.twinx()
    _plot(beside, series, "validation_ssim", "SSIM", colour="C1")
    _finish(beside, "", place="upper left")
    _plot(rate, series, "learning_rate", "learning rate")
    _finish(rate, "learning rate")
    if against:
        _draw_sides(sides[0], judged[0], series, against)
    with atomic_path(folder / CURVES_FILE) as temporary:
        canvas.print_png(str(temporary))  # type: ignore[no-untyped-call]
    return folder / CURVES_FILE


def _draw_sides(sides: "Axes", judged: "Axes", series: Series, against: list[str]) -> None:
    """Draw what both sides of an adversarial run minimise, how often discriminators are right, and texture."""
    _plot(sides, series, "adversarial", "network", noisy=True)
    for name in against:
        _plot(sides, series, name, name, noisy=True)
        _plot(judged, series, f"{name}{ACCURACY}", name, noisy=True)
    sides.margins(y=0.25)  # room for the legend
    _finish(sides, "adversarial losses")
    judged.set_ylim(0, 1.3)
    judged.axhline(0.5, color="grey", linewidth=0.7, linestyle=":")
    _finish(judged, "share of right judgements; texture of held-out fills", place="lower right")
    beside = judged.twinx()
    _plot(beside, series, "validation_texture", "texture, 1 = the truth's", colour="C3")
    beside.set_ylim(0, max([1.3, *(1.1 * value for _, value in series.get("validation_texture", ()))]))
    _finish(beside, "", place="upper left")


def _plot(axes: "Axes", series: Series, name: str, label: str, colour: str = "", *, noisy: bool = False) -> None:
    """A line; of noisy figures their mean over a twentieth of the run, with the points themselves faintly behind it."""
    points = series.get(name, [])
    steps, values = (np.array([point[i] for point in points]) for i in range(2))
    if not values.any():
        return  # not there, or 0 throughout, as L_valid is on a pyramid
    window = max(1, len(points) // 20) if noisy else 1
    mean = np.convolve(values, np.ones(window) / window, "valid")
    marker = "." if len(points) < 30 else ""
    (line,) = axes.plot(steps[window - 1 :], mean, label=label, color=colour or None, marker=marker)
    if window > 1:
        axes.plot(steps, values, color=line.get_color(), alpha=0.25, linewidth=0.7)


def _finish(axes: "Axes", title: str, *, logarithmic: bool = False, place: Place = "upper right") -> None:
    axes.set_title(title)
    axes.set_xlabel("step")
    if logarithmic and axes.lines:
        axes.set_yscale("log")
        axes.margins(y=0.25)  # room for the legend
    if axes.lines:
        axes.legend(loc=place, fontsize="small", ncols=2)
        axes.grid(alpha=0.3)
