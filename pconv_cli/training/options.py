"""The options of a training run.

This module imports nothing heavy, so that the command line can name defaults at once.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, get_type_hints

from pconv_cli.arguments import ChoiceField, Field, OptionalPathField, PathField, check_kinds
from pconv_cli.errors import UsageError, option
from pconv_cli.files.json_text import has_type
from pconv_cli.files.masks.polarity import Polarity, check_threshold
from pconv_cli.training.option_fields import LossWeightsField, NetworkOptionsField
from pconv_cli.training.phases import PhasePlan, plan_phases
from pconv_cli.training.presets import FINETUNE_PART, LENGTHS, Phase, Preset

Base = Literal["none", "pyramid"]
Schedule = Literal["constant", "cosine"]
Augmentation = Literal["crop", "icme"]
Loader = Literal["auto", "threads", "processes", "device"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Adversarial = Literal["none", "sn-patch", "global-local"]


@dataclass(frozen=True)
class TrainOptions:
    """One training run; the defaults are the paper's.

    Attributes:
        data: Folder of images, searched through.
        out: Folder of the run: state, weights, metrics, sample grids.
        masks: Folder of mask files to draw from; without one, masks are generated.
        damage: Masks of the damage that the images themselves have, paired as `pconv inpaint` pairs them: a folder,
            one file for all, annotation files, or the word ``alpha`` for their own transparency. What is damaged is
            hole for the network and counts in no term of the loss; see `pconv_cli.training.data.damage`.
        polarity: The colour of the damage in those files.
        mask_pattern: How they are named, if not as their images.
        threshold: Value in [1, 255] from which a sample of theirs is white, or a pixel opaque; None: 128, or 255.
        dilate: Pixels by which the damage is grown first.
        mask_kind: What is generated without ``masks``: a name of `pconv_cli.masks.kinds.MaskKind`, or ``all``.
        validation: Share of the images that is held out.
        phase: ``fit``, ``finetune`` (from ``init``), or ``both`` in a row.
        network: The architecture, by its name in `pconv_cli.core.networks.registry`.
        width: The network's own option of this name, of ``pconv`` the channels of the first level; None: its default.
        depth: Likewise; of ``pconv`` the number of levels.
        base: Likewise; of ``pconv`` ``none`` (the paper) or ``pyramid``.
        network_options: The network's own options by name, which are the fields of its `Spec`.
        init: Weights to start from, by name or path; they bring their network along.
        widen: Width to which the network of ``init`` is widened first; see `pconv_cli.core.networks.pconv.widening`.
        crop: Side of the training crops in pixels.
        batch: Images at a time, which are a step's where nothing multiplies them.
        accumulate: Batches of a step, whose gradients are averaged. Each of torchrun's processes has as many.
        steps: Steps of the whole run, in one phase or both.
        finetune_steps: How many of them are the second phase, in which the encoder's BatchNorm is frozen; None: a
            sixth. With ``phase`` both alone.
        minutes: Train by time and not by steps: minutes of the whole run, validations included, of which the second
            phase takes a sixth. A resumed run counts those that were spent before.
        learning_rate: Adam's in the first phase.
        finetune_learning_rate: Adam's in the second phase.
        schedule: ``constant`` (the paper), or ``cosine``: down to a hundredth over each phase.
        warmup: Steps over which the learning rate rises at the start of each phase.
        valid_weight: Weight of L_valid.
        hole_weight: Weight of L_hole.
        perceptual_weight: Weight of L_perc.
        style_weight: Weight of L_style.
        tv_weight: Weight of L_tv.
        ssim_weight: Weight of 1 - SSIM.
        blocking_weight: Weight of L_block.
        contrast_weight: Weight of L_contrast.
        lattice_weight: Weight of L_lattice.
        loss_weights: Weights of any terms of `pconv_cli.core.losses`, by name; those of the terms above go there.
        adversarial: What the network learns against as well: ``sn-patch`` (spectrally normalised patches, hinge loss),
            ``global-local`` (the whole image and a window on its hole, cross entropy), or ``none``.
        adversarial_weight: Weight of that term beside the loss; or of the term of a network's own discriminator, where
            `pconv_cli.training.presets.PAPERS` gives one.
        adversarial_width: Channels of the first layer of the discriminator.
        adversarial_rate: By what its learning rate is that of the network.
        adversarial_r1: Weight of R1, the squared gradient at real images, in what it minimises.
        adversarial_after: Steps in which it learns before the term counts.
        perceptual_every: Steps between those at which the perceptual and style terms are computed.
        augmentation: ``crop`` (random scale, crop and flip) or ``icme`` (and colour jitter and rotation).
        precision: ``auto``, ``float32``, ``bfloat16`` or ``float16``.
        device: ``auto``, ``cpu``, ``cuda`` ...
        vgg: VGG16's weights; without it `pconv_cli.core.vgg_file.find_vgg` looks for them.
        seed: Seed of everything that is random.
        ema: Decay of the moving average of the weights, which is what is validated and saved as weights; 0 saves the
            weights of the last step. The paper does not speak of one.
        clip: Largest norm of the gradient; 0, as in the paper, does not clip.
        save_every: Steps between saved states.
        validate_every: Steps between validations.
        sample_every: Steps between sample grids.
        loader: Who prepares batches: ``threads``, ``processes`` (the same, bit for bit), or the ``device`` that trains;
            ``auto`` is that on CUDA, and threads elsewhere.
        workers: Threads or processes that prepare batches; None: 16 for a CUDA device's loader, else 1.
        cache: GiB of decoded images that are kept in memory; with ``device``, in that of the device.
        mask_bank: How many different masks are drawn; turned, mirrored and rolled they make many more.
        compile: Whether the network is compiled by torch.compile.
        tensorboard: Whether figures and sample grids are written for TensorBoard too.
        sync_batch_norm: Whether torchrun's processes normalise by the statistics of all their images; on GPUs.

    Example:
        >>> options = TrainOptions("photos", phase="finetune", init="photo")
        >>> [plan.learning_rate for plan in options.phases]
        [5e-05]
    """

    data: PathField = PathField()
    out: PathField = PathField(Path("run"))
    masks: OptionalPathField = OptionalPathField()
    damage: OptionalPathField = OptionalPathField()
    polarity: ChoiceField[Polarity] = ChoiceField(Polarity, Polarity.WHITE)
    threshold: int | None = None
    mask_pattern: str | None = None
    dilate: int = 0
    mask_kind: str = "occlusion"
    validation: float = 0.05
    phase: ChoiceField[Phase] = ChoiceField(Phase, Phase.BOTH)
    network: str = "pconv"
    width: int | None = None
    depth: int | None = None
    base: Base | None = None
    network_options: NetworkOptionsField = NetworkOptionsField()
    init: str | None = None
    widen: int | None = None
    crop: int = 512
    batch: int = 6
    accumulate: int = 1
    steps: int = sum(LENGTHS[Preset.PAPER])
    finetune_steps: int | None = None
    minutes: float | None = None
    learning_rate: float = 2e-4
    finetune_learning_rate: float = 5e-5
    schedule: Schedule = "constant"
    warmup: int = 0
    valid_weight: float = 1.0
    hole_weight: float = 6.0
    perceptual_weight: float = 0.05
    style_weight: float = 120.0
    tv_weight: float = 0.1
    ssim_weight: float = 0.0
    blocking_weight: float = 0.0
    contrast_weight: float = 0.0
    lattice_weight: float = 0.0
    loss_weights: LossWeightsField = LossWeightsField()
    adversarial: Adversarial = "none"
    adversarial_weight: float = 0.01
    adversarial_width: int = 64
    adversarial_rate: float = 1.0
    adversarial_r1: float = 0.0
    adversarial_after: int = 0
    perceptual_every: int = 1
    augmentation: Augmentation = "crop"
    precision: Precision = "auto"
    device: str = "auto"
    vgg: OptionalPathField = OptionalPathField()
    seed: int = 0
    ema: float = 0.999
    clip: float = 0.0
    save_every: int = 1000
    validate_every: int = 1000
    sample_every: int = 1000
    loader: Loader = "auto"
    workers: int | None = None
    cache: float = 4.0
    mask_bank: int = 2000
    compile: bool = False
    tensorboard: bool = False
    sync_batch_norm: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)
        own, others = own_weights(dict(self.loss_weights))
        for name, weight in own.items():
            if getattr(self, name) not in (weight, type(self).__dataclass_fields__[name].default):
                raise given_twice(name)
            object.__setattr__(self, name, weight)
        object.__setattr__(self, "loss_weights", tuple(others.items()))
        for name, value in asdict(self).items():
            _check(not isinstance(value, float) or math.isfinite(value), name, "a finite number", value)
        every = ("perceptual_every", "save_every", "validate_every", "sample_every")
        for name in ("crop", "batch", "accumulate", "steps", "mask_bank", "workers", "adversarial_width", *every):
            _check(getattr(self, name) is None or getattr(self, name) >= 1, name, "1 or more", getattr(self, name))
        for name in ("finetune_steps", "warmup", "seed", "clip", "cache", "adversarial_r1", "adversarial_after"):
            _check(getattr(self, name) is None or getattr(self, name) >= 0, name, "0 or more", getattr(self, name))
        for name in ("minutes", "learning_rate", "finetune_learning_rate", "adversarial_weight", "adversarial_rate"):
            _check(getattr(self, name) is None or getattr(self, name) > 0, name, "above 0", getattr(self, name))
        for name in _WEIGHTS:
            _check(getattr(self, name) >= 0, name, "0 or more", getattr(self, name))
        check_threshold(self.threshold)
        _check(self.seed < 2**64, "seed", "less than 2 to the 64", self.seed)  # as torch takes them
        _check(self.dilate >= 0, "dilate", "0 or more pixels", self.dilate)
        _check(16 <= self.crop <= 2**15, "crop", "16 to 32768 pixels", self.crop)
        # No memory holds more, and it would run out after minutes without a word.
        most = 2**31 // self.crop**2
        _check(self.batch <= most, "batch", f"{most} or less with {option('crop')} {self.crop}", self.batch)
        _check(self.workers is None or self.workers <= 256, "workers", "256 or less", self.workers)
        _check(0 <= self.validation < 1, "validation", "a share from 0 to below 1", self.validation)
        _check(0 <= self.ema < 1, "ema", "from 0 to below 1", self.ema)
        if self.widen is not None and self.init is None:
            raise UsageError(
                f"{option('widen')} belongs to the weights of {option('init')}; name those, or take {option('width')} "
                "for a fresh network"
            )
        if self.phase is Phase.FINETUNE and self.init is None:
            raise UsageError(
                f"{option('phase')} finetune starts from trained weights: name them by {option('init')} NAME|PATH"
            )
        if self.finetune_steps is not None:
            if self.phase is not Phase.BOTH:
                raise UsageError(
                    f"{option('finetune_steps')} does nothing with {option('phase')} {self.phase}, whose length is "
                    f"{option('steps')}"
                )
            if self.minutes is not None:
                raise UsageError(f"{option('finetune_steps')} does nothing with {option('minutes')}; leave one out")
            if self.finetune_steps > self.steps:
                raise UsageError(
                    f"{option('finetune_steps')} {self.finetune_steps}: is more than the whole run, of "
                    f"{option('steps')} {self.steps}; give fewer"
                )
        if self.phases[0].phase is Phase.FINETUNE and self.init is None:
            raise UsageError(
                f"{option('finetune_steps')} is the whole run, and fine-tuning starts from trained weights: name them "
                f"by {option('init')}"
            )

    @property
    def weights(self) -> dict[str, float]:
        """The weights of all terms, by name."""
        named = {name.removesuffix("_weight"): getattr(self, name) for name in _WEIGHTS}
        return named | dict(self.loss_weights)

    @cached_property
    def phases(self) -> tuple[PhasePlan, ...]:
        """The phases of this run, in order, those without a length left out."""
        if self.minutes is not None:
            whole = 60 * self.minutes
            finetune = whole / FINETUNE_PART
        else:
            whole = self.steps
            finetune = round(whole / FINETUNE_PART) if self.finetune_steps is None else self.finetune_steps
        return plan_phases(self.phase, whole, finetune, (self.learning_rate, self.finetune_learning_rate))

    def to_json(self) -> dict[str, Any]:
        """Return all options as JSON can say them."""
        plain = (Path, StrEnum)
        return {name: str(value) if isinstance(value, plain) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """Read the options that `to_json` wrote.

        Raises:
            TypeError, ValueError, UsageError: It has written nothing of the kind.
        """
        options = cls(**saved)
        for name, hint in get_type_hints(cls).items():
            if not isinstance(vars(cls).get(name), Field) and not has_type(getattr(options, name), hint):
                raise TypeError(f"{name}: {getattr(options, name)!r}")
        return options


# Those of the loss's terms.
_WEIGHTS = tuple(
    field.name
    for field in fields(TrainOptions)
    if field.name.endswith("_weight") and not field.name.startswith("adversarial")
)


def own_weights(weights: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Part the weights of terms that have an option of their own, by its name, from the others."""
    own = {f"{name}_weight": value for name, value in weights.items() if f"{name}_weight" in _WEIGHTS}
    return own, {name: value for name, value in weights.items() if f"{name}_weight" not in _WEIGHTS}


def given_twice(name: str) -> UsageError:
    """Make the error for a weight that both ways to give it give."""
    term = name.removesuffix("_weight")
    return UsageError(f"{option(name)} and {option('loss_weights')} {term}=...: both give one weight; leave one out")


def _check(holds: bool, name: str, wanted: str, value: object) -> None:
    if not holds:
        raise UsageError(f"{option(name)} must be {wanted}, got {value}")
