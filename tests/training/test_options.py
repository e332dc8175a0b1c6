"""Presets, what is given over them, what a resumed run may be given, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli import save_weights
from pconv_cli.core.networks.global_local.network import GlobalLocal, GlobalLocalSpec
from pconv_cli.core.networks.pconv.architecture import ARCHITECTURE as PCONV
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.errors import UsageError
from pconv_cli.training.network_options import chosen_spec
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Phase, Preset
from pconv_cli.training.records.commands import command_line
from pconv_cli.training.resolving import resolve_options, resume_options

DATA = {"data": Path("data")}


def test_the_paper_is_the_default():
    options = resolve_options(Preset.PAPER, DATA)
    assert chosen_spec(options, PCONV) == ModelSpec(64, 8, "none")
    assert (options.valid_weight, options.hole_weight, options.perceptual_weight) == (1, 6, 0.05)
    assert (options.style_weight, options.tv_weight, options.ssim_weight) == (120, 0.1, 0)
    assert (options.crop, options.batch) == (512, 6)
    assert (options.clip, options.perceptual_every) == (0, 1)
    fit, finetune = options.phases
    assert (fit.phase, fit.learning_rate) == (Phase.FIT, 2e-4)
    assert (finetune.phase, finetune.learning_rate) == (Phase.FINETUNE, 5e-5)


def test_the_other_presets():
    dunhuang = resolve_options(Preset.DUNHUANG, DATA)
    assert (dunhuang.crop, dunhuang.batch, dunhuang.learning_rate, dunhuang.ssim_weight) == (400, 8, 5e-4, 5)
    icme = resolve_options(Preset.ICME, DATA)
    assert (icme.augmentation, icme.mask_kind) == ("icme", "mixed")


def test_the_paper_of_a_network_is_its_own(tmp_path):
    """By its name, or by that of its weights; one phase, unless the second is spoken of."""
    options = resolve_options(None, {**DATA, "network": "context-encoder"})
    assert (options.crop, options.batch, options.learning_rate) == (128, 64, 2e-4)
    assert [(plan.phase, plan.length) for plan in options.phases] == [(Phase.FIT, 116_000)]
    save_weights(tmp_path / "gl.safetensors", GlobalLocal(GlobalLocalSpec(2)))
    options = resolve_options(Preset.PAPER, {**DATA, "init": str(tmp_path / "gl.safetensors"), "batch": 4})
    assert (options.crop, options.batch, options.learning_rate, options.steps) == (256, 4, 4e-4, 500_000)
    options = resolve_options(None, {**DATA, "network": "global-local", "steps": 60, "finetune_steps": 10})
    assert [plan.length for plan in options.phases] == [50, 10]
    options = resolve_options(Preset.ICME, {**DATA, "network": "global-local"})
    assert (options.batch, options.learning_rate) == (16, 4e-4)
    options = resolve_options(None, {**DATA, "network": "global-local", "loss_weights": {"ssim": 0.3, "l2": 2}})
    asked = {name: weight for name, weight in options.weights.items() if weight}
    assert asked == {"hole_l2": 1, "ssim": 0.3, "l2": 2}  # what is not spoken of stays
    assert resolve_options(None, {**DATA, "init": "nonesuch"}).crop == 512  # whoever loads it reports it


def test_a_phase_that_a_paper_does_not_have_wants_a_length():
    given = {**DATA, "network": "repaint", "phase": Phase.FINETUNE}
    with pytest.raises(UsageError, match=r"`phase` finetune: the paper of this network has no such phase.*`steps` N"):
        resolve_options(None, given)
    with pytest.raises(UsageError, match="name them by `init`"):
        resolve_options(None, {**given, "steps": 5})


@pytest.mark.parametrize("name", ["vgg", "perceptual_every"])
@pytest.mark.parametrize("network", ["context-encoder", "global-local", "contextual-attention", "gated", "repaint"])
def test_vgg16_does_nothing_where_no_term_looks_at_it(name, network):
    given = {**DATA, "network": network, name: {"vgg": Path("v"), "perceptual_every": 2}[name]}
    with pytest.raises(UsageError, match=f"`{name}` does nothing without perceptual and style terms"):
        resolve_options(None, given)
    if network != "repaint":
        assert resolve_options(None, {**given, "loss_weights": {"style": 1.0}}).style_weight == 1


def test_what_is_given_wins_over_the_preset():
    options = resolve_options(Preset.DUNHUANG, {**DATA, "crop": 64, "batch": None})
    assert (options.crop, options.batch) == (64, 8)


def lengths(preset, **options):
    return {p.phase.value: p.length for p in resolve_options(preset, {**DATA, **options}).phases}


@pytest.mark.parametrize("preset", [Preset.PAPER, Preset.DUNHUANG, Preset.ICME])
def test_steps_are_the_whole_run_and_its_last_sixth_fine_tunes(preset):
    assert lengths(preset, steps=600) == {"fit": 500, "finetune": 100}
    assert lengths(preset, steps=4) == {"fit": 3, "finetune": 1}
    assert lengths(preset, steps=1) == {"fit": 1}
    assert lengths(preset, steps=5, finetune_steps=2) == {"fit": 3, "finetune": 2}
    assert lengths(preset, steps=5, finetune_steps=0) == {"fit": 5}
    assert lengths(preset, steps=5, finetune_steps=5, init="photo") == {"finetune": 5}
    assert lengths(preset, steps=5, phase=Phase.FIT) == {"fit": 5}
    assert lengths(preset, steps=5, phase=Phase.FINETUNE, init="photo") == {"finetune": 5}
    assert lengths(preset, finetune_steps=5, phase=Phase.FINETUNE, init="photo") == {"finetune": 5}


@given(steps=st.integers(1, 10**6))
def test_no_step_is_lost_between_phases(steps):
    plans = TrainOptions(Path("data"), steps=steps).phases
    assert sum(plan.length for plan in plans) == steps
    assert abs(plans[0].length - 5 * steps / 6) <= 0.5


def test_minutes_are_shared_by_the_same_part():
    assert lengths(Preset.PAPER, minutes=12) == {"fit": 600, "finetune": 120}
    assert lengths(Preset.DUNHUANG, minutes=0.5, phase=Phase.FIT) == {"fit": 30}


@pytest.mark.parametrize(
    ("preset", "fit", "finetune"),
    [(Preset.PAPER, 500_000, 100_000), (Preset.DUNHUANG, 40_000, 10_000), (Preset.ICME, 100_000, 25_000)],
)
def test_without_a_length_each_phase_has_its_recipes(preset, fit, finetune):
    assert lengths(preset) == {"fit": fit, "finetune": finetune}
    assert lengths(preset, phase=Phase.FIT) == {"fit": fit}
    assert lengths(preset, phase=Phase.FINETUNE, init="photo") == {"finetune": finetune}
    assert lengths(preset, finetune_steps=7) == {"fit": fit, "finetune": 7}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": 8}, "`crop` must be 16 to 32768 pixels, got 8"),
        ({"workers": 100_000}, "`workers` must be 256 or less, got 100000"),
        ({"crop": 10**6}, "`crop` must be 16 to 32768 pixels, got 1000000"),
        ({"batch": 0}, "`batch` must be 1 or more"),
        ({"batch": 10**8, "crop": 64}, "`batch` must be 524288 or less with `crop` 64, got 100000000"),
        ({"steps": 0}, "`steps` must be 1 or more"),
        ({"finetune_steps": -1}, "`finetune_steps` must be 0 or more"),
        ({"minutes": 0.0}, "`minutes` must be above 0"),
        ({"minutes": 3.0, "steps": 5}, "`steps` does nothing with `minutes` 3;"),
        ({"minutes": 3.0, "finetune_steps": 5}, "`finetune_steps` does nothing with `minutes` 3;"),
        ({"steps": 4, "finetune_steps": 5}, "`finetune_steps` 5: is more than the whole run, of `steps` 4; give fewer"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0"),
        ({"validation": 1.0}, "`validation` must be a share"),
        ({"style_weight": -1.0}, "`style_weight` must be 0 or more"),
        ({"ema": 1.0}, "`ema` must be from 0 to below 1"),
        ({"phase": Phase.FINETUNE}, "name them by `init`"),
        ({"steps": 5, "finetune_steps": 5}, "is the whole run, and fine-tuning starts from trained weights: name them"),
        ({"learning_rate": float("inf")}, "`learning_rate` must be a finite number, got inf"),
        ({"cache": float("nan")}, "`cache` must be a finite number, got nan"),
        ({"seed": -1}, "`seed` must be 0 or more"),
        ({"seed": 2**64}, "`seed` must be less than 2 to the 64, got 18446744073709551616"),
        ({"clip": -1.0}, "`clip` must be 0 or more"),
        ({"init": "photo", "width": 8}, "`width` does nothing with `init` photo"),
        ({"masks": Path("m"), "mask_kind": "cracks"}, "`mask_kind` does nothing with `masks` m"),
        (
            {"phase": Phase.FINETUNE, "init": "photo", "steps": 5, "finetune_steps": 5},
            "`finetune_steps` does nothing with `phase` finetune and `steps`",
        ),
        ({"phase": Phase.FIT, "finetune_steps": 5}, "`finetune_steps` does nothing with `phase` fit"),
        (
            {"phase": Phase.FINETUNE, "init": "photo", "learning_rate": 1e-3},
            "`learning_rate` does nothing with `phase` finetune",
        ),
        (
            {"finetune_steps": 0, "finetune_learning_rate": 1e-3},
            "`finetune_learning_rate` does nothing with `finetune_steps` 0",
        ),
        ({"validation": 0.0, "validate_every": 5}, "`validate_every` does nothing with `validation` 0"),
        ({"perceptual_weight": 0.0, "style_weight": 0.0, "vgg": Path("v")}, "`vgg` does nothing without"),
    ],
)
def test_values_out_of_range(options, message):
    with pytest.raises(UsageError, match=message):
        resolve_options(Preset.PAPER, {**DATA, **options})


def test_options_survive_being_saved():
    options = resolve_options(Preset.ICME, {**DATA, "phase": Phase.FIT, "masks": Path("m"), "vgg": Path("v")})
    assert TrainOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


def test_weights_of_terms_have_no_order_and_one_source():
    first, second = {"b": 1.0, "a": 2.0}, {"a": 2.0, "b": 1.0}
    saved = TrainOptions(Path("d"), loss_weights=first)
    assert saved == TrainOptions(Path("d"), loss_weights=second)
    assert resume_options(saved, {"loss_weights": second}) == saved
    assert TrainOptions.from_json({**saved.to_json(), "loss_weights": [["b", 1.0], ["a", 2.0]]}) == saved
    with pytest.raises(UsageError, match=r"`loss_weights` \(was a=2.0 b=1.0\)"):
        resume_options(saved, {"loss_weights": {"a": 3.0}})
    with pytest.raises(UsageError, match=r"`ssim_weight` and `loss_weights` ssim=...: both give one weight"):
        TrainOptions(Path("d"), ssim_weight=5.0, loss_weights={"ssim": 0.3})
    assert TrainOptions(Path("d"), ssim_weight=0.3, loss_weights={"ssim": 0.3}).weights["ssim"] == 0.3


def test_a_weight_that_is_said_again_on_resuming_leaves_those_of_the_paper():
    """A name that is not spoken of is compared with nothing."""
    given = {"network": "contextual-attention", "loss_weights": {"discounted": 1, "ssim": 0.3}}
    saved = resolve_options(None, {**DATA, **given})
    assert dict(saved.loss_weights) == {"discounted": 1, "outside": 2.4}
    for again in ({"discounted": 1, "ssim": 0.3}, {"discounted": 1}, {"ssim": 0.3}):
        assert resume_options(saved, {"loss_weights": again}) == saved
    for other in ({"discounted": 2}, {"l1": 1.0}):
        with pytest.raises(UsageError, match=r"`loss_weights` \(was discounted=1.0 outside=2.4\)"):
            resume_options(saved, {"loss_weights": other})


@pytest.mark.parametrize("name", ["schedule", "augmentation", "loader", "precision", "adversarial"])
def test_names_that_there_are_not_are_said_with_those_that_there_are(name):
    with pytest.raises(UsageError, match=f"`{name}` nonesuch: take one of [a-z]"):
        TrainOptions(Path("d"), **{name: "nonesuch"})


def test_a_resumed_run_stays_the_same_run():
    saved = resolve_options(Preset.PAPER, {**DATA, "crop": 64})
    resumed = resume_options(saved, {"data": Path("moved"), "crop": 64, "batch": None, "workers": 3})
    assert resumed == replace(saved, data=Path("moved"), workers=3)
    with pytest.raises(UsageError, match=r"leave out `batch` \(was 6\), `learning_rate` \(was 0.0002\)"):
        resume_options(saved, {"batch": 7, "learning_rate": 1e-3})


def test_the_command_on_the_card_is_one_that_is_taken():
    options = resolve_options(Preset.DUNHUANG, {**DATA, "phase": Phase.FIT, "steps": 7})
    line = command_line(options)
    assert "--phase fit" in line
    assert "--finetune-steps" not in line  # the preset's, which beside --phase fit would be refused
    assert "--steps 600000" in command_line(TrainOptions(Path("d"), phase=Phase.FINETUNE, init="photo"))
    assert "steps" not in command_line(resolve_options(Preset.ICME, {**DATA, "minutes": 5.0}))
