"""The Dunhuang project's three rows: PConv, PConv + SSIM, PConv + SSIM + post-processing.

    python benchmarks/test_set.py --pictures MURALS --masks MASKS --out SET
    python benchmarks/ablation.py TRAIN --test SET --out ablation/

Trains two networks on the pictures of TRAIN with the ``dunhuang`` preset, the same seed and the same steps, the second
one with minus SSIM in the loss; restores SET/damaged with each by ``pconv inpaint``, the third row with the second
one's weights and post-processing; and scores all three against SET/gt. The table has the mean squared error of whole
pictures, a true one: of values scaled to [0, 1], and times 255^2 that of 8-bit values; and SSIM as `pconv eval` has it.

Post-processing is ``pconv inpaint --refine patchmatch``. Where the program has no such option, the row says so.
Networks that are trained and pictures that are restored already are taken as they are; a training that was stopped goes
on.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.names import Metric
from pconv_cli.training.options import TrainOptions, resolve_options
from pconv_cli.training.presets import Preset
from pconv_cli.training.report import SilentObserver, TrainStatus
from pconv_cli.training.state import STATE_FILE, WEIGHTS_FILE
from pconv_cli.training.trainer import resume, train

CANNOT = "cannot be computed: this pconv has no"


class Told(SilentObserver):
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


def can_refine() -> bool:
    """Whether this `pconv inpaint` has --refine."""
    from typer.main import get_command

    from pconv_cli.cli.app import app

    inpaint = get_command(app).commands["inpaint"]  # type: ignore[attr-defined]
    return any("--refine" in parameter.opts for parameter in inpaint.params)


def score(options: argparse.Namespace, weights: Path, out: Path, more: list[str]) -> tuple[float, float]:
    """Restore the test set with weights; give its mean squared error on [0, 1] and SSIM, means over the pictures."""
    places = [str(options.test / "damaged"), "--masks", str(options.test / "masks"), "--out", str(out)]
    command = [sys.executable, "-m", "pconv_cli", "inpaint", *places, "--weights", str(weights)]
    subprocess.run([*command, "--device", options.device, *more], check=True)
    metrics = (Metric.MSE, Metric.SSIM)
    total = evaluate(EvalOptions(out, options.test / "gt", options.test / "masks", metrics)).groups()[-1]
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
    rows: dict[str, tuple[float, float] | str] = {}
    for name, folder, weight in (("PConv", "pconv", 0.0), ("PConv + SSIM", "pconv-ssim", options.ssim_weight)):
        run = options.out / folder
        if (run / STATE_FILE).exists():  # also of a run at its end, which is then taken as it is
            resume(run, observer=Told())
        else:
            train(train_options(options, weight, run), Told())
        rows[name] = score(options, run / WEIGHTS_FILE, options.out / "results" / folder, ["--refine", "none"])
    third = "PConv + SSIM + post-processing"
    if can_refine():
        weights, results = options.out / "pconv-ssim" / WEIGHTS_FILE, options.out / "results" / "post-processed"
        rows[third] = score(options, weights, results, ["--refine", "patchmatch"])
    else:
        rows[third] = f"{CANNOT} --refine | | "
    lines = ["| | MSE, [0, 1] | MSE, [0, 255] | SSIM |", "| --- | --- | --- | --- |"]
    for name, row in rows.items():
        shown = row if isinstance(row, str) else f"{row[0]:.6f} | {row[0] * 255**2:.1f} | {row[1]:.4f}"
        lines.append(f"| {name} | {shown} |")
    text = "\n".join(lines) + "\n"
    (options.out / "ablation.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
