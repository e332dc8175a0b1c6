"""The critics of DeepFill v1: their size as released, and what they look at."""

import pytest
import torch

from pconv_cli.core.adversarial.critics import Critic


@pytest.mark.parametrize(("local", "values"), [(False, 2_733_441), (True, 4_339_329)])
def test_sizes_are_those_of_the_release(local, values):
    with torch.device("meta"):
        assert sum(p.numel() for p in Critic(256, local=local).parameters()) == values


def test_one_sees_the_whole_image_and_one_the_surroundings_of_the_hole():
    torch.manual_seed(0)
    image, mask = torch.rand(1, 3, 32, 32, requires_grad=True), torch.ones(1, 1, 32, 32)
    mask[..., 20:26, 3:9] = 0  # its middle is at 23, 6, and the window as far left as can be
    for local, rows, columns in ((False, (0, 31), (0, 31)), (True, (15, 30), (0, 15))):
        judged = Critic(32, 4, local=local)(image, mask)
        assert judged.logits.shape == (1, 1)
        assert len(judged.features) == 4
        (gradient,) = torch.autograd.grad(judged.logits.sum(), image)
        seen = gradient[0].abs().sum(0) > 0
        for axis, (first, last) in ((1, rows), (0, columns)):
            places = seen.any(axis).nonzero()
            assert (places.min(), places.max()) == (first, last)


@pytest.mark.parametrize("size", [16, 30, 250])
def test_any_size_of_crops_can_be_judged(size):
    for local in (False, True):
        assert Critic(size, 2, local=local)(
            torch.rand(2, 3, size, size), torch.ones(2, 1, size, size)
        ).logits.shape == (
            2,
            1,
        )
