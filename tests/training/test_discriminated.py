"""The adversarial term that options add to a network's training, and what they refuse."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from pconv_cli.core.adversarial.global_local import GlobalLocalDiscriminator
from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.networks import registry as networks
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.errors import UsageError
from pconv_cli.training import presets
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.learner import Learner
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import Paper
from pconv_cli.training.recipes import registry
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.recipe import Recipe
from pconv_cli.training.recipes.registry import make_recipe
from pconv_cli.training.records.commands import command_line
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import resume, train

SMALL = {"adversarial": "sn-patch", "adversarial_width": 2}
CPU = Team(torch.device("cpu"))


def recipe_of(options):
    return make_recipe(options, None, torch.float32, CPU)


def weights_of(report):
    return torch.load(report.folder / "state.pt", weights_only=True)["model"]


def test_the_named_discriminator_is_made(tiny):
    patches = recipe_of(tiny(**SMALL)).judged["discriminator"]
    assert isinstance(patches, SNPatch)
    assert patches.layers[0].weight.shape == (2, 4, 5, 5)
    whole = recipe_of(tiny(**{**SMALL, "adversarial": "global-local"})).judged["discriminator"]
    assert isinstance(whole, GlobalLocalDiscriminator)
    assert (whole.local_size, whole.last.in_features) == (16, 64)
    assert isinstance(recipe_of(tiny()).network, nn.Module)
    assert not isinstance(recipe_of(tiny()), Adversarial)


def test_the_term_moves_the_network_as_far_as_it_weighs(tiny, tmp_path):
    """A weight that is next to nothing gives the network that there is without it."""
    plain = weights_of(train(tiny(out=tmp_path / "plain")))
    none = weights_of(train(tiny(**SMALL, adversarial_weight=1e-30, out=tmp_path / "none")))
    some = weights_of(train(tiny(**SMALL, adversarial_weight=0.1, out=tmp_path / "some")))
    # Adam's betas differ, so only the first step's direction is the same: what is compared is the second network.
    assert plain.keys() == none.keys() == some.keys()
    assert any(not torch.equal(none[name], some[name]) for name in none)


def test_the_term_counts_after_the_discriminators_first_steps(tiny, recorder):
    observer = recorder()
    train(tiny(**SMALL, adversarial_after=3), observer)
    assert ["adversarial" in status.terms for status in observer.statuses] == [False] * 3 + [True] * 3
    assert all("discriminator" in status.terms for status in observer.statuses)


@pytest.mark.parametrize("name", ["sn-patch", "global-local"])
def test_r1_is_added_and_recorded(tiny, recorder, name):
    observer = recorder()
    train(tiny(**{**SMALL, "adversarial": name}, adversarial_r1=5.0, steps=2), observer)
    assert observer.statuses[-1].terms["r1"] > 0


def test_the_second_phase_still_freezes_the_encoders_norm(tiny, monkeypatch):
    kept = []
    usual = Learner.__init__

    def init(self, *given):
        usual(self, *given)
        kept.append(self.recipe)

    monkeypatch.setattr(Learner, "__init__", init)
    train(tiny(**SMALL, steps=4, finetune_steps=1))
    (recipe,) = kept
    norms = [m for m in recipe.network.encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training or norm.weight.requires_grad for norm in norms)
    learning = [p for group in recipe.sides["model"].optimizer.param_groups for p in group["params"]]
    assert not any(norm.weight is p for norm in norms for p in learning)


def test_a_run_goes_on_with_its_discriminator(tiny, recorder):
    train(tiny(**SMALL, steps=2))
    with pytest.raises(UsageError, match=r"leave out `adversarial_width` \(was 2\)"):
        resume(tiny().out, {"adversarial_width": 3})
    assert resume(tiny().out, {"adversarial": "sn-patch"}).steps == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"adversarial_weight": 0.1},
            "`adversarial_weight` belongs to `adversarial`; name one by that, or leave it out",
        ),
        ({"adversarial": "none", "adversarial_r1": 1.0}, "`adversarial_r1` belongs to `adversarial`"),
        ({**SMALL, "adversarial_weight": 0.0}, "`adversarial_weight` must be above 0, got 0.0"),
        ({**SMALL, "adversarial_width": 0}, "`adversarial_width` must be 1 or more, got 0"),
        ({**SMALL, "adversarial_r1": -1.0}, "`adversarial_r1` must be 0 or more, got -1.0"),
        ({**SMALL, "adversarial_after": -1}, "`adversarial_after` must be 0 or more"),
        ({**SMALL, "adversarial_rate": 0.0}, "`adversarial_rate` must be above 0"),
        (
            {"adversarial": "nonesuch"},
            "`adversarial` nonesuch: take one of none, sn-patch, global-local",
        ),
    ],
)
def test_what_does_nothing_or_harm_is_refused(tiny, given, words):
    with pytest.raises(UsageError) as caught:
        tiny(**given)
    assert words in str(caught.value)


class Own(Adversarial):
    def discriminators(self):
        return {"discriminator": SNPatch(2, 2)}

    def adversarial_weight(self, at):
        return 1.0


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Own, "pconv networks learn against discriminators of their own"), (Recipe, "pconv networks do not learn so")],
)
def test_a_network_that_learns_otherwise_refuses_a_discriminator(tiny, monkeypatch, kind, words):
    monkeypatch.setitem(registry.RECIPES, "pconv", kind)
    with pytest.raises(UsageError, match=f"`adversarial` sn-patch: {words}; leave it out"):
        train(tiny(**SMALL))


@pytest.mark.parametrize(
    ("network", "words"),
    [("repaint", "do not learn so"), ("gated", "learn against discriminators of their own")],
)
def test_networks_whose_papers_train_them_otherwise_refuse_one(tiny, network, words):
    with pytest.raises(UsageError, match=f"`adversarial` sn-patch: {network} networks {words}; leave it out"):
        train(tiny(network=network, width=8, depth=None, **SMALL))


def test_an_unknown_network_is_said_with_those_that_there_are(tiny):
    given = {"network": "nonesuch", "width": None, "depth": None}
    with pytest.raises(UsageError, match="`network` nonesuch: no network has this name; take one of pconv, "):
        train(tiny(**given))


def test_a_networks_paper_fills_in_and_its_card_repeats_it(monkeypatch, tmp_path):
    """What is given wins; a preset by name wins over the paper; the command on the card leads to the same options."""
    paper = Paper({"learning_rate": 1e-4, "batch": 16, "adversarial": "sn-patch", "style_weight": 0.0}, (70, 30))
    monkeypatch.setitem(presets.PAPERS, "gated", paper)
    data = {"data": tmp_path, "network": "gated"}
    options = resolve_options(None, data)
    assert (options.learning_rate, options.batch, options.adversarial) == (1e-4, 16, "sn-patch")
    assert [plan.length for plan in options.phases] == [70, 30]
    assert resolve_options(None, {**data, "batch": 2, "adversarial_weight": 0.5}).batch == 2
    dunhuang = resolve_options(presets.Preset.DUNHUANG, data)
    assert (dunhuang.learning_rate, dunhuang.batch, dunhuang.adversarial) == (5e-4, 8, "sn-patch")
    assert "--batch" not in command_line(options)
    assert "--batch 6" in command_line(resolve_options(None, {**data, "batch": 6}))
    assert "--adversarial none" in command_line(resolve_options(None, {**data, "adversarial": "none"}))
    assert resolve_options(None, {"data": tmp_path}).batch == 6


def test_initial_weights_bring_their_networks_paper(monkeypatch, tmp_path):
    monkeypatch.setitem(presets.PAPERS, "pconv", Paper({"batch": 3}))
    options = resolve_options(None, {"data": tmp_path, "init": "photo"})
    assert options.batch == 3
    assert "--network" not in command_line(replace(options, network="gated"))
    assert resolve_options(None, {"data": tmp_path, "init": "nowhere.safetensors"}).network == "pconv"


def test_toy_networks_take_one_as_well(tiny, monkeypatch):
    from dataclasses import dataclass

    from pconv_cli.core.networks.network import Network, Prediction
    from pconv_cli.core.networks.spec import Spec

    @dataclass(frozen=True)
    class ToySpec(Spec):
        channels: int = 4
        reach = 2

    class Toy(Network):
        def __init__(self, spec):
            super().__init__(spec)
            self.last = nn.Conv2d(4, 3, 3, padding=1)

        def predict(self, x, mask):
            y = self.last(torch.cat([x, mask], 1))
            return Prediction(y, y / 2)

    monkeypatch.setattr(networks, "_registered", {})
    networks.register(Architecture("toy", ToySpec, Toy))
    report = train(tiny(network="toy", width=None, depth=None, **SMALL, steps=1))
    assert "discriminator" in torch.load(report.folder / "state.pt", weights_only=True)
    assert TrainOptions.from_json(tiny(**SMALL).to_json()) == tiny(**SMALL)


def test_the_network_alone_is_compiled(tiny, monkeypatch):
    """A penalty differentiates a discriminator twice, which compiled modules do not bear."""
    from pconv_cli.training import learner

    compiled = {}

    class Noted(learner.JoinedModule):
        def __init__(self, module, team, compile):
            compiled[type(module).__name__] = compile
            super().__init__(module, team, False)

    monkeypatch.setattr(learner, "JoinedModule", Noted)
    train(tiny(**SMALL, steps=1, compile=True))
    assert compiled == {"PConvUNet": True, "SNPatch": False}
