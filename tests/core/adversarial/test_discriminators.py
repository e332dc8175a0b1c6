"""Discriminators: their size as published, what they see, and where their windows lie."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.core.adversarial.global_local import GlobalLocalDiscriminator, windows_on_holes
from pconv_cli.core.adversarial.sn_patch import SNPatch


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_sizes_are_those_of_the_papers():
    with torch.device("meta"):
        judge = GlobalLocalDiscriminator(256)
    assert (count(judge.whole), count(judge.local), count(judge.last)) == (25_808_384, 19_253_248, 2_049)
    assert count(SNPatch()) == 5_946_816


def test_a_patch_judges_what_it_sees():
    """Six layers see 253 pixels; two see 13: the first output value of two layers ends at pixel 6."""
    judge = SNPatch(width=4, depth=2).eval()
    image, mask = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    image.requires_grad_()
    judge(image, mask).logits[0, :, 0, 0].sum().backward()
    seen = image.grad[0].abs().sum(0) > 0
    assert seen[:7, :7].all()
    assert not seen[7:].any()
    assert not seen[:, 7:].any()


def test_the_mask_counts_and_features_are_those_of_the_layers():
    judge = SNPatch(width=4, depth=3).eval()
    image, mask = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    whole = judge(image, mask)
    mask[..., 8:16, 8:16] = 0
    assert not torch.equal(whole.logits, judge(image, mask).logits)
    assert [tuple(f.shape[1:]) for f in whole.features] == [(4, 16, 16), (8, 8, 8), (16, 4, 4)]
    assert whole.features[-1] is whole.logits


def test_spectral_norm_holds():
    """However large the weights grow, no layer amplifies more than its norm of 1 allows."""
    judge = SNPatch(width=4, depth=1)
    with torch.no_grad():
        judge.layers[0].parametrizations.weight.original.mul_(1000)
    for _ in range(20):
        judge(torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16))
    matrix = judge.layers[0].weight.detach().flatten(1)
    assert torch.linalg.matrix_norm(matrix, 2).item() == pytest.approx(1, abs=0.02)


@given(
    top=st.integers(0, 30), left=st.integers(0, 40), height=st.integers(0, 12), width=st.integers(0, 12),
    side=st.integers(1, 32), seed=st.integers(0, 9),
)  # fmt: skip
def test_windows_lie_on_the_holes(top, left, height, width, side, seed):
    image = torch.from_numpy(np.random.default_rng(seed).random((2, 3, 32, 48)))
    mask = torch.ones(2, 1, 32, 48)
    mask[1, :, top : top + height, left : left + width] = 0
    rows, columns = np.nonzero(mask[1, 0].numpy() == 0)
    middle = (rows.mean() + 0.5, columns.mean() + 0.5) if len(rows) else (16, 24)
    cut = windows_on_holes(image, mask, side)
    for number, (y, x) in enumerate([(16, 24), middle]):
        first = [int(np.clip(round(at - side / 2), 0, most - side)) for at, most in ((y, 32), (x, 48))]
        wanted = image[number, :, first[0] : first[0] + side, first[1] : first[1] + side]
        assert torch.equal(cut[number], wanted)


def test_the_local_part_sees_the_hole_and_the_global_one_all():
    judge = GlobalLocalDiscriminator(32, width=2, length=8).eval()
    image, mask = torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32)
    mask[..., 20:28, 20:28] = 0
    image.requires_grad_()
    judge.local(windows_on_holes(image, mask, 16))[0].sum().backward()
    assert image.grad[..., :16, :].abs().sum() == 0
    assert image.grad[..., 16:, 16:].abs().sum() > 0
    assert judge(image, mask).logits.shape == (2, 1)
