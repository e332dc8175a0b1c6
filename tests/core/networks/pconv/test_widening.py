"""A network made wider: the same function, and every new channel learns."""

import pytest
import torch

from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.core.networks.pconv.widening import widened
from pconv_cli.errors import UsageError


def trained(spec: ModelSpec) -> PConvUNet:
    """A network whose BatchNorm has statistics and an affine part unlike a fresh one's."""
    torch.manual_seed(1)
    model = PConvUNet(spec)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor in (module.running_mean, module.weight.data, module.bias.data):
                tensor.normal_(0.5, 0.2)
            module.running_var.uniform_(0.5, 2)
            module.num_batches_tracked.fill_(7)
    return model


def damaged() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(2)
    mask = torch.ones(2, 1, 32, 32)
    mask[0, :, 6:20, 9:30] = 0
    mask[1, :, 16:, :12] = 0
    return torch.rand(2, 3, 32, 32), mask


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec(4, 4),
        ModelSpec(4, 3, "pyramid"),
        ModelSpec(3, 3, values="imagenet", batch_norm=False, head="sigmoid"),
    ],
)
@pytest.mark.parametrize("factor", [2, 3])
def test_a_wider_network_computes_the_same(spec, factor):
    model = trained(spec)
    wider = widened(model, factor * spec.width)
    assert (wider.spec.width, wider.spec.depth, wider.spec.base) == (factor * spec.width, spec.depth, spec.base)
    x, mask = damaged()
    model.eval()
    wider.eval()
    with torch.no_grad():
        whole = torch.ones_like(mask)  # every window is valid but at the border: N/s is the same
        assert torch.allclose(
            wider(x, whole).output[..., 1:-1, 1:-1], model(x, whole).output[..., 1:-1, 1:-1], atol=1e-5
        )


def test_only_the_share_of_the_image_in_the_last_ratio_differs():
    model = trained(ModelSpec(4, 4)).eval()
    wider = widened(model, 12).eval()
    x, mask = damaged()
    seen = []
    for network in (model, wider):
        last = network.decoder[-1].conv
        last.register_forward_hook(lambda conv, given, made: seen.append((conv, *given, *made)))
        with torch.no_grad():
            network(x, mask)
    (conv, _, masks, y, valid), (wide, _, wide_masks, wide_y, _) = seen
    assert all(torch.equal(a, b) for a, b in zip(masks, wide_masks, strict=True))
    bias = conv.bias.view(1, -1, 1, 1) * valid
    ratio, wide_ratio = conv.ratio(masks)[0], wide.ratio(masks)[0]
    assert not torch.equal(ratio, wide_ratio)
    assert torch.allclose(wide_y, (y - bias) / ratio.clamp(min=1) * wide_ratio + bias, atol=1e-5)


def test_what_there_was_is_copied_and_the_old_read_nothing_of_the_new():
    model = trained(ModelSpec(4, 3))
    wider = widened(model, 6)
    old, new = model.decoder[-1].conv.weight, wider.decoder[-1].conv.weight
    assert torch.equal(new[:, :4], old[:, :4])  # from below
    assert torch.equal(new[:, 6:], old[:, 4:])  # the image
    assert new[:, 4:6].abs().max() == 0
    old, new = model.encoder[1], wider.encoder[1]
    assert torch.equal(new.conv.weight[:8, :4], old.conv.weight)
    assert new.conv.weight[:8, 4:].abs().max() == 0
    assert new.conv.weight[8:].abs().min() > 0  # the new ones see all
    assert torch.equal(new.norm.running_var[:8], old.norm.running_var)
    assert new.norm.num_batches_tracked == 7
    assert torch.equal(wider.encoder[0].conv.bias[:4], model.encoder[0].conv.bias)


def test_every_channel_learns_and_new_ones_apart():
    wider = widened(trained(ModelSpec(4, 3, "pyramid")), 8).train()
    x, mask = damaged()
    optimizer = torch.optim.Adam(wider.parameters(), lr=1e-3)
    before = [block.conv.weight.detach().clone() for block in wider.encoder]
    for _ in range(2):  # in the first step nothing is read of the new channels yet
        optimizer.zero_grad()
        (wider(x * mask, mask).output - x).abs().mean().backward()
        optimizer.step()
    for block, weight in zip(wider.encoder, before, strict=True):
        moved = (block.conv.weight - weight).flatten(1)
        assert (moved.abs().amax(1) > 0).all()
        assert torch.unique(moved[len(moved) // 2 :], dim=0).shape[0] == len(moved) // 2


def test_no_wider_is_refused():
    with pytest.raises(UsageError, match="`widen` 4: the weights of `init` have width 4 already"):
        widened(PConvUNet(ModelSpec(4, 3)), 4)
