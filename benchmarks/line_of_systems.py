"""The systems of the field side by side: trained for as many crops of the same images, scored on one test set.

    python benchmarks/test_set.py --images PHOTOS --masks MASKS --out SET
    python benchmarks/line_of_systems.py TRAIN --test SET --out line/ --crops 40000 --width 16 --vgg vgg16.pth

Each network is trained as its own paper says (the preset ``paper``), but for what is given: crops, their side, how many
make a step, the width, the masks and the average. So a step is a batch for all of them, critics' steps among them, and
a loss is its paper's. Methods that learn nothing are scored beside them. Fills are bare (``texture`` 0). What was
trained, filled or scored is not done again, so that a run that was stopped goes on, and further systems can be added
later.

A training that is this short says how fast a system learns, and not how good it becomes.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from pconv_cli.core.networks.registry import architecture
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import PconvError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import NEEDS_NETWORK, READINGS, Metric
from pconv_cli.evaluation.reports.rows import main_region
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.finding.find import find_images
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.records.report import SilentObserver, TrainStatus
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.state import STATE_FILE
from pconv_cli.training.trainer import resume, train

#: The systems in the order of their years, and the method of those that learn nothing.
SYSTEMS: dict[str, Method | None] = {
    "telea": Method.TELEA,
    "patchmatch": Method.PATCHMATCH,
    "context-encoder": None,
    "global-local": None,
    "contextual-attention": None,
    "pconv": None,
    "gated": None,
    "edge-connect": None,
    "repaint": None,
}

METRICS = (Metric.PSNR, Metric.SSIM, Metric.L1, Metric.PERCEPTUAL, Metric.STYLE, Metric.TEXTURE)

#: Images by which fills are timed.
TIMED = 5


class Reporting(SilentObserver):
    """Says every hundredth step, and what it is warned of."""

    def __init__(self, name: str) -> None:
        self._name = name

    def stepped(self, status: TrainStatus) -> None:
        """Say it."""
        if status.step % 100 == 0:
            print(f"{self._name}: step {status.step} of {status.total_steps}: loss {status.loss:.4f}", file=sys.stderr)

    def warn(self, message: str) -> None:
        """Say it."""
        print(f"{self._name}: {message}", file=sys.stderr)


def train_options(name: str, options: argparse.Namespace) -> TrainOptions:
    """The paper's course, with what is given over it."""
    given: dict[str, Any] = {"data": options.data, "network": name, "out": options.out / name}
    given |= {"crop": options.crop, "batch": options.batch, "steps": max(1, options.crops // options.batch)}
    given |= {"width": options.width, "seed": options.seed, "device": options.device, "mask_kind": options.mask_type}
    given["ema"] = options.ema
    fields = architecture(name).spec.__dataclass_fields__  # type: ignore[attr-defined]
    own = {"size": options.crop, "steps": options.sampling_steps}  # of networks of one fixed size, and that sample
    given["network_options"] = {field: value for field, value in own.items() if field in fields}
    run = resolve_options(None, given)
    if run.perceptual_weight == run.style_weight == 0:
        return run
    features = {"perceptual_weight": 0.0, "style_weight": 0.0} if options.vgg is None else {"vgg": options.vgg}
    return resolve_options(None, {**given, **features})


def trained(name: str, options: argparse.Namespace) -> Path:
    """Train a network, or go on with the training that was stopped; give its weights.

    Raises:
        UsageError: The folder holds a run with other options.
    """
    run = train_options(name, options)
    if (run.out / STATE_FILE).exists():  # also of a run at its end, which is then taken as it is
        return resume(run.out, asdict(run), Reporting(name)).weights
    return train(run, Reporting(name)).weights


def score(name: str, weights: Path | None, options: argparse.Namespace) -> dict[str, Any]:
    """Fill the test set and score it; give the means, or those of before where nothing has changed."""
    file = options.out / name / "figures.json"
    metrics = tuple(metric for metric in METRICS if options.vgg is not None or metric not in NEEDS_NETWORK)
    key = {"weights": weights and sha256_of(weights), "test": str(options.test), "metrics": list(metrics)}
    if file.is_file():
        figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if figures["key"] == key:
            return figures
    results, (truth, damaged, masks) = options.out / name / "results", _set(options.test)
    method = SYSTEMS[name] or Method.PCONV
    places = {"images": damaged, "masks": masks, "out": results}
    texture = None if method is Method.PATCHMATCH else 0.0
    report = inpaint_folder(
        InpaintOptions(**places, method=method, weights=weights, texture=texture, resume=True, **_device(name, options))
    )
    if report.exit_code:
        raise SystemExit(f"{results}: not all images could be filled: {report.failed}")
    total = evaluate(EvalOptions(results, truth, masks, metrics, vgg=options.vgg, device="cpu")).groups()[-1]
    figures = {"key": key, **{metric: total.means[metric, main_region(metric)].value for metric in metrics}}
    figures["seconds"] = timed(name, weights, options)
    figures["parameters"] = None if weights is None else describe_weights(weights).parameters
    with atomic_path(file) as temporary:
        temporary.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return figures


def timed(name: str, weights: Path | None, options: argparse.Namespace) -> float:
    """The median time of filling an image, of some from all over the test set, after one that is not counted."""
    backend = make_backend(SYSTEMS[name] or Method.PCONV, weights=weights, **_device(name, options))
    _, damaged, masks = _set(options.test)
    seconds = []
    paths = find_images(damaged)
    for path in [paths[0], *paths[:: max(1, len(paths) // TIMED)]]:
        mask = read_mask(masks / path.relative_to(damaged))
        rgb = read_image(path).rgb(mask)
        began = time.perf_counter()
        backend.fill(rgb, mask)
        seconds.append(time.perf_counter() - began)
    return median(seconds[1:] or seconds)


def _device(name: str, options: argparse.Namespace) -> dict[str, str]:
    return {"device": options.device} if SYSTEMS[name] is None else {}


def _set(test: Path) -> tuple[Path, Path, Path]:
    return test / "gt", test / "damaged", test / "masks"


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The figures as Markdown, the best of each column in bold."""
    columns = [metric for metric in METRICS if any(metric in row for row in rows.values())]
    best = {metric: _best(metric, rows) for metric in columns}
    heads = [f"{READINGS[metric].title} {main_region(metric)}" for metric in columns]
    lines = [f"| system | {' | '.join(heads)} | seconds | parameters |", "| --- |" + " --- |" * (len(heads) + 2)]
    for name, row in rows.items():
        cells = [_cell(row.get(metric), metric, best[metric]) for metric in columns]
        size = "" if row["parameters"] is None else f"{row['parameters'] / 1e6:.2f} M"
        lines.append(f"| {name} | {' | '.join(cells)} | {row['seconds']:.2f} | {size} |")
    return "\n".join(lines) + "\n"


def _best(metric: Metric, rows: dict[str, dict[str, Any]]) -> float | None:
    values = [row[metric] for row in rows.values() if row.get(metric) is not None]
    return min(values, key=READINGS[metric].worse, default=None) if READINGS[metric].better else None


def _cell(value: float | None, metric: Metric, best: float | None) -> str:
    if value is None:
        return "n/a"
    text = f"{value:.{READINGS[metric].decimals}f}"
    return f"**{text}**" if value == best else text


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, fill, score, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of undamaged images to train on")
    parser.add_argument("--test", type=Path, required=True, help="a test set as benchmarks/test_set.py lays it out")
    parser.add_argument("--out", type=Path, default=Path("line"), help="folder of the runs and results")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="names, separated by commas; default: all")
    parser.add_argument("--crops", type=int, default=40_000, help="crops that each network learns from; default 40000")
    parser.add_argument("--width", type=int, help="of all networks; default: each paper's")
    parser.add_argument("--crop", type=int, default=128, help="side of the crops; default 128")
    parser.add_argument("--batch", type=int, default=8, help="crops of a step; default 8")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the averages that are scored; default 0.999")
    parser.add_argument("--sampling-steps", type=int, default=25, help="levels of noise of a diffusion; default 25")
    parser.add_argument("--mask-type", default="occlusion", help="default occlusion")
    parser.add_argument(
        "--vgg", type=Path, help="VGG16's weights; without them no perceptual and style terms and figures"
    )
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--device", default="auto", help="default auto")
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.systems.split(",")]
    if unknown := [name for name in names if name not in SYSTEMS]:
        parser.error(f"--systems {unknown[0]}: no system has this name; take some of {', '.join(SYSTEMS)}")
    rows = {}
    for name in (name for name in SYSTEMS if name in names):
        weights = trained(name, options) if SYSTEMS[name] is None else None
        rows[name] = score(name, weights, options)
        print(f"{name}: done", file=sys.stderr)
    text = table(rows)
    with atomic_path(options.out / "table.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    try:
        main()
    except PconvError as error:
        sys.exit(f"error: {error}")
