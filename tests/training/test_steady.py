"""No NaN in half precision, however little is valid; and no traceback where memory runs out."""

import math

import pytest
import torch

from pconv_cli import LossWeights, ModelSpec, PConvUNet
from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.errors import ModelError
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.learner import Learner
from pconv_cli.training.recipes.pconv import PConvRecipe
from pconv_cli.training.trainer import train


def hard_masks(count, side, generator):
    """Holes from all but one pixel of the image, over all but an edge, to few: deep levels are all hole."""
    masks = torch.zeros(count, 1, side, side)
    masks[0, :, 0, 0] = 1
    masks[1, :, :, 0] = 1
    masks[2:] = (torch.rand(count - 2, 1, side, side, generator=generator) > 0.02).float()
    return masks


@pytest.mark.usefixtures("narrow_vgg")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("base", ["none", "pyramid"])
def test_no_step_of_a_run_in_half_precision_is_lost_to_nan(tiny, dtype, base):
    """All terms, at ten times the rate. float16's scaler may leave out steps at first, until its scale is found."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    team = Team(torch.device("cpu"))
    options = tiny(steps=40, learning_rate=2e-3, perceptual_weight=0.05, style_weight=120.0, ssim_weight=5.0)
    loss = InpaintingLoss(LossWeights(ssim=5.0), VGG16Features().to(memory_format=torch.channels_last))
    model = PConvUNet(ModelSpec(4, 4, base)).train()
    learner = Learner(options, PConvRecipe(options, model, loss, dtype, team), dtype, team)
    before = [p.clone() for p in model.parameters()]
    losses = []
    for _ in range(30):
        truth = torch.rand(3, 3, 32, 32, generator=generator)
        losses.append(learner.learn([Batch(truth, hard_masks(3, 32, generator))]).loss)
    assert learner.step == 30
    assert all(math.isfinite(loss) for loss in losses)
    for state in (model.state_dict(), learner.averaged.state_dict()):
        assert all(torch.isfinite(value).all() for value in state.values())
    assert not any(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_the_scale_of_half_precision_changes_no_step(tiny):
    """Gradients are clipped without their scale, a power of two: the same weights come of a run with it and without."""

    def weights(scale):
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(0)
        options = tiny(steps=10, clip=0.01)
        model = PConvUNet(ModelSpec(4, 4)).train()
        loss = InpaintingLoss(LossWeights(perceptual=0, style=0))
        team = Team(torch.device("cpu"))
        recipe = PConvRecipe(options, model, loss, torch.float32, team)
        learner = Learner(options, recipe, torch.float32, team)
        recipe.side.scaler = torch.amp.GradScaler("cpu", init_scale=scale, enabled=scale > 1)
        for _ in range(5):
            truth = torch.rand(3, 3, 32, 32, generator=generator)
            learner.learn([Batch(truth, hard_masks(3, 32, generator))])
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    torch.testing.assert_close(weights(2.0**16), weights(1.0), rtol=0, atol=1e-6)


def test_running_out_of_memory_is_reported_with_what_to_do(tiny, monkeypatch):
    def learn(self, batches, spent):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(Learner, "learn", learn)
    with pytest.raises(ModelError, match="out of memory; take a smaller `batch`, with `accumulate`"):
        train(tiny())
