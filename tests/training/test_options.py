"""Presets, what is given over them, what a resumed run may be told, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from pconv_cli.errors import UsageError
from pconv_cli.training.options import TrainOptions, command_line, resolve_options, resume_options
from pconv_cli.training.presets import Phase, Preset

DATA = {"data": Path("data")}


def test_the_paper_is_the_default():
    options = resolve_options(Preset.PAPER, DATA)
    assert (options.width, options.depth, options.base) == (64, 8, "none")
    assert (options.valid_weight, options.hole_weight, options.perceptual_weight) == (1, 6, 0.05)
    assert (options.style_weight, options.tv_weight, options.ssim_weight) == (120, 0.1, 0)
    assert (options.crop, options.batch) == (512, 6)
    assert (options.clip, options.perceptual_every) == (0, 1)
    fit, finetune = options.phases
    assert (fit.phase, fit.learning_rate, fit.freeze_encoder_norm) == (Phase.FIT, 2e-4, False)
    assert (finetune.phase, finetune.learning_rate, finetune.freeze_encoder_norm) == (Phase.FINETUNE, 5e-5, True)


def test_the_other_presets():
    dunhuang = resolve_options(Preset.DUNHUANG, DATA)
    assert (dunhuang.crop, dunhuang.batch, dunhuang.learning_rate, dunhuang.ssim_weight) == (400, 8, 5e-4, 5)
    icme = resolve_options(Preset.ICME, DATA)
    assert (icme.augmentation, icme.mask_kind) == ("icme", "mixed")


def test_what_is_given_wins_over_the_preset():
    options = resolve_options(Preset.DUNHUANG, {**DATA, "crop": 64, "batch": None})
    assert (options.crop, options.batch) == (64, 8)


def test_phases():
    both = resolve_options(Preset.PAPER, {**DATA, "steps": 3, "finetune_steps": 2})
    assert [(p.phase.value, p.steps) for p in both.phases] == [("fit", 3), ("finetune", 2)]
    assert [p.phase.value for p in replace(both, phase=Phase.FIT).phases] == ["fit"]
    assert [p.phase.value for p in replace(both, phase=Phase.FINETUNE, init="photo").phases] == ["finetune"]
    assert [p.phase.value for p in replace(both, finetune_steps=0).phases] == ["fit"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"crop": 8}, "--crop must be 16 pixels or more, got 8"),
        ({"batch": 0}, "--batch must be 1 or more"),
        ({"steps": -1}, "--steps must be 0 or more"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0"),
        ({"validation": 1.0}, "--validation must be a share"),
        ({"style_weight": -1.0}, "--style-weight must be 0 or more"),
        ({"ema": 1.0}, "--ema must be from 0 to below 1"),
        ({"phase": Phase.FINETUNE}, "name them by --init"),
        ({"steps": 0, "finetune_steps": 0}, "leave no step to do"),
        ({"phase": Phase.FIT, "steps": 0}, "leave no step to do"),
        ({"steps": 0}, "--steps 0 leaves fine-tuning, which starts from trained weights: name them by --init"),
        ({"learning_rate": float("inf")}, "--learning-rate must be a finite number, got inf"),
        ({"cache": float("nan")}, "--cache must be a finite number, got nan"),
        ({"seed": -1}, "--seed must be 0 or more"),
        ({"clip": -1.0}, "--clip must be 0 or more"),
        ({"init": "photo", "width": 8}, "--width does nothing beside --init photo"),
        ({"masks": Path("m"), "mask_kind": "cracks"}, "--mask-type does nothing beside --masks m"),
        ({"phase": Phase.FINETUNE, "init": "photo", "steps": 5}, "--steps does nothing beside --phase finetune"),
        ({"phase": Phase.FIT, "finetune_steps": 5}, "--finetune-steps does nothing beside --phase fit"),
        ({"steps": 0, "learning_rate": 1e-3}, "--learning-rate does nothing beside --steps 0"),
        (
            {"finetune_steps": 0, "finetune_learning_rate": 1e-3},
            "--finetune-learning-rate does nothing beside --finetune-steps 0",
        ),
        ({"validation": 0.0, "validate_every": 5}, "--validate-every does nothing beside --validation 0"),
        ({"perceptual_weight": 0.0, "style_weight": 0.0, "vgg": Path("v")}, "--vgg does nothing without"),
    ],
)
def test_values_out_of_range(given, message):
    with pytest.raises(UsageError, match=message):
        resolve_options(Preset.PAPER, {**DATA, **given})


def test_options_survive_being_saved():
    options = resolve_options(Preset.ICME, {**DATA, "phase": Phase.FIT, "masks": Path("m"), "vgg": Path("v")})
    saved = options.to_json()
    assert all(type(value) in (str, int, float, bool, type(None)) for value in saved.values())
    assert TrainOptions.from_json(saved) == options


def test_a_resumed_run_stays_the_same_run():
    saved = resolve_options(Preset.PAPER, {**DATA, "crop": 64})
    resumed = resume_options(saved, {"data": Path("moved"), "crop": 64, "batch": None, "workers": 3})
    assert resumed == replace(saved, data=Path("moved"), workers=3)
    with pytest.raises(UsageError, match=r"leave out --batch \(was 6\), --learning-rate \(was 0.0002\)"):
        resume_options(saved, {"batch": 7, "learning_rate": 1e-3})


def test_the_command_on_the_card_is_one_that_is_taken():
    options = resolve_options(Preset.DUNHUANG, {**DATA, "phase": Phase.FIT, "steps": 7})
    line = command_line(options)
    assert "--phase fit" in line
    assert "--finetune-steps" not in line  # the preset's, which beside --phase fit would be refused
