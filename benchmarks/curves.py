"""Compare ways to train at equal steps and at equal minutes, by curves and a table.

    python benchmarks/curves.py data/ --compare base --minutes 6 --out curves-base/
    python benchmarks/curves.py data/ --compare perceptual-every --minutes 6 --out curves-every/ --vgg vgg16.pth

``base`` trains ``--base none`` and ``--base pyramid``, without perceptual and style terms unless ``--vgg`` names
VGG16's weights; ``perceptual-every`` computes those terms at every step, every second and every fourth one (its base
is ``pyramid``). All start from scratch with the same seed, see the same crops and masks in the same order, and are
validated on the same held-out images. Each trains for the same minutes (validation does not count), one
after the other; do nothing else on the machine meanwhile. The table has all of them after as many steps as the slowest
one came to, and after the same minutes.

With VGG16 the table and the curves also have L_perc and L_style of the held-out images (lower is better): what those
terms are for shows there, and not in PSNR. Weights are the same whatever K; computed at every K-th step only, a term
weighs 1/K of that on the average.

Written are OUT/curves.png, OUT/curves.md, and the runs themselves. A run that is there already is not trained again;
one with other options, or one that was stopped before its time, is refused.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from pconv_cli.errors import PconvError
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Phase, Preset
from pconv_cli.training.records.report import SilentObserver
from pconv_cli.training.resolving import resolve_options, resume_options
from pconv_cli.training.state import STATE_FILE, load_state, read_metrics
from pconv_cli.training.trainer import train

VARIANTS = {
    "base": {"base none": {"base": "none"}, "base pyramid": {"base": "pyramid"}},
    "perceptual-every": {f"every {k}": {"base": "pyramid", "perceptual_every": k} for k in (1, 2, 4)},
}
FIGURES = {"psnr": "PSNR, dB", "ssim": "SSIM", "loss_perceptual": "L_perc", "loss_style": "L_style"}
FORMATS = {"psnr": ".2f", "ssim": ".4f", "loss_perceptual": ".4f", "loss_style": ".5f"}
FINISHED = "finished"


class Point(NamedTuple):
    """A validation: after how many steps and minutes of training, and those of `FIGURES` that it has."""

    step: int
    minutes: float
    figures: dict[str, float]


class Enough(Exception):
    """The minutes are over."""


class Clock(SilentObserver):
    """Ends a run at the first validation after its minutes."""

    def __init__(self, folder: Path, minutes: float) -> None:
        self.folder, self.minutes = folder, minutes

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Look at the time."""
        last = points_of(self.folder)[-1]
        print(
            f"{self.folder.name}: step {step}, {last.minutes:.1f} min, PSNR {last.figures['psnr']:.2f}", file=sys.stderr
        )
        if last.minutes >= self.minutes:
            raise Enough


def points_of(folder: Path) -> list[Point]:
    """The validations of a run, with the time of training that its log has for their steps."""
    seconds: dict[int, float] = {}
    found = []
    for record in read_metrics(folder):
        if "seconds" in record:
            seconds[record["step"]] = record["seconds"]
        if "validation_psnr" in record:
            step = record["step"]
            figures = {name: record[f"validation_{name}"] for name in FIGURES if f"validation_{name}" in record}
            found.append(Point(step, seconds[step] / 60, figures))
    return found


def run(folder: Path, variant: dict[str, object], options: argparse.Namespace) -> list[Point]:
    """Train one variant, unless it was, and give its curve.

    Raises:
        UsageError: The folder holds a run with other options.
        SystemExit: One that was stopped, or took other minutes.
    """
    given = {
        **{name: getattr(options, name) for name in ("data", "width", "depth", "crop", "batch", "seed", "vgg")},
        "learning_rate": options.learning_rate,
        "mask_kind": options.mask_type,
        "device": options.device,
        "phase": Phase.FIT,
        "steps": 10**9,
        "ssim_weight": options.ssim_weight,
        "out": folder,
        "validate_every": options.validate_every,
        "sample_every": 10**9,
        "save_every": 10**9,
        **variant,
    }
    if options.vgg is None:
        given |= {"perceptual_weight": 0.0, "style_weight": 0.0}
    else:
        given |= {"perceptual_weight": options.perceptual_weight, "style_weight": options.style_weight}
    wanted = resolve_options(Preset.PAPER, given)
    minutes = f"{options.minutes:g}"
    if (folder / STATE_FILE).exists():
        resume_options(TrainOptions.from_json(load_state(folder)["options"]), asdict(wanted))
        finished = folder / FINISHED
        if not finished.exists() or finished.read_text(encoding="utf-8") != minutes:
            raise SystemExit(f"{folder}: was stopped, or ran for other minutes; remove it, or name another --out")
        return points_of(folder)
    try:
        train(wanted, Clock(folder, options.minutes))
    except Enough:
        (folder / FINISHED).write_text(minutes, encoding="utf-8")
    return points_of(folder)


def table(curves: dict[str, list[Point]]) -> str:
    """Markdown: each variant at equal steps, then at equal minutes (its last validation up to there)."""
    steps = min(points[-1].step for points in curves.values())
    minutes = min(points[-1].minutes for points in curves.values())
    names = list(next(iter(curves.values()))[0].figures)
    head = ["", "", "steps", "minutes", *(FIGURES[name] for name in names)]
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---'] * len(head))} |"]
    for title, upto in (
        ("equal steps", lambda p: p.step <= steps),
        ("equal minutes", lambda p: p.minutes <= minutes),
    ):
        for name, points in curves.items():
            at = max((p for p in points if upto(p)), default=points[0], key=lambda p: p.step)
            row = [title, name, str(at.step), f"{at.minutes:.2f}"]
            lines.append(f"| {' | '.join(row + [format(at.figures[f], FORMATS[f]) for f in names])} |")
    return "\n".join(lines) + "\n"


def draw(curves: dict[str, list[Point]], path: Path) -> None:
    """The figures of the held-out images, against steps and against minutes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(next(iter(curves.values()))[0].figures)
    size = (10, 3.5 * len(names))
    figure, axes = pyplot.subplots(len(names), 2, figsize=size, sharey="row", squeeze=False, layout="constrained")
    for row, figure_name in zip(axes, names, strict=True):
        for axis, (against, title) in zip(row, (("step", "steps"), ("minutes", "minutes of training")), strict=True):
            for name, points in curves.items():
                xs, ys = [getattr(p, against) for p in points], [p.figures[figure_name] for p in points]
                axis.plot(xs, ys, label=name, marker=".")
            axis.set(xlabel=title, ylabel=FIGURES[figure_name])
            axis.grid(alpha=0.3)
    axes[0][0].legend()
    figure.suptitle("Held-out images")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, and write the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of undamaged images")
    parser.add_argument("--compare", choices=VARIANTS, default="base", help="what is compared")
    parser.add_argument("--out", type=Path, default=Path("curves"), help="folder of the comparison")
    parser.add_argument("--minutes", type=float, default=6.0, help="of training, each")
    parser.add_argument("--vgg", type=Path, help="VGG16's weights; without them, no perceptual and style terms")
    for name, value in (("width", 32), ("depth", 6), ("crop", 128), ("batch", 8), ("seed", 0), ("validate-every", 50)):
        parser.add_argument(f"--{name}", type=int, default=value, help=f"default {value}")
    for name, amount in (
        ("learning-rate", 1e-3),
        ("perceptual-weight", 0.1),
        ("style-weight", 1.5),
        ("ssim-weight", 0.3),
    ):
        parser.add_argument(f"--{name}", type=float, default=amount, help=f"default {amount}")
    parser.add_argument("--mask-type", default="all", help="default all")
    parser.add_argument("--device", default="auto", help="default auto")
    options = parser.parse_args(arguments)
    if options.compare == "perceptual-every" and options.vgg is None:
        parser.error("--compare perceptual-every needs --vgg")
    if options.validate_every % 10:
        parser.error("--validate-every must be a multiple of 10, at which the log has the time")
    curves = {
        name: run(options.out / name.replace(" ", "-"), variant, options)
        for name, variant in VARIANTS[options.compare].items()
    }
    draw(curves, options.out / "curves.png")
    text = table(curves)
    (options.out / "curves.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    try:
        main()
    except PconvError as error:
        sys.exit(f"error: {error}")
