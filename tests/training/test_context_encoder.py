"""The recipe of Context Encoders: what it minimises, at which rates, and that it resumes and is refused as all are."""

import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights
from pconv_cli.errors import UsageError
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.recipes.registry import make_recipe
from pconv_cli.training.trainer import train

from .sittings import trained_in_one_and_two_sittings

OWN = {"network": "context-encoder", "width": 2, "depth": None, "crop": 64, "batch": 3}
SMALL = {"size": 64, "bottleneck": 5}


@pytest.fixture
def small(tiny):
    def options(output="image", **given):
        return tiny(**{**OWN, "network_options": {**SMALL, "output": output}, **given})

    return options


def recipe_of(options):
    recipe = make_recipe(options, None, torch.float32, Team(torch.device("cpu")))
    recipe.begin(options.phases[0])
    return recipe


def a_batch(known=None):
    generator = torch.Generator().manual_seed(3)
    truth, mask = torch.rand(3, 3, 64, 64, generator=generator), torch.ones(3, 1, 64, 64)
    mask[:, :, 10:30, 20:50] = 0
    return Batch(truth, mask if known is None else mask * known, known)


class Plain:
    """A module called as it is, in one process."""

    def __init__(self, module):
        self.module = module

    def __call__(self, *inputs):
        return self.module(*inputs)

    def gradients_kept_here(self, more):
        return torch.enable_grad()

    def compile_errors_reported(self):
        return torch.enable_grad()


def step(recipe, batch):
    joined = {name: Plain(module) for name, module in recipe.modules.items()}
    return recipe.step([batch], joined, StepInfo(1, 1e-3))


def cross_entropy(logits, label):
    chance = torch.sigmoid(logits.double())
    return -(chance if label else 1 - chance).log().mean()


@pytest.mark.parametrize("damaged", [False, True])
def test_whole_images_are_learnt_by_their_squared_differences(small, damaged):
    known = torch.ones(3, 1, 64, 64)
    known[:, :, 40:50, 40:60] = 0 if damaged else 1
    recipe, batch = recipe_of(small()), a_batch(known if damaged else None)
    truth, mask, _ = batch
    network, judge = (recipe.modules[name] for name in ("model", "discriminator"))
    with torch.no_grad():
        output = network(truth * mask, mask).output
        figures = step(recipe, batch)
    squared = 4 * ((output - truth) ** 2 * known).mean() / known.mean()
    terms = figures.terms
    assert terms["l2"] == pytest.approx(squared.item() / 4, rel=1e-4)
    assert figures.loss == pytest.approx(0.999 * squared.item() + 0.001 * terms["adversarial"], rel=1e-4)
    assert judge.convs[0].weight.grad.abs().sum() > 0


def test_the_discriminator_judges_what_comes_out_as_it_is(small):
    """Not the composite: in evaluation, where BatchNorm does not depend on what else is asked."""
    recipe, batch = recipe_of(small()), a_batch()
    for module in recipe.modules.values():
        module.eval()
    with torch.no_grad():
        output = recipe.network(batch.truth * batch.mask, batch.mask).output
        fake, real = (recipe.judged["discriminator"](x).logits for x in (output, batch.truth))
    terms = step(recipe, batch).terms
    assert terms["adversarial"] == pytest.approx(cross_entropy(fake, 1).item(), rel=1e-4)
    both = (cross_entropy(real, 1) + cross_entropy(fake, 0)) / 2
    assert terms["discriminator"] == pytest.approx(both.item(), rel=1e-4)


def test_centres_are_learnt_from_a_square_of_their_own_whose_band_weighs_ten_times(small):
    recipe, batch = recipe_of(small("centre")), a_batch()
    truth = batch.truth
    mask, weight = torch.ones(3, 1, 64, 64), torch.full((1, 1, 32, 32), 10.0)
    mask[..., 20:44, 20:44] = 0
    weight[..., 4:28, 4:28] = 1
    with torch.no_grad():
        output = recipe.network(truth * mask, mask).output[..., 16:48, 16:48]
    figures = step(recipe, batch)
    squared = 4 * (weight * (output - truth[..., 16:48, 16:48]) ** 2).mean().item()
    assert figures.loss == pytest.approx(0.999 * squared + 0.001 * figures.terms["adversarial"], rel=1e-4)


@pytest.mark.parametrize("output", ["image", "centre"])
def test_the_network_learns_at_ten_times_the_discriminators_rate(small, recorder, output):
    observer = recorder()
    report = train(small(output, steps=2, learning_rate=1e-3), observer)
    state = torch.load(report.folder / "state.pt", weights_only=True)
    rates = {name: side["optimizer"]["param_groups"][0]["lr"] for name, side in state["sides"].items()}
    assert rates == pytest.approx({"model": 1e-2, "discriminator": 1e-3})
    assert load_weights(report.weights).spec.output == output
    assert observer.validations[-1][1].keys() >= {"loss", "loss_l2", "psnr"}


@pytest.mark.parametrize("output", ["image", "centre"])
def test_a_batch_is_learnt(small, output):
    recipe, batch = recipe_of(small(output, width=8)), a_batch()
    batch = batch._replace(truth=F.interpolate(batch.truth[..., :4, :4], 64, mode="bilinear"))
    losses = [step(recipe, batch).loss for _ in range(25)]
    assert losses[-1] < 0.4 * losses[0]


@pytest.mark.parametrize("output", ["image", "centre"])
def test_it_resumes_bit_for_bit_through_both_phases(small, recorder, tmp_path, output):
    given = {"steps": 6, "finetune_steps": 2, "accumulate": 2}
    trained_in_one_and_two_sittings(lambda out: small(output, **given, out=out), recorder, tmp_path, 3)


def test_terms_that_are_asked_for_count_too(small):
    recipe = recipe_of(small(ssim_weight=0.5))
    figures = step(recipe, a_batch())
    terms = figures.terms
    expected = 0.999 * 4 * terms["l2"] + 0.5 * terms["ssim"] + 0.001 * terms["adversarial"]
    assert figures.loss == pytest.approx(expected, rel=1e-5)
    assert recipe_of(small(loss_weights={"l2": 0.0})).loss.weights["l2"] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"crop": 32}, "`crop` 32: this network learns from crops of its own size; take `crop` 64"),
        ({"batch": 1}, "`batch` 1: a whole image becomes one value a channel"),
        ({"depth": 3}, "`depth`: context-encoder networks have no such option"),
        ({"widen": 8, "init": "photo"}, "`widen`"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_a_line(small, given, words, tmp_path):
    if "init" in given:
        given = {**given, "init": str(train(small(steps=1, out=tmp_path / "first")).weights)}
        given |= {"network": None, "width": None, "network_options": None}
    with pytest.raises(UsageError, match=words):
        train(small(**given))
