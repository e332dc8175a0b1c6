"""The Dunhuang project's three rows: PConv, PConv + SSIM, PConv + SSIM + post-processing.

    python benchmarks/test_set.py --images MURALS --masks MASKS --out SET
    python benchmarks/ablation.py TRAIN --test SET --out ablation/

Trains two networks on the images of TRAIN with the ``dunhuang`` preset, the same seed and the same steps, the second
one with minus SSIM in the loss; restores SET/damaged with each as ``pconv inpaint --texture 0`` does, the third row
with the second one's weights and post-processing, ``--texture 0.5``; and scores all three against SET/gt. The
table has the mean squared error of whole images, a true one: of values scaled to [0, 1], and times 255^2 that of
8-bit values; and SSIM as `pconv eval` has it.

A training that was stopped goes on, and networks that are trained already are taken as they are, unless they were
trained with other options, which is refused.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from pconv_cli.errors import PconvError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Preset
from pconv_cli.training.records.report import SilentObserver, TrainStatus
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.state import STATE_FILE
from pconv_cli.training.trainer import resume, train


class Reporting(SilentObserver):
    """Says every hundredth step."""

    def stepped(self, status: TrainStatus) -> None:
        """Say it."""
        if status.step % 100 == 0:
            print(f"step {status.step} of {status.total_steps}: loss {status.loss:.4f}", file=sys.stderr)


def train_options(options: argparse.Namespace, ssim_weight: float, out: Path) -> TrainOptions:
    """The preset, with what is given over it."""
    names = ("data", "steps", "finetune_steps", "width", "depth", "base", "init", "crop", "batch", "seed", "device")
    given = {name: getattr(options, name) for name in (*names, "learning_rate", "vgg")}
    if options.no_perceptual:
        given |= {"perceptual_weight": 0.0, "style_weight": 0.0}
    return resolve_options(Preset.DUNHUANG, {**given, "ssim_weight": ssim_weight, "out": out})


def trained(options: TrainOptions) -> Path:
    """Train a network, or go on with the training that was stopped; give its weights.

    Raises:
        UsageError: The folder holds a run with other options.
    """
    if (options.out / STATE_FILE).exists():  # also of a run at its end, which is then taken as it is
        return resume(options.out, asdict(options), Reporting()).weights
    return train(options, Reporting()).weights


def score(test: Path, weights: Path, out: Path, texture: float, device: str) -> tuple[float, float]:
    """Restore the test set with weights; give its mean squared error on [0, 1] and SSIM, means over the images."""
    places = {"images": test / "damaged", "masks": test / "masks", "out": out}
    restored = inpaint_folder(InpaintOptions(**places, weights=weights, texture=texture, device=device, resume=True))
    if restored.exit_code:
        raise SystemExit(f"{out}: not all images could be restored: {restored.failed}")
    metrics = (Metric.MSE, Metric.SSIM)
    total = evaluate(EvalOptions(out, test / "gt", test / "masks", metrics)).groups()[-1]
    mse, ssim = (total.means[metric, "whole"].value for metric in metrics)
    if mse is None or ssim is None:
        raise SystemExit(f"{out}: nothing could be scored")
    return mse, ssim


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, restore, score, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of undamaged murals to train on")
    parser.add_argument("--test", type=Path, required=True, help="a test set as benchmarks/test_set.py lays it out")
    parser.add_argument("--out", type=Path, default=Path("ablation"), help="folder of the runs and results")
    for name in ("steps", "finetune-steps", "width", "depth", "crop", "batch"):
        parser.add_argument(f"--{name}", type=int, help="default: the dunhuang preset's")
    parser.add_argument("--learning-rate", type=float, help="default: the dunhuang preset's")
    parser.add_argument("--ssim-weight", type=float, default=5.0, help="of the second row; default 5")
    parser.add_argument("--base", choices=("none", "pyramid"), help="default none, the paper's")
    parser.add_argument("--init", help="weights that both start from; default: from scratch")
    parser.add_argument("--vgg", type=Path, help="VGG16's weights")
    parser.add_argument("--no-perceptual", action="store_true", help="train both without perceptual and style terms")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--device", default="auto", help="default auto")
    options = parser.parse_args(arguments)
    runs = {"PConv": ("pconv", 0.0), "PConv + SSIM": ("pconv-ssim", options.ssim_weight)}
    rows = {}
    for name, (folder, weight) in runs.items():
        weights = trained(train_options(options, weight, options.out / folder))
        rows[name] = score(options.test, weights, options.out / "results" / folder, 0.0, options.device)
    results = options.out / "results" / "post-processed"
    post_processed = score(options.test, weights, results, 0.5, options.device)
    rows["PConv + SSIM + post-processing"] = post_processed
    lines = ["| | MSE, [0, 1] | MSE, [0, 255] | SSIM |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {mse:.6f} | {mse * 255**2:.1f} | {ssim:.4f} |" for name, (mse, ssim) in rows.items()]
    text = "\n".join(lines) + "\n"
    (options.out / "ablation.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    try:
        main()
    except PconvError as error:
        sys.exit(f"error: {error}")
