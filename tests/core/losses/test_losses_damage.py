"""The loss on truths that are damaged themselves: what is damaged changes nothing, and each term by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from pconv_cli import InpaintingLoss, LossWeights, ModelSpec, PConvUNet
from pconv_cli.core.losses import composite, ssim, without_damage
from pconv_cli.core.losses.terms.tv import total_variation
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.core.vgg import VGG16Features

ALL_TERMS = LossWeights(ssim=5, blocking=60, contrast=400, lattice=0.5)


class Blocks(nn.Module):
    """Stands in for VGG16 with features that can be worked out by hand: the image's means over blocks."""

    def forward(self, x):
        return [nn.functional.avg_pool2d(x, k) for k in (2, 4)]


def case(seed=0, side=24):
    """Output, truth, K and M of two images: 40 % damaged in one, a synthetic hole over damage and the rest."""
    generator = torch.Generator().manual_seed(seed)
    output, truth = (torch.rand(2, 3, side, side, generator=generator) for _ in range(2))
    known = (torch.rand(2, 1, side, side, generator=generator) > 0.4).float()
    known[1, :, 4:12, 3:17] = 0
    hole = torch.zeros_like(known)
    hole[:, :, 6:15, 8:20] = 1
    return output, truth, known, known * (1 - hole)


@pytest.fixture(scope="module")
def vgg():
    torch.manual_seed(0)
    return VGG16Features()


def measured(loss, output, truth, mask, known):
    """The total, its terms and the gradient to the output."""
    output = output.clone().requires_grad_()
    result = loss(output, truth, mask, known=known)
    result.total.backward()
    return [result.total.detach(), *result.terms.values(), output.grad]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_damaged_values_of_truth_and_output_change_no_bit_and_get_no_gradient(vgg):
    output, truth, known, mask = case()
    loss = InpaintingLoss(ALL_TERMS, vgg)
    one = measured(loss, output, truth, mask, known)
    other_truth = torch.where(known > 0, truth, torch.rand_like(truth))
    other_output = torch.where(known > 0, output, torch.full_like(output, 7.0))
    assert same(one, measured(loss, output, other_truth, mask, known))
    assert same(one, measured(loss, other_output, other_truth, mask, known))
    assert same(one, measured(loss, output, torch.where(known > 0, truth, torch.nan), mask, known))
    gradient = one[-1]
    assert (gradient[(known == 0).expand_as(gradient)] == 0).all()
    assert (gradient[(known > mask).expand_as(gradient)] != 0).all()  # the synthetic hole is learnt from


def test_gradients_of_a_network_do_not_know_what_is_damaged(vgg):
    _, truth, known, mask = case(side=32)
    for base in ("none", "pyramid"):
        gradients = []
        for content in (truth, torch.where(known > 0, truth, 1 - truth)):
            torch.manual_seed(1)
            model = PConvUNet(ModelSpec(4, 3, base))
            output = model(content * mask, mask).output
            InpaintingLoss(ALL_TERMS, vgg)(output, content, mask, known=known).total.backward()
            gradients.append([p.grad for p in model.parameters()])
        assert same(*gradients)


def test_without_damage_it_is_the_ordinary_loss_bit_for_bit(vgg):
    output, truth, _, _ = case()
    mask = (torch.rand(2, 1, 24, 24) > 0.3).float()
    loss = InpaintingLoss(ALL_TERMS, vgg)
    assert same(measured(loss, output, truth, mask, None), measured(loss, output, truth, mask, torch.ones_like(mask)))


def test_output_and_truth_are_the_same_smooth_image_in_the_damage():
    output, truth, known, _ = case()
    out, wanted = without_damage(output, truth, known)
    damaged = (known == 0).expand_as(out)
    assert torch.equal(out[damaged], wanted[damaged])
    assert torch.equal(wanted, fill_pyramid(truth, known))
    assert torch.equal(out[~damaged], output[~damaged])


def flat_case():
    """A truth of 0.5 wherever it is known, so that the partial averages are 0.5 and all can be worked out by hand.

    Of 8 x 8 pixels the top two rows are damaged, the next three are hole; the output is 0.7 there and 0.4 elsewhere.
    """
    truth = torch.full((1, 3, 8, 8), 0.5)
    truth[:, :, :2] = 0.123
    known, mask = torch.ones(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    known[:, :, :2] = 0
    mask[:, :, :5] = 0
    output = torch.full((1, 3, 8, 8), 0.4)
    output[:, :, 2:5] = 0.7
    output[:, :, :2] = 0.999
    return output, truth, mask, known


def test_pixel_terms_are_means_over_known_pixels_of_the_whole():
    output, truth, mask, known = flat_case()
    terms = InpaintingLoss(LossWeights(perceptual=0, style=0))(output, truth, mask, known=known).terms
    assert terms["valid"].item() == pytest.approx(3 * 8 * 0.1 / (6 * 8))
    assert terms["hole"].item() == pytest.approx(3 * 8 * 0.2 / (6 * 8))


def test_total_variation_by_hand_takes_pairs_of_known_pixels():
    output, truth, mask, known = flat_case()
    # I_comp' is 0.5 | 0.7 | 0.5. The hole dilated by one pixel within what is known is rows 2 to 5; the only step
    # between two of them is from row 4 to row 5. That from row 1, which is damaged, to row 2 does not count.
    terms = InpaintingLoss(LossWeights(perceptual=0, style=0))(output, truth, mask, known=known).terms
    assert terms["tv"].item() == pytest.approx(8 * 0.2 / 48)
    comp = composite(*without_damage(output, truth, known), mask + 1 - known)
    assert total_variation(comp, mask + 1 - known).item() == pytest.approx(2 * 8 * 0.2 / 64)  # both steps, if all known


def test_feature_terms_by_hand():
    output, truth, mask, known = flat_case()
    terms = InpaintingLoss(LossWeights(), Blocks())(output, truth, mask, known=known).terms
    # Rows of I_out': two of .5, three of .7, three of .4; of I_comp': .5, .7 and .5. Means over 2 and over 4 rows.
    out = [np.array([0.5, 0.7, 0.55, 0.4]), np.array([0.6, 0.475])]
    comp = [np.array([0.5, 0.7, 0.6, 0.5]), np.array([0.6, 0.55])]
    perceptual = sum(np.abs(f - 0.5).mean() for f in (*out, *comp))
    # All three channels are alike, so each entry of the Gram matrix is the mean square over C = 3.
    style = sum(abs((f**2).mean() - 0.25) / 3 for f in (*out, *comp))
    assert terms["perceptual"].item() == pytest.approx(perceptual / (6 / 8), rel=1e-5)
    assert terms["style"].item() == pytest.approx(style / (6 / 8), rel=1e-5)


def test_ssim_compares_images_that_agree_in_the_damage():
    output, truth, known, mask = case()
    terms = InpaintingLoss(LossWeights(perceptual=0, style=0, ssim=1))(output, truth, mask, known=known).terms
    filled = fill_pyramid(truth, known)
    comp = mask * truth + (known - mask) * output + (1 - known) * filled
    assert terms["ssim"].item() == pytest.approx((1 - ssim(comp, filled).item()) / known.mean().item(), rel=1e-5)


def test_a_batch_without_a_known_pixel_costs_nothing():
    output, truth, known, _ = case()
    nothing = torch.zeros_like(known)
    assert InpaintingLoss(LossWeights(style=0, perceptual=0, ssim=1))(output, truth, nothing, known=nothing).total == 0
