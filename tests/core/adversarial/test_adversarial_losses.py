"""Adversarial losses against loops over values, and penalties against gradients written by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from pconv_cli.core.adversarial import Judgement
from pconv_cli.core.adversarial.losses import (
    BCE,
    HINGE,
    WASSERSTEIN,
    accuracy,
    feature_matching,
    gradient_penalty,
    r1_penalty,
)

logits = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=12)


def mean(values):
    return sum(values) / len(values)


@given(real=logits, fake=logits)
def test_losses_are_what_their_docstrings_say(real, fake):
    x, y = torch.tensor(real), torch.tensor(fake)
    hinge = (mean([max(0, 1 - v) for v in real]) + mean([max(0, 1 + v) for v in fake])) / 2
    assert HINGE.discriminator(x, y).item() == pytest.approx(hinge, rel=1e-4, abs=1e-5)
    assert HINGE.generator(y).item() == pytest.approx(-mean(fake), rel=1e-4, abs=1e-5)
    bce = -(mean([math.log(1 / (1 + math.exp(-v))) for v in real]) + mean([-math.log1p(math.exp(v)) for v in fake])) / 2
    assert BCE.discriminator(x, y).item() == pytest.approx(bce, rel=1e-4, abs=1e-5)
    assert BCE.generator(y).item() == pytest.approx(mean([math.log1p(math.exp(-v)) for v in fake]), rel=1e-4, abs=1e-5)
    assert WASSERSTEIN.discriminator(x, y).item() == pytest.approx(mean(fake) - mean(real), rel=1e-4, abs=1e-4)


@given(pairs=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1))
def test_accuracy_counts_pairs(pairs):
    real, fake = (torch.tensor(values, dtype=torch.float32) for values in zip(*pairs, strict=True))
    counted = mean([1.0 if x > y else 0.5 if x == y else 0.0 for x, y in pairs])
    assert accuracy(real, fake).item() == pytest.approx(counted)


class Linear(nn.Module):
    """D(x) = sum a x + b x^2 / 2, of which the gradient is a + b x."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.a, self.b = (nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in (a, b))

    def forward(self, x):
        return Judgement((self.a * x + self.b * x**2 / 2).flatten(1).sum(1))


@given(a=st.floats(-2, 2), b=st.floats(-2, 2), t=st.floats(0, 1), seed=st.integers(0, 99))
def test_penalties_are_those_of_the_gradient(a, b, t, seed):
    rng = np.random.default_rng(seed)
    x, y, within = (rng.random((3, 2, 4, 4)) for _ in range(3))
    within = (within[:, :1] > 0.5).astype(float)
    share = torch.full((3, 1, 1, 1), t, dtype=torch.float64)
    judge = Linear(a, b)
    real, fake, hole = (torch.from_numpy(v) for v in (x, y, within))
    gradient = (a + b * (t * x + (1 - t) * y)) * within
    wanted = np.mean([(np.sqrt((g**2).sum()) - 1) ** 2 for g in gradient])
    assert gradient_penalty(judge, real, fake, share, hole).item() == pytest.approx(wanted, abs=1e-9)
    whole = np.mean([(np.sqrt((g**2).sum()) - 1) ** 2 for g in a + b * (t * x + (1 - t) * y)])
    assert gradient_penalty(judge, real, fake, share).item() == pytest.approx(whole, abs=1e-9)
    assert r1_penalty(judge, real).item() == pytest.approx(np.mean([((a + b * v) ** 2).sum() for v in x]) / 2, abs=1e-9)


def test_penalties_teach_the_discriminator_and_nothing_else():
    judge, real, fake = Linear(1.0, 0.5), torch.rand(2, 1, 4, 4), torch.rand(2, 1, 4, 4, requires_grad=True)
    share = torch.rand(2, 1, 1, 1)
    for penalty in (gradient_penalty(judge, real, fake, share), r1_penalty(judge, real)):
        judge.zero_grad()
        penalty.backward()
        assert judge.a.grad is not None
        assert judge.b.grad.abs() > 0
    assert fake.grad is None


def test_a_gradient_of_nothing_is_no_fault():
    """A discriminator that no longer sees a difference: the norm's own gradient must not be NaN."""
    judge = Linear(0.0, 0.0)
    penalty = gradient_penalty(judge, torch.rand(2, 1, 4, 4), torch.rand(2, 1, 4, 4), torch.rand(2, 1, 1, 1))
    penalty.backward()
    assert penalty.item() == 1
    assert torch.isfinite(judge.a.grad)


def test_features_are_matched_layer_by_layer():
    fake, real = ([torch.rand(2, c, 4, 4, requires_grad=True) for c in (3, 5)] for _ in range(2))
    loss = feature_matching(fake, real)
    wanted = sum(np.abs((y - x).detach().numpy()).mean() for y, x in zip(fake, real, strict=True))
    assert loss.item() == pytest.approx(wanted, rel=1e-5)
    loss.backward()
    assert all(y.grad is not None for y in fake)
    assert all(x.grad is None for x in real)


def test_half_precision_is_summed_in_single():
    big = torch.full((70_000,), 1.0, dtype=torch.float16)
    assert HINGE.generator(big).dtype == torch.float32
    assert BCE.discriminator(big, -big).item() == pytest.approx(math.log1p(math.exp(-1)), rel=1e-3)
