"""The sampler and the network that fills holes by it."""

import threading
from contextvars import copy_context

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.core.networks.engine import Sampling, SamplingEngine
from pconv_cli.core.networks.repaint.network import RePaint, RePaintEngine
from pconv_cli.core.networks.repaint.noise import noise_at
from pconv_cli.core.networks.repaint.sampler import backwards, repaint
from pconv_cli.core.networks.repaint.schedule import schedule_of, walk
from pconv_cli.core.networks.repaint.spec import RePaintSpec
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.cores import Dropped, until_dropped
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.tiling.rect import Rect

SMALL = RePaintSpec(
    size=16, width=8, multipliers=(1, 2), blocks=1, attention=(2,), head_channels=8, steps=3, jump=1, repeats=2
)


@pytest.fixture
def network() -> RePaint:
    """A network that does something: as it is made, its last layers are 0."""
    torch.manual_seed(0)
    made = RePaint(SMALL).eval()
    for parameter in made.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, 0, 0.3)
    return made


@pytest.fixture
def damaged() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    mask = torch.ones(2, 1, 16, 16)
    mask[0, :, 4:12, 3:9] = 0
    mask[1, :, 0:5] = 0
    return x, mask


def drawn(shape):
    return lambda number: torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(number))


def test_a_fill_that_nobody_waits_for_ends_with_the_step_that_is_under_way():
    """RePaint's own walk calls the network 2,410 times a window."""
    left, called = threading.Event(), []
    x, mask = torch.zeros(1, 3, 8, 8, dtype=torch.float64), torch.zeros(1, 1, 8, 8, dtype=torch.float64)

    def predict(x, time):
        called.append(time)
        if len(called) == 3:
            left.set()
        return torch.zeros_like(x)

    schedule = schedule_of("cosine", 100).respaced(12)
    levels = walk(12, 2, 2)
    with pytest.raises(Dropped):
        copy_context().run(until_dropped, left, lambda: repaint(x, mask, predict, schedule, levels, drawn(x.shape)))
    assert len(called) == 3


@pytest.mark.parametrize("variances", [False, True])
def test_a_network_that_knows_one_image_alone_fills_holes_with_it(variances):
    """Of a distribution of a single image the noise is known exactly, and any way through the levels leads to it."""
    truth = torch.rand(1, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    mask = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    mask[..., 2:6, 3:7] = 0
    schedule = schedule_of("cosine", 100).respaced(12)
    share = dict(zip(schedule.times.tolist(), schedule.kept.tolist(), strict=True))

    def predict(x, time):
        noise = (x - share[time] ** 0.5 * truth) / (1 - share[time]) ** 0.5
        return torch.cat([noise, torch.zeros_like(noise)], 1) if variances else noise

    filled = repaint(truth * mask, mask, predict, schedule, walk(12, 3, 3), drawn(truth.shape))
    torch.testing.assert_close(filled, truth)


def test_each_step_has_the_noise_that_its_level_says():
    """What the network is shown has the variance of its level where known and, of pure noise, where not."""
    x, mask = torch.zeros(1, 3, 64, 64, dtype=torch.float64), torch.ones(1, 1, 64, 64, dtype=torch.float64)
    mask[..., 32:] = 0
    schedule = schedule_of("linear", 1000).respaced(20)
    seen = []

    def predict(noisy, time):
        seen.append((noisy[..., :32].var().item(), noisy[..., 32:].var().item(), time))
        # The noise that is to be expected in images that are normally distributed with variance 1.
        return (1 - share[time]) ** 0.5 * noisy

    share = dict(zip(schedule.times.tolist(), schedule.kept.tolist(), strict=True))
    repaint(x, mask, predict, schedule, walk(20, 5, 2), drawn(x.shape))
    for known, _, time in seen:
        assert abs(known / (1 - share[time]) - 1) < 0.1
    assert abs(seen[0][1] - 1) < 0.1
    assert len(seen) == 35


def test_the_step_down_is_bayes_rule():
    """Mean and variance of level t - 1, given t and the clean image, from the joint normal distribution of the two."""
    schedule = schedule_of("linear", 10)
    level, clean, noisy = 6, 0.3, -0.8
    kept, beta = schedule.kept, schedule.betas[level]
    # x_{t-1} ~ N(sqrt(kept) clean, 1 - kept), and x_t = sqrt(1 - beta) x_{t-1} + sqrt(beta) e.
    mean, variance = kept[level - 1] ** 0.5 * clean, 1 - kept[level - 1]
    gain = variance * (1 - beta) ** 0.5 / (variance * (1 - beta) + beta)
    wanted = mean + gain * (noisy - (1 - beta) ** 0.5 * mean), variance * (1 - gain * (1 - beta) ** 0.5)
    noise = (noisy - kept[level] ** 0.5 * clean) / (1 - kept[level]) ** 0.5
    x, predicted = (torch.full((1, 3, 1, 1), value, dtype=torch.float64) for value in (noisy, noise))
    found, deviation = backwards(x, predicted, schedule, level)
    np.testing.assert_allclose((found[0, 0, 0, 0].item(), deviation.item() ** 2), wanted, rtol=1e-6)
    for v, variance in ((-1.0, wanted[1]), (1.0, beta), (0.0, (wanted[1] * beta) ** 0.5)):
        learned = torch.cat([predicted, torch.full_like(predicted, v)], 1)
        _, deviation = backwards(x, learned, schedule, level)
        np.testing.assert_allclose(deviation.numpy() ** 2, variance, rtol=1e-6)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_noise_belongs_to_its_place(top, left, height, width, seed):
    whole = noise_at(Rect(0, 0, 192, 192), seed, 3)
    assert np.array_equal(noise_at(Rect(top, left, height, width), seed, 3), whole[:, top:, left:][:, :height, :width])


def test_noise_is_normal_and_another_of_each_number_and_seed():
    fields = [noise_at(Rect(0, 0, 200, 200), *which) for which in ((0, 0), (0, 1), (1, 0))]
    for field in fields:
        assert abs(field.mean()) < 0.02
        assert abs(field.var() - 1) < 0.02
    correlations = np.corrcoef([field.ravel() for field in fields])
    assert np.abs(correlations - np.eye(3)).max() < 0.02
    squares = fields[0].reshape(3, 2, 100, 200)
    assert abs(np.corrcoef(squares[:, 0].ravel(), squares[:, 1].ravel())[0, 1]) < 0.02


def test_fills_follow_from_seed_and_place_whatever_else_is_in_the_batch(network, damaged):
    x, mask = damaged
    engine = RePaintEngine(network)
    assert isinstance(engine, SamplingEngine)
    places = [(0, 0), (40, 8)]
    both = engine.sample(x, mask, Sampling(5, None, places))
    for one in range(2):
        alone = engine.sample(x[one : one + 1], mask[one : one + 1], Sampling(5, None, places[one : one + 1]))
        torch.testing.assert_close(alone[0], both[one])
    assert torch.equal(both, engine.sample(x, mask, Sampling(5, None, places)))
    assert not torch.allclose(both, engine.sample(x, mask, Sampling(6, None, places)), atol=0.01)
    assert not torch.allclose(both, engine.sample(x, mask, Sampling(5, None, [(0, 1), (40, 9)])), atol=0.01)
    assert not torch.allclose(both, engine.sample(x, mask, Sampling(5, 2, places)), atol=0.01)
    assert torch.equal(both * mask, x * mask)


def test_the_network_and_its_engine_fill_alike(network, damaged):
    with torch.inference_mode():
        made = network(*damaged).output
    torch.testing.assert_close(made, RePaintEngine(network).fill(*damaged))
    assert ((made >= 0) & (made <= 1)).all()


def test_what_stands_in_a_hole_is_not_looked_at(network, damaged):
    x, mask = damaged
    with torch.inference_mode():
        assert torch.equal(network(x, mask).output, network(torch.where(mask > 0, x, 0.9), mask).output)


def test_smaller_images_are_padded_as_hole(network):
    x, mask = torch.rand(1, 3, 9, 14), torch.ones(1, 1, 9, 14)
    mask[..., 3:6, 3:6] = 0
    with torch.inference_mode():
        made = network(x, mask).output
        beyond = torch.nn.functional.pad(torch.cat([x, mask], 1), (0, 2, 0, 7))
        wanted = network(beyond[:, :3], beyond[:, 3:]).output[..., :9, :14]
    assert torch.equal(made, wanted)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_steps_lie_within_the_levels(network, damaged, steps):
    with pytest.raises(UsageError, match=f"`steps` {steps}: must lie between 1 and 1000"):
        RePaintEngine(network).check(Sampling(steps=steps))
    with pytest.raises(UsageError, match=f"`steps` {steps}: must lie between 1 and 1000"):
        network(*damaged, Sampling(steps=steps))


def test_weights_are_saved_and_loaded_with_their_schedule(network, damaged, tmp_path):
    save_weights(tmp_path / "w.safetensors", network)
    loaded = load_weights(tmp_path / "w.safetensors")
    assert loaded.spec == SMALL
    with torch.inference_mode():
        assert torch.equal(loaded(*damaged).output, network(*damaged).output)


def test_the_network_of_imagenet_has_a_place_in_the_spec():
    spec = RePaintSpec(256, 256, (1, 1, 2, 2, 4, 4), 2, (8, 16, 32), 64, True, True, True, "linear")
    with torch.device("meta"):
        state = RePaint(spec).unet.state_dict()
    assert sum(values.numel() for values in state.values()) == 552_814_086
    assert len(state) == 566
    assert state["time_embed.0.weight"].shape == (1024, 256)
    assert state["input_blocks.0.0.weight"].shape == (256, 3, 3, 3)
    assert state["out.2.weight"].shape == (6, 256, 3, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 0}, "whole, and 1 or more"),
        ({"multipliers": ()}, "whole, and 1 or more"),
        ({"attention": (1.5,)}, "whole, and 1 or more"),
        ({"noise": "sine"}, "noise 'sine'"),
        ({"steps": 2000}, "2000 of 1000 levels"),
        ({"size": 100}, "a multiple of 8"),
        ({"width": 40}, "heads of 64 channels"),
    ],
)
def test_what_there_is_not_is_refused(wrong, message):
    with pytest.raises(ModelError, match=message):
        RePaintSpec(**wrong)
