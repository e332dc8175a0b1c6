"""Weights fine-tuned on the very images that are to be restored, damaged as they are.

A short run of the ordinary trainer with `damage`: synthetic holes are learnt from what is left of each image. The
run's own folder is hidden beside the weights while it lasts; an interrupted one goes on from there.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from glob import escape
from pathlib import Path
from statistics import median
from typing import Any, Literal

from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, weights_path
from pconv_cli.core.weights import export_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import DivergedError, Interrupted, ModelError, NothingToDo, UsageError, option
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_header
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.progress import Progress, Silent
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Preset, recipe_of
from pconv_cli.training.records.report import SilentObserver, TrainBegin, TrainStatus
from pconv_cli.training.state import STATE_FILE
from pconv_cli.training.trainer import resume, train

CROPS = (64, 128)  # smaller ones where the images are
PIXELS = 8 * 128 * 128  # of a step

_KEY = 12  # digits of the fingerprint in the name of a run's folder


@dataclass(frozen=True)
class AdaptOptions:
    """What weights are adapted to.

    Attributes:
        images: A folder of damaged images, or one image.
        masks: A folder of masks of the damage, one mask for all, or ``"alpha"`` for the images' own transparency.
        target: The file of adapted weights to write.
        adapt_steps: Steps of the fine-tuning.
        weights: Name or path of the weights to start from.
        device: Where to train.
        polarity: The colour of the damage in mask files.
        threshold: See `pconv_cli.jobs.options.InpaintOptions`.
        mask_pattern: How masks are named; see `pconv_cli.files.finding.pairing.pair_with_masks`.
        dilate: Pixels by which damage is grown first.
        overwrite: Whether adapted weights that exist are made again.
        resume: Whether they are where they were adapted to something else.
        seed: Seed of everything random.

    Raises:
        UsageError: There are no steps.
    """

    images: Path
    masks: Path | Literal["alpha"]
    target: Path
    adapt_steps: int
    weights: str | Path = DEFAULT_WEIGHTS
    device: str = "auto"
    polarity: Polarity = Polarity.WHITE
    threshold: int | None = None
    mask_pattern: str | None = None
    dilate: int = 0
    overwrite: bool = False
    resume: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.adapt_steps < 1:
            raise UsageError(f"{option('adapt_steps')} {self.adapt_steps}: must be 1 step or more")


@dataclass(frozen=True)
class AdaptedWeights:
    """Weights that were adapted, now or by the same command before.

    Attributes:
        weights: Their file.
        steps: Steps of fine-tuning.
        crops: Crops seen in them.
        minutes: Time they took.
        reused: Whether they were there already.
    """

    weights: Path
    steps: int
    crops: int
    minutes: float
    reused: bool

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {**asdict(self), "weights": str(self.weights), "minutes": round(self.minutes, 2)}


def adapt(options: AdaptOptions, progress: Progress | None = None) -> AdaptedWeights:
    """Fine-tune weights on damaged images, or take those that the same call has left before.

    Images that cannot be read, or have no mask, are left out.

    Raises:
        UsageError: ``options.target`` holds other weights, or a path does not exist.
        NothingToDo: There is no image to learn from.
        OutputError: The weights cannot be written.
        ModelError: The initial weights cannot be loaded, or the loss is no longer finite.
        Interrupted: Ctrl-C; the same call goes on from there.
    """
    pairs = pair_with_masks(options.images, options.masks, pattern=options.mask_pattern).pairs
    run = _run_options(options, pairs)
    key = _fingerprint(options, run, pairs)
    target = options.target
    if target.exists() and not options.overwrite:
        card = describe_weights(target).card
        if card.get("adapted_to") == key:
            return _report(target, card, reused=True)
        if not options.resume:
            raise UsageError(
                f"{target}: was adapted to other images, masks or settings; {option('resume')} or "
                f"{option('overwrite')} adapts again, or "
                f"{option('weights')} {target} without {option('adapt_steps')} uses it as it is"
            )
    folder = target.with_name(f".adapting-{target.stem}-{key[:_KEY]}")
    had_parent = target.parent.exists()
    observer = _StepProgress(progress or Silent())
    try:
        if (folder / STATE_FILE).is_file():
            # The same images and masks, by their content; where they lie may be written otherwise by now.
            report = resume(folder, {"data": run.data, "damage": run.damage}, observer)
        else:
            shutil.rmtree(folder, ignore_errors=True)
            report = train(TrainOptions(**{**asdict(run), "out": folder}), observer)
        export_weights(report.weights, target, {"adapted_to": key})
    except Interrupted as error:
        raise Interrupted(
            f"{observer.step} of {options.adapt_steps} steps of adapting done; the same command goes on from there"
        ) from error
    except Exception as error:
        _remove(folder, target.parent, had_parent)
        if isinstance(error, DivergedError):  # which speaks of a folder that is gone
            raise ModelError(
                f"{option('adapt_steps')}: at step {observer.step + 1} the loss of {options.weights} is no longer a "
                "finite number on these images; leave the option out, or take other weights"
            ) from error
        if isinstance(error, NothingToDo) and pairs:  # which can be restored all the same
            raise NothingToDo(f"{error}, or leave out {option('adapt_steps')}") from error
        raise
    # Also of commands that were stopped and never repeated; not of those to another target, which may be running.
    for left in target.parent.glob(f".adapting-{escape(target.stem)}-{'?' * _KEY}"):
        shutil.rmtree(left, ignore_errors=True)
    return _report(target, describe_weights(target).card, reused=False)


def _run_options(options: AdaptOptions, pairs: Sequence[Pair]) -> TrainOptions:
    """The training run; its folder is named later."""
    steps, (least, most) = options.adapt_steps, CROPS
    side = int(median(min(size) for pair in pairs for size in _sizes(pair.image))) if pairs else most
    weights = describe_weights(options.weights)
    crop = weights.spec.crop_size or min(max(side // 32 * 32, least), most)
    usual = recipe_of(Preset.DAMAGED, weights.architecture.name)
    return TrainOptions(
        data=options.images,
        damage=Path(options.masks),
        init=str(options.weights),
        polarity=options.polarity,
        threshold=options.threshold,
        mask_pattern=options.mask_pattern,
        dilate=options.dilate,
        device=options.device,
        seed=options.seed,
        validation=0.0,
        save_every=max(50, steps // 4),
        validate_every=steps,
        sample_every=steps,
        **{**usual, "crop": crop, "batch": max(2, PIXELS // crop**2), "steps": steps},
    )


def _sizes(path: Path) -> Sequence[tuple[int, int]]:
    header = read_header(path)
    return header.pages or (header.size,)


def _fingerprint(options: AdaptOptions, run: TrainOptions, pairs: Sequence[Pair]) -> str:
    """A hash of all that the adapted weights follow from."""
    inputs = {
        "options": {name: value for name, value in run.to_json().items() if name not in ("data", "damage", "init")},
        "weights": sha256_of(weights_path(options.weights)),
        "pairs": [[pair.name, *(_content(path) for path in (pair.image, *pair.masks))] for pair in pairs],
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _content(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        return str(error)  # reading the image will report it


def _report(target: Path, card: Mapping[str, Any], *, reused: bool) -> AdaptedWeights:
    return AdaptedWeights(target, card["steps"], card["images"], card["seconds"] / 60, reused)


def _remove(folder: Path, parent: Path, had_parent: bool) -> None:
    """What failed leaves nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)
    if not had_parent and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()


class _StepProgress(SilentObserver):
    """Shows steps as progress. Warnings stay silent: inpainting the same images gives them again, by name."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.step = 0

    def began(self, run: TrainBegin) -> None:
        """Draw the bar of what is left to do."""
        self.step = run.step
        self._progress.start((run.total_steps or 0) - run.step, "adapting")

    def stepped(self, status: TrainStatus) -> None:
        """Move it on."""
        self.step = status.step
        self._progress.advance(f"step {status.step}")
