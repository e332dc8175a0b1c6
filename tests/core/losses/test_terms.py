"""The registry of terms: a file is a term, each of one signature, in an order that never changes."""

import math

import pytest
import torch

from pconv_cli.core.losses import InpaintingLoss, LossWeights, Seen, Term, all_terms, register, term
from pconv_cli.core.losses.terms import tv
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.errors import UsageError

NAMES = ["valid", "hole", "tv", "ssim", "blocking", "contrast", "lattice"]
NAMES += ["discounted", "hole_l2", "l1", "l2", "outside", "perceptual", "style"]


@pytest.fixture
def added(monkeypatch):
    monkeypatch.setattr(term, "_registered", {})
    register(Term("colour", lambda seen: (seen.composite.mean((2, 3)) - seen.truth.mean((2, 3))).abs().mean()))


def batch():
    generator = torch.Generator().manual_seed(0)
    output, truth = torch.rand(2, 2, 3, 32, 32, generator=generator)
    mask = torch.ones(2, 1, 32, 32)
    mask[..., 8:20, 8:20] = 0
    return output, truth, mask


def test_each_file_is_a_term_of_its_name_in_the_order_of_the_sum():
    assert [one.name for one in all_terms()] == NAMES
    assert all(one.compute.__module__.endswith(f".terms.{one.name}") for one in all_terms())


def test_weights_are_the_papers_where_none_is_given():
    usual = (1, 6, 0.1, *[0] * 9, 0.05, 120)
    assert dict(LossWeights()) == dict(zip(NAMES, usual, strict=True))
    assert dict(LossWeights(tv=0, ssim=2))["ssim"] == 2
    assert LossWeights(ssim=2) == LossWeights(ssim=2.0) != LossWeights(ssim=1)
    assert hash(LossWeights(ssim=2)) == hash(LossWeights(ssim=2.0))


def test_all_terms_take_what_is_seen_and_give_a_scalar_with_a_gradient():
    output, truth, mask = batch()
    output.requires_grad_()
    seen = Seen(output, truth, mask, None, torch.lerp(output, truth, mask), VGG16Features(), None)
    for one in all_terms():
        value = one.compute(seen)
        assert value.shape == ()
        (gradient,) = torch.autograd.grad(value, output, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert gradient.any() or one.name == "lattice", one.name  # no window of this batch is hole enough


def test_squared_terms_are_means_over_the_whole_image():
    output, truth, mask = batch()
    terms = InpaintingLoss(LossWeights(perceptual=0, style=0, l2=1, hole_l2=1))(output, truth, mask).terms
    squared = ((output - truth) ** 2).numpy().astype(float)
    assert terms["l2"].item() == pytest.approx(squared.mean(), rel=1e-5)
    assert terms["hole_l2"].item() == pytest.approx(squared[:, :, 8:20, 8:20].sum() / squared.size, rel=1e-5)


def test_the_features_of_a_batch_are_computed_once(monkeypatch):
    output, truth, mask = batch()
    vgg, calls = VGG16Features(), []
    vgg.register_forward_hook(lambda *_: calls.append(1))
    InpaintingLoss(LossWeights(), vgg)(output, truth, mask)
    assert len(calls) == 2  # the truth's, and those of both others


@pytest.mark.usefixtures("added")
def test_a_new_term_is_weighed_shown_and_summed():
    output, truth, mask = batch()
    usual = InpaintingLoss(LossWeights(perceptual=0, style=0))(output, truth, mask)
    assert "colour" not in usual.terms
    total, terms = InpaintingLoss(LossWeights(perceptual=0, style=0, colour=4))(output, truth, mask)
    comp = torch.where(mask > 0, truth, output)
    wanted = torch.stack([(comp[i].mean((1, 2)) - truth[i].mean((1, 2))).abs().mean() for i in (0, 1)]).mean()
    torch.testing.assert_close(terms["colour"], wanted)
    torch.testing.assert_close(total, usual.total + 4 * wanted)
    assert list(terms) == ["valid", "hole", "tv", "colour"]


@pytest.mark.usefixtures("added")
def test_a_name_is_registered_once():
    for name in ("colour", "tv"):
        with pytest.raises(ValueError, match=f"{name}: there is a loss term of this name already"):
            register(Term(name, tv.TERM.compute))


def test_a_weight_of_no_term_is_refused_with_those_that_there_are():
    with pytest.raises(
        UsageError, match=r"`loss_weights` nonesuch=.*: no loss term has this name; take one of valid, hole"
    ):
        LossWeights(nonesuch=1)


@pytest.mark.parametrize("weight", [-1.0, math.inf, math.nan])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(UsageError, match=r"`loss_weights` hole=.*: must be a finite number, 0 or more"):
        LossWeights(hole=weight)
