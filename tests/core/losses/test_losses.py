"""Each loss term against values worked out by hand or by another implementation."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import nn

from pconv_cli import InpaintingLoss, LossWeights
from pconv_cli.core.losses import composite, ssim
from pconv_cli.core.losses.distances import feature_distance, gram_matrix, mean_difference, style_distance
from pconv_cli.core.losses.terms.blocking import blocking_loss
from pconv_cli.core.losses.terms.contrast import contrast_loss
from pconv_cli.core.losses.terms.hole import hole_loss
from pconv_cli.core.losses.terms.lattice import lattice_loss
from pconv_cli.core.losses.terms.tv import total_variation
from pconv_cli.core.losses.terms.valid import valid_loss


def image(values):
    """One image of one channel."""
    return torch.tensor(values, dtype=torch.float32)[None, None]


TRUTH = image([[0.0, 0.2], [0.4, 0.6]])
OUTPUT = image([[0.1, 0.2], [0.0, 1.0]])
MASK = image([[1.0, 1.0], [0.0, 0.0]])


def test_the_composite_is_the_truth_where_valid_and_the_output_in_the_hole():
    assert torch.equal(composite(OUTPUT, TRUTH, MASK), image([[0.0, 0.2], [0.0, 1.0]]))
    assert torch.equal(composite(OUTPUT, TRUTH, 1 - MASK), image([[0.1, 0.2], [0.4, 0.6]]))


def test_pixel_terms_are_divided_by_the_whole_image():
    assert valid_loss(OUTPUT, TRUTH, MASK).item() == pytest.approx(0.1 / 4)
    assert hole_loss(composite(OUTPUT, TRUTH, MASK), TRUTH).item() == pytest.approx((0.4 + 0.4) / 4)


def test_gram_matrix_by_hand():
    features = torch.tensor([[[1.0, 2.0]], [[3.0, -1.0]]])[None]  # C = 2, H = 1, W = 2
    wanted = torch.tensor([[1 + 4, 3 - 2], [3 - 2, 9 + 1]]) / (2 * 1 * 2)
    assert torch.equal(gram_matrix(features)[0], wanted)


def exact_gram(features):
    """In float64, entry by entry of the definition."""
    flat = features.double().flatten(2)
    return torch.einsum("nap,nbp->nab", flat, flat) / flat[0].numel()


@pytest.mark.parametrize("autocast", [None, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_gram_products_are_of_float32_whatever_the_features_and_autocast(dtype, autocast):
    """As training in half precision has them: sums of products are far beyond float16, and entries far apart."""
    generator = torch.Generator().manual_seed(0)
    sizes = torch.tensor([0.02, 1.0, 30.0, 200.0]).view(1, 4, 1, 1)
    features = (torch.rand(2, 4, 64, 64, generator=generator) * sizes).to(dtype)
    made, true = features.clone().requires_grad_(), features.flip(-1) * 0.9
    with torch.autocast("cpu", dtype=autocast or torch.bfloat16, enabled=autocast is not None):
        gram = gram_matrix(made)
        distance = style_distance([made], [true])
    assert gram.dtype == distance.dtype == torch.float32
    torch.testing.assert_close(gram.detach().double(), exact_gram(features), rtol=1e-5, atol=0)
    wanted = (exact_gram(features) - exact_gram(true)).abs().mean().item()
    assert distance.item() == pytest.approx(wanted, rel=1e-5)
    (gradient,) = torch.autograd.grad(distance, made)
    again = features.double().requires_grad_()
    (in_float64,) = torch.autograd.grad((exact_gram(again) - exact_gram(true)).abs().mean(), again)
    torch.testing.assert_close(gradient, in_float64.to(dtype), rtol=1e-5 if dtype == torch.float32 else 1e-2, atol=1e-9)


def test_gram_matrix_has_the_right_gradient_in_its_features_layout():
    torch.manual_seed(0)
    features = torch.rand(2, 3, 4, 5, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    features.requires_grad_()
    assert torch.autograd.gradcheck(gram_matrix, features)
    (gram_matrix(features) ** 2).sum().backward()
    assert features.grad.is_contiguous(memory_format=torch.channels_last)


def test_distances_sum_the_levels_means():
    a = [torch.ones(1, 2, 2, 2), torch.zeros(1, 1, 1, 1)]
    b = [torch.zeros(1, 2, 2, 2), torch.full((1, 1, 1, 1), 3.0)]
    assert feature_distance(a, b).item() == pytest.approx(1 + 3)
    assert style_distance(a, b).item() == pytest.approx(4 / 8 + 9)  # Gram 4 / (2*2*2) everywhere; 9 / 1


def test_several_images_to_each_of_the_truths_are_compared_with_it():
    torch.manual_seed(0)
    truth, others = [torch.rand(2, 3, 4, 4)], [torch.rand(2, 3, 4, 4) for _ in range(2)]
    for distance in (feature_distance, style_distance):
        apart = sum(distance([other], truth) for other in others) / 2
        torch.testing.assert_close(distance([torch.cat(others)], truth), apart)


def test_the_mean_difference_is_the_l1_loss_and_so_is_its_gradient():
    torch.manual_seed(0)
    a, b = torch.rand(2, 3, 5, 7), torch.rand(2, 3, 5, 7)
    b[0] = a[0]  # where nothing differs, there is no gradient
    gradients = []
    for loss in (mean_difference, nn.functional.l1_loss):
        x = a.clone().requires_grad_()
        value = loss(x, b)
        torch.testing.assert_close(value.detach(), (a - b).abs().mean())
        gradients += torch.autograd.grad(value, x)
    assert torch.equal(*gradients)


def naive_total_variation(comp, mask):
    """Pair by pair over the hole dilated by one pixel, in float64, over C * H * W."""
    channels, height, width = comp.shape
    hole = np.zeros((height, width), bool)
    for i, j in zip(*np.nonzero(mask[0] == 0), strict=True):
        hole[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2] = True
    total = 0.0
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                if j + 1 < width and hole[i, j] and hole[i, j + 1]:
                    total += abs(comp[c, i, j + 1] - comp[c, i, j])
                if i + 1 < height and hole[i, j] and hole[i + 1, j]:
                    total += abs(comp[c, i + 1, j] - comp[c, i, j])
    return total / comp.size


def test_total_variation_equals_the_naive_one():
    rng = np.random.default_rng(0)
    comp = rng.random((2, 3, 14, 11))
    mask = (rng.random((2, 1, 14, 11)) > 0.15).astype(np.float64)
    wanted = np.mean([naive_total_variation(c, m) for c, m in zip(comp, mask, strict=True)])
    assert total_variation(torch.from_numpy(comp), torch.from_numpy(mask)).item() == pytest.approx(wanted)


def test_total_variation_looks_at_the_dilated_hole_and_nowhere_else():
    mask = torch.ones(1, 1, 9, 9)
    mask[..., 4, 4] = 0
    flat = torch.zeros(1, 1, 9, 9)
    assert total_variation(flat, mask) == 0
    far, near, inside = flat.clone(), flat.clone(), flat.clone()
    far[..., 4, 7] = 1  # outside the hole dilated by one pixel: columns and rows 3 to 5
    near[..., 4, 5] = 1  # one of the dilated hole's pixels: three of its neighbours are in there with it
    inside[..., 4, 4] = 1
    assert total_variation(far, mask) == 0
    assert total_variation(near, mask).item() == pytest.approx(3 / 81)
    assert total_variation(inside, mask).item() == pytest.approx(4 / 81)


@pytest.mark.parametrize("size", [(11, 11), (40, 57)])
def test_ssim_is_scikit_images(size):
    rng = np.random.default_rng(1)
    a, b = (rng.random((*size, 3)) for _ in range(2))
    b = 0.6 * a + 0.4 * b
    wanted = structural_similarity(
        a, b, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    as_tensor = [torch.from_numpy(x).permute(2, 0, 1)[None] for x in (a, b)]
    assert ssim(*as_tensor).item() == pytest.approx(wanted, abs=1e-9)
    assert ssim(*[t.float() for t in as_tensor]).item() == pytest.approx(wanted, abs=1e-4)


def test_ssim_of_a_image_smaller_than_the_window_is_refused():
    with pytest.raises(ValueError, match="11 pixels or more"):
        ssim(torch.rand(1, 3, 10, 20), torch.rand(1, 3, 10, 20))


class Blocks(nn.Module):
    """Stands in for VGG16 with features that can be worked out by hand: the image's means over blocks."""

    def forward(self, x):
        return [nn.functional.avg_pool2d(x, k) for k in (2, 4)]


def test_the_sum_is_the_weighted_sum_of_all_terms():
    torch.manual_seed(0)
    truth, output = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    mask = (torch.rand(2, 1, 16, 16) > 0.5).float()
    weights = LossWeights(ssim=5, blocking=60, contrast=400, lattice=0.5)
    total, terms = InpaintingLoss(weights, Blocks())(output, truth, mask)

    comp, vgg = composite(output, truth, mask), Blocks()
    wanted = {
        "valid": valid_loss(output, truth, mask),
        "hole": hole_loss(comp, truth),
        "perceptual": feature_distance(vgg(output), vgg(truth)) + feature_distance(vgg(comp), vgg(truth)),
        "style": style_distance(vgg(output), vgg(truth)) + style_distance(vgg(comp), vgg(truth)),
        "tv": total_variation(comp, mask),
        "ssim": 1 - ssim(comp, truth),
        "blocking": blocking_loss(comp, mask),
        "contrast": contrast_loss(comp, truth, mask),
        "lattice": lattice_loss(comp, truth, mask),
    }
    assert terms.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(terms[name], value)
    by_name = {"valid": 1, "hole": 6, "perceptual": 0.05, "style": 120, "tv": 0.1, "ssim": 5}
    by_name |= {"blocking": 60, "contrast": 400, "lattice": 0.5}
    assert total.item() == pytest.approx(sum(by_name[n] * v.item() for n, v in wanted.items()), rel=1e-5)


def test_the_truth_costs_nothing_and_terms_without_weight_are_not_computed():
    truth = torch.rand(1, 3, 16, 16)
    mask = (torch.rand(1, 1, 16, 16) > 0.5).float()
    total, _ = InpaintingLoss(LossWeights(ssim=1), Blocks())(truth, truth, mask)
    assert total.item() == pytest.approx(0.1 * total_variation(truth, mask).item(), abs=1e-5)
    _, terms = InpaintingLoss(LossWeights(perceptual=0, style=0))(truth, truth, mask)
    assert terms.keys() == {"valid", "hole", "tv"}
    _, terms = InpaintingLoss(LossWeights(), Blocks())(truth, truth, mask, features=False)
    assert terms.keys() == {"valid", "hole", "tv"}


def test_an_output_that_is_the_composite_counts_twice_as_the_paper_has_it():
    truth = torch.rand(1, 3, 16, 16)
    mask = (torch.rand(1, 1, 16, 16) > 0.5).float()
    comp = composite(torch.rand(1, 3, 16, 16), truth, mask)
    _, terms = InpaintingLoss(LossWeights(), Blocks())(comp, truth, mask)
    vgg = Blocks()
    torch.testing.assert_close(terms["perceptual"], 2 * feature_distance(vgg(comp), vgg(truth)))
    torch.testing.assert_close(terms["style"], 2 * style_distance(vgg(comp), vgg(truth)))


def test_the_gradient_reaches_the_output_through_every_term():
    truth = torch.rand(1, 3, 80, 80)
    mask = (torch.rand(1, 1, 80, 80) > 0.5).float()
    names = list(LossWeights())
    for name in names:
        weights = LossWeights(**{f: float(f == name) for f in names})
        stripes = 0.6 + 0.4 * torch.sin(torch.arange(80.0)) + torch.rand(1, 3, 80, 80)
        output = stripes.requires_grad_()
        InpaintingLoss(weights, Blocks())(output, truth, mask).total.backward()
        assert output.grad is not None
        assert output.grad.abs().sum() > 0
        assert torch.isfinite(output.grad).all()


def test_a_loss_that_needs_vgg_is_never_built_without_it():
    with pytest.raises(ValueError, match="need VGG16's features"):
        InpaintingLoss()
    with pytest.raises(ValueError, match="need VGG16's features"):
        InpaintingLoss(LossWeights(perceptual=0))


def test_weights_may_be_others_at_each_call_and_a_step_may_follow_inference():
    truth, mask = torch.rand(1, 3, 16, 16), (torch.rand(1, 1, 16, 16) > 0.5).float()
    loss = InpaintingLoss(LossWeights(perceptual=0, style=0, hole=6))
    with torch.inference_mode():
        first = loss(torch.zeros_like(truth), truth, mask)
    loss.weights = LossWeights(perceptual=0, style=0, hole=60)
    output = torch.zeros_like(truth).requires_grad_()
    second = loss(output, truth, mask)
    second.total.backward()
    assert (second.total - first.total).item() == pytest.approx(54 * first.terms["hole"].item(), rel=1e-5)


def test_a_composite_has_the_wider_of_two_precisions():
    mask = (torch.rand(1, 1, 8, 8) > 0.5).float()
    for output, truth in ((torch.bfloat16, torch.float32), (torch.float64, torch.float32)):
        comp = composite(torch.full((1, 3, 8, 8), 0.25, dtype=output), torch.ones(1, 3, 8, 8, dtype=truth), mask)
        assert comp.dtype == torch.promote_types(output, truth)
        assert torch.equal(comp, (0.25 + 0.75 * mask).to(comp.dtype).expand_as(comp))
