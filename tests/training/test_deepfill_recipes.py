"""The recipes of DeepFill: their losses as released, who learns when, and runs that go on as if never stopped."""

import json

import numpy as np
import pytest
import torch

from pconv_cli import load_weights
from pconv_cli.core.adversarial.critics import Critic
from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.recipes.registry import make_recipe
from pconv_cli.training.records.commands import command_line
from pconv_cli.training.trainer import train

from .sittings import trained_in_one_and_two_sittings

both = pytest.mark.parametrize("network", ["contextual-attention", "gated"])


@pytest.fixture
def small(tiny):
    return lambda **given: tiny(**{"network": "gated", "depth": None, "learning_rate": 1e-3, **given})


@both
def test_runs_resume_bit_for_bit(network, small, recorder, tmp_path):
    """All sides of them; contextual attention's network learns at the fifth step, after the stop."""
    given = {"network": network, "steps": 6, "finetune_steps": 0, "crop": 16}
    trained_in_one_and_two_sittings(lambda out: small(**given, out=out), recorder, tmp_path, 3)


def recipe_of(options):
    torch.manual_seed(0)
    team = Team(torch.device("cpu"))
    recipe = make_recipe(options, None, torch.float32, team)
    recipe.begin(options.phases[0])
    return recipe, {name: JoinedModule(module, team, False) for name, module in recipe.modules.items()}


def one_batch():
    rng = torch.Generator().manual_seed(1)
    truth, mask = torch.rand(2, 3, 32, 32, generator=rng), torch.ones(2, 1, 32, 32)
    mask[0, :, 8:20, 6:18] = 0
    mask[1, :, 3:9, 20:30] = 0
    return Batch(truth, mask)


def test_the_loss_of_gated_is_that_of_the_release(small):
    """In the release's values, -1 to 1: both stages, and less what the discriminator says of the composite."""
    recipe, joined = recipe_of(small())
    batch = one_batch()
    judge = recipe.judged["discriminator"].eval()  # its power iteration does not go on
    with torch.no_grad():
        output, coarse, _ = recipe.network(batch.truth * batch.mask, batch.mask)
        composite = torch.where(batch.mask > 0, batch.truth, output)
        fake, real = (judge(image, batch.mask).logits for image in (composite, batch.truth))
    signed, first, second = (2 * x.numpy() - 1 for x in (batch.truth, coarse, output))
    wanted = abs(signed - first).mean() + abs(signed - second).mean() - fake.mean().item()
    figures = recipe.step([batch], joined, StepInfo(1, 1e-3))
    assert figures.loss == pytest.approx(wanted, rel=1e-5)
    hinge = (torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()).item() / 2
    assert figures.terms["discriminator"] == pytest.approx(hinge, rel=1e-5)


def test_the_loss_of_contextual_attention_is_that_of_the_release(small):
    recipe, joined = recipe_of(small(network="contextual-attention"))
    batch = one_batch()
    with torch.no_grad():
        output, coarse, _ = recipe.network(batch.truth * batch.mask, batch.mask)
        composite = torch.where(batch.mask > 0, batch.truth, output)
        judged = {name: judge(composite, batch.mask).logits.mean() for name, judge in recipe.judged.items()}
        real = {name: judge(batch.truth, batch.mask).logits.mean() for name, judge in recipe.judged.items()}
    valid = np.broadcast_to(batch.mask.numpy(), (2, 3, 32, 32)) > 0
    # A rectangle's pixels by how many steps it is to its edge.
    weights = np.ones((2, 1, 32, 32))
    for image, (top, bottom, left, right) in enumerate(((8, 20, 6, 18), (3, 9, 20, 30))):
        for i in range(top, bottom):
            for j in range(left, right):
                weights[image, 0, i, j] = 0.9 ** min(i - top + 1, bottom - i, j - left + 1, right - j)

    def one(stage):
        difference = abs(2 * stage.numpy() - 2 * batch.truth.numpy())
        return (difference * weights)[~valid].mean() + difference[valid].mean()

    wanted = 1.2 * (1.2 * one(coarse) + one(output)) - 0.001 * sum(judged.values()).item()
    figures = recipe.step([batch], joined, StepInfo(5, 1e-3))
    assert figures.loss == pytest.approx(wanted, rel=1e-5)
    for name in ("critic", "local_critic"):
        assert figures.terms[name] == pytest.approx((judged[name] - real[name]).item(), rel=1e-4, abs=1e-6)
        assert figures.terms[f"{name}_penalty"] >= 0


def test_the_gradient_penalty_is_by_images_in_minus_1_to_1_and_in_the_hole_alone(small):
    """A critic that is a sum over the image has the same slope everywhere, so that the penalty can be computed."""
    recipe, joined = recipe_of(small(network="contextual-attention"))
    batch = one_batch()

    class Sum(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.slope = torch.nn.Parameter(torch.tensor(0.25))

        def forward(self, image, mask):
            from pconv_cli.core.adversarial import Judgement

            return Judgement((self.slope * (2 * image - 1)).sum((1, 2, 3))[:, None])

    recipe.judged["critic"] = Sum()
    recipe.begin(small().phases[0])
    joined["critic"] = JoinedModule(recipe.judged["critic"], recipe.team, False)
    figures = recipe.step([batch], joined, StepInfo(1, 1e-3))
    norms = [0.25 * (3 * area) ** 0.5 for area in (12 * 12, 6 * 10)]
    assert figures.terms["critic_penalty"] == pytest.approx(np.mean([(n - 1) ** 2 for n in norms]), rel=1e-4)


def test_the_network_of_contextual_attention_learns_at_each_fifth_step(small):
    recipe, joined = recipe_of(small(network="contextual-attention"))

    def values():
        return {name: [p.detach().clone() for p in module.parameters()] for name, module in recipe.modules.items()}

    for step in range(1, 7):
        before = values()
        recipe.step([one_batch()], joined, StepInfo(step, 1e-3))
        after = values()
        moved = {n for n in before if any(not torch.equal(a, b) for a, b in zip(before[n], after[n], strict=True))}
        assert moved == {"critic", "local_critic", *(["model"] if step == 5 else [])}


@both
def test_discriminators_are_as_wide_beside_the_network_as_the_originals(network, small):
    original = {"gated": 48, "contextual-attention": 32}[network]
    recipe, _ = recipe_of(small(network=network, width=original))
    for judge in recipe.judged.values():
        assert isinstance(judge, SNPatch if network == "gated" else Critic)
        first = next(p for name, p in judge.named_parameters() if name.startswith("layers.0") and p.ndim == 4)
        assert len(first) == 64
    betas = {side.optimizer.param_groups[0]["betas"] for side in recipe.sides.values()}
    assert betas == {(0.5, 0.999) if network == "gated" else (0.5, 0.9)}


@both
def test_both_stages_learn(network, small):
    """The colour of an image of one colour, against discriminators that look for anything else."""
    recipe, joined = recipe_of(small(network=network))
    truth = torch.tensor([0.8, 0.3, 0.4]).view(1, 3, 1, 1).expand(2, 3, 32, 32).contiguous()
    batch, lost = one_batch()._replace(truth=truth), []
    for number in range(1, 31):
        terms = recipe.step([batch], joined, StepInfo(5 * number, 1e-2)).terms
        lost.append((terms["coarse"], terms["l1" if network == "gated" else "discounted"]))
    assert (np.mean(lost[-3:], axis=0) < 0.6 * np.mean(lost[:3], axis=0)).all()


@both
def test_weights_of_a_run_are_used_and_its_sides_recorded(network, small):
    report = train(small(network=network, steps=10, width=8, crop=16))
    assert describe_weights(report.weights).spec.width == 8
    x, mask = torch.rand(1, 3, 40, 24), torch.ones(1, 1, 40, 24)
    mask[..., 9:20, 5:15] = 0
    with torch.no_grad():
        assert torch.isfinite(load_weights(report.weights)(x, mask).output).all()
    first, *_ = (json.loads(line) for line in (report.folder / "metrics.jsonl").read_text().splitlines())
    judges = ["discriminator"] if network == "gated" else ["critic", "local_critic", "critic_penalty"]
    assert first.keys() >= {"adversarial", "coarse", *judges}


def test_what_these_networks_cannot_is_one_line(small):
    for given, words in (
        ({"depth": 4}, "`depth`: gated networks have no such option; leave it out; theirs are width"),
        ({"base": "pyramid"}, "`base`: gated networks have no such option"),
    ):
        with pytest.raises(UsageError, match=words):
            train(small(**given))
    with pytest.raises(ModelError, match="no such network has width 6: widths are multiples of 4 up to 512"):
        train(small(width=6))
    assert not small().out.exists()


@both
def test_what_is_not_given_is_as_the_original_was_trained(network, small, monkeypatch):
    """No VGG16 is asked for, which none of its terms looks at."""
    monkeypatch.setenv("PCONV_VGG16", "nowhere")
    names = ("perceptual_weight", "style_weight", "batch", "crop", "learning_rate", "finetune_steps")
    options = small(network=network, **dict.fromkeys(names))
    assert (options.crop, options.batch, options.learning_rate) == (256, 16, 1e-4)
    assert [plan.phase for plan in options.phases] == ["fit"]
    assert options.adversarial_weight == (1.0 if network == "gated" else 0.001)
    wanted = {"l1": 2.0} if network == "gated" else {"discounted": 2.4, "outside": 2.4}
    assert {name: weight for name, weight in options.weights.items() if weight} == wanted
    recipe, _ = recipe_of(small(network=network, perceptual_weight=None, style_weight=None))
    assert recipe.loss.vgg is None


@both
def test_another_adversary_is_refused(network, small):
    with pytest.raises(UsageError, match=f"`adversarial` sn-patch: {network} networks learn against discriminators of"):
        train(small(network=network, adversarial="sn-patch"))


@both
def test_the_weight_of_their_own_adversary_can_be_given(network, small, tmp_path):
    """It counts, and the command in the card repeats it; other options of a discriminator have nothing to say."""
    usual, none = (recipe_of(small(network=network, **given)) for given in ({}, {"adversarial_weight": 1e-30}))
    batch = one_batch()
    (first, by_first), (second, by_second) = (
        (recipe.step([batch], joined, StepInfo(5, 1e-3)), recipe.options) for recipe, joined in (usual, none)
    )
    adversarial = by_first.adversarial_weight * first.terms["adversarial"]
    assert first.loss - adversarial == pytest.approx(second.loss, rel=1e-4)
    assert "--adversarial-weight 1e-30" in command_line(by_second)
    assert "--adversarial" not in command_line(by_first)
    with pytest.raises(UsageError, match="`adversarial_rate` belongs to `adversarial`"):
        small(network=network, adversarial_rate=0.5)
