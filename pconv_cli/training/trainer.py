"""The trainer: a run begun, or resumed from its saved state."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pconv_cli.arguments import takes_options
from pconv_cli.training.data.beginning import check_new
from pconv_cli.training.devices.distributed import team
from pconv_cli.training.devices.machine import tuned
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.registry import network_of
from pconv_cli.training.records.report import SilentObserver, TrainObserver, TrainReport
from pconv_cli.training.resolving import resume_options
from pconv_cli.training.run import TrainingRun
from pconv_cli.training.state import load_state, unusable_state


@takes_options(TrainOptions)
def train(options: TrainOptions, observer: TrainObserver | None = None) -> TrainReport:
    """Train a network as the options say.

    Writes into ``options.out``: ``state.pt`` (to resume from), ``weights.safetensors`` (the moving average),
    ``metrics.jsonl``, ``curves.png``, ``samples/step_NNNNNNN.png``. Files that cannot be read are named, and others
    take their place.

    Args:
        options: The run, as one object; or its values themselves, as in the example.
        observer: Called at each step.

    Raises:
        UsageError: ``options.out`` holds a run already or lies among the images, or options do not fit together.
        NothingToDo: No images.
        OutputError: The folder cannot be written.
        ModelError: VGG16 or the initial weights cannot be loaded, or the loss is no longer finite, or memory runs out.
        Interrupted: Ctrl-C; the state was saved.

    Example:
        >>> small = {"width": 4, "depth": 3, "crop": 32, "batch": 2, "perceptual_weight": 0.0, "style_weight": 0.0}
        >>> report = train("photos", "run", steps=2, finetune_steps=0, device="cpu", **small)
        >>> report.weights, report.steps
        (PosixPath('run/weights.safetensors'), 2)
    """
    with team(options.device) as processes, tuned(processes.device):
        processes.together(lambda: check_new(options.out))
        run = processes.together(lambda: TrainingRun(options, observer or SilentObserver(), None, processes))
        return run.run()


def resume(folder: Path, given: Mapping[str, Any] | None = None, observer: TrainObserver | None = None) -> TrainReport:
    """Go on with a run from its saved state, as if it had never stopped; a run at its end is only reported.

    Args:
        folder: The run's folder.
        given: Options that change, of those in `options.CHANGEABLE`; others have to be what they were.
        observer: Called at each step.

    Raises:
        UsageError: There is no run in ``folder``, or an option or the images are not those of the run.
        ModelError: The state is damaged.
        PconvError: And all that `train` raises.
    """
    device = (given or {}).get("device") or _saved(folder)[0].device
    with team(device) as processes, tuned(processes.device):

        def continued() -> TrainingRun:
            options, state = _saved(folder)
            options = resume_options(options, {**(given or {}), "out": folder}, state["spec"])
            return TrainingRun(options, observer or SilentObserver(), state, processes)

        run = processes.together(continued)
        return run.run()


def _saved(folder: Path) -> tuple[TrainOptions, dict[str, Any]]:
    state = load_state(folder)
    try:
        network_of(state)
        return TrainOptions.from_json(state["options"]), state
    except Exception as error:  # the file may hold anything in place of options
        raise unusable_state(folder, "not the state of a run of this program") from error
