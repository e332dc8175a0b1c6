"""The trainer: it learns, it keeps its averages and rates, and it leaves what it should."""

import json
import math
import time

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from pconv_cli import LossWeights, ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.files.images import read_size
from pconv_cli.training.data.batches import Batch, ImageStore, TrainingBatches, validation_batches
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.data.splitting import split_images
from pconv_cli.training.learner import update_average
from pconv_cli.training.presets import Phase
from pconv_cli.training.records.validation import validate
from pconv_cli.training.trainer import train


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("curves")
def test_a_run_leaves_weights_state_metrics_and_samples(tiny, recorder):
    options = tiny(steps=20, validate_every=10, sample_every=10)
    observer = recorder()
    report = train(options, observer)
    assert observer.first == (0, 20, 8)  # two of ten images are held out
    assert [status.step for status in observer.statuses] == list(range(1, 21))
    assert (report.steps, report.images) == (20, 40)
    out = options.out
    assert sorted(p.name for p in out.iterdir()) == [
        "curves.png",
        "metrics.jsonl",
        "samples",
        "state.pt",
        "weights.safetensors",
    ]
    assert sorted(p.name for p in (out / "samples").iterdir()) == ["step_0000010.png", "step_0000020.png"]
    height, width = read_size(out / "samples" / "step_0000020.png")
    assert width > 4 * 32  # damaged, filled, output, true
    assert height > 2 * 32  # both held-out images
    records = lines(out)
    assert [r["step"] for r in records if "loss" in r] == [10, 20]
    assert {"loss", "valid", "hole", "tv", "learning_rate"} <= records[0].keys()
    validated = [r for r in records if "validation_psnr" in r]
    assert [r["step"] for r in validated] == [10, 20]
    assert report.validation["psnr"] == pytest.approx(validated[-1]["validation_psnr"])
    assert [step for step, _ in observer.validations] == [10, 20]
    assert load_weights(report.weights).spec.width == 4


@pytest.mark.parametrize("base", ["none", "pyramid"])
def test_it_learns(tiny, recorder, base):
    observer = recorder()
    train(tiny(steps=40, base=base, learning_rate=1e-2, ema=0.9, validate_every=20), observer)
    first, last = observer.validations[0][1], observer.validations[-1][1]
    assert last["loss"] < first["loss"]
    assert sum(observer.losses[-10:]) < (0.6 if base == "none" else 1.0) * sum(observer.losses[:10])


def test_workers_change_nothing(tiny, recorder, tmp_path):
    one, three = recorder(), recorder()
    train(tiny(out=tmp_path / "a"), one)
    train(tiny(out=tmp_path / "b", workers=3), three)
    assert one.losses == three.losses


def test_finetuning_freezes_the_encoders_norms_and_takes_its_own_rate(tiny, recorder, tmp_path):
    train(tiny(out=tmp_path / "fit"), recorder())
    weights = tmp_path / "fit" / "weights.safetensors"
    observer = recorder()
    options = tiny(out=tmp_path / "tune", phase=Phase.FINETUNE, steps=4, finetune_steps=None, init=str(weights))
    train(options, observer)
    assert [s.phase for s in observer.statuses] == ["finetune"] * 4
    assert {s.learning_rate for s in observer.statuses} == {5e-5}
    before = load_weights(weights).state_dict()
    after = torch.load(tmp_path / "tune" / "state.pt", weights_only=True)["model"]
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert not {name for name in changed if name.startswith("encoder") and ".norm." in name}
    assert {name for name in changed if name.startswith("decoder") and ".norm." in name}
    assert "encoder.0.conv.weight" in changed


def test_all_terms_of_the_loss_are_there_and_every_second_step_saves_the_features(tiny, recorder, tmp_path):
    torch.manual_seed(0)
    vgg = tmp_path / "vgg.pth"
    torch.save(VGG16Features().state_dict(), vgg)
    observer = recorder()
    options = tiny(vgg=vgg, perceptual_weight=0.05, style_weight=120.0, ssim_weight=5.0, perceptual_every=2, steps=4)
    train(options, observer)
    pixels = {"valid", "hole", "tv", "ssim"}
    both = pixels | {"perceptual", "style"}
    assert [s.terms.keys() for s in observer.statuses] == [pixels, both, both, both]
    style = [s.terms["style"] for s in observer.statuses[1:]]
    assert style[0] == style[1] != style[2]  # step 3 did not compute it, and shows it as it last was
    assert {"loss_perceptual", "loss_style"} <= observer.validations[-1][1].keys()


def test_waiting_for_images_counts_as_time_of_the_run(tiny, monkeypatch):
    real = TrainingBatches.__getitem__

    def slow(self, number):
        time.sleep(0.05)
        return real(self, number)

    monkeypatch.setattr(TrainingBatches, "__getitem__", slow)
    assert train(tiny()).seconds > 0.25  # six batches, one after the other


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_precisions_of_a_processor_train(tiny, recorder, precision):
    observer = recorder()
    train(tiny(precision=precision, steps=3), observer)
    assert all(0 < loss < 10 for loss in observer.losses)


def test_initial_weights_bring_their_network_along(tiny, recorder, tmp_path):
    model = PConvUNet(ModelSpec(5, 2, "pyramid"))
    save_weights(tmp_path / "w.safetensors", model)
    options = tiny(init=str(tmp_path / "w.safetensors"), steps=1)
    train(options, recorder())
    assert load_weights(options.out / "weights.safetensors").spec == model.spec


def test_the_moving_average_is_what_is_saved_and_validated(tiny, recorder, images):
    observer = recorder()
    options = tiny(ema=0.9, learning_rate=1e-2)
    train(options, observer)
    state = torch.load(options.out / "state.pt", weights_only=True)
    saved = load_weights(options.out / "weights.safetensors")
    averaged = {name.removeprefix("module."): t for name, t in state["average"].items() if name != "n_averaged"}
    assert all(torch.equal(t, averaged[name]) for name, t in saved.state_dict().items())
    assert not torch.equal(saved.encoder[0].conv.weight, state["model"]["encoder.0.conv.weight"])

    _, held_out = split_images(images, options.validation, options.seed)
    store = ImageStore(held_out, 128, 0, print)
    batches = validation_batches(store, MaskSource(32, kind="randomwalk"), crop=32, batch=2, count=48)
    wanted = validate(
        lambda x, mask: saved(x, mask).output,
        InpaintingLoss(LossWeights(perceptual=0, style=0)),
        batches,
        torch.device("cpu"),
    )
    assert observer.validations[-1][1] == pytest.approx(wanted)


def test_without_an_average_the_last_weights_are_saved(tiny):
    options = tiny(ema=0.0, steps=3)
    train(options)
    state = torch.load(options.out / "state.pt", weights_only=True)["model"]
    saved = load_weights(options.out / "weights.safetensors").state_dict()
    assert all(torch.equal(saved[name], state[name]) for name in saved)


def test_the_learning_rate_rises_falls_and_starts_again(tiny, recorder):
    observer = recorder()
    given = {"learning_rate": 1e-3, "finetune_learning_rate": 1e-4, "warmup": 2, "schedule": "cosine"}
    train(tiny(**given, steps=12, finetune_steps=4), observer)

    def cosine(share):
        return 0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2

    rises = [1 / 3, 2 / 3]
    fit = [1e-3 * rise * cosine(i / 8) for i, rise in enumerate(rises + [1] * 6)]
    finetune = [1e-4 * rise * cosine(i / 4) for i, rise in enumerate(rises + [1] * 2)]
    assert [s.learning_rate for s in observer.statuses] == pytest.approx(fit + finetune)


def test_clipping_bounds_the_gradient(tiny, recorder, monkeypatch):
    norms = []

    def measured(self, *_, **__):
        gradients = [p.grad for group in self.param_groups for p in group["params"]]
        norms.append(torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients])).item())

    monkeypatch.setattr(torch.optim.Adam, "step", measured)
    train(tiny(clip=0.01, steps=2, out=tiny().out / "a"))
    train(tiny(steps=2, out=tiny().out / "b"))
    assert norms[:2] == pytest.approx([0.01, 0.01], rel=1e-3)
    assert min(norms[2:]) > 0.1


def test_validation_figures_by_hand_with_unequal_batches():
    truth = [torch.zeros(2, 3, 16, 16), torch.ones(1, 3, 16, 16)]
    mask = torch.ones(1, 1, 16, 16)
    mask[..., :8, :] = 0
    batches = [Batch(t, mask.expand(len(t), 1, 16, 16)) for t in truth]
    loss = InpaintingLoss(LossWeights(perceptual=0, style=0))
    figures = validate(lambda x, m: torch.full_like(x, 0.1), loss, batches, torch.device("cpu"))
    errors = [0.1, 0.1, 0.9]  # in the hole, which is half of the image
    assert figures["hole_l1"] == pytest.approx(np.mean(errors))
    assert figures["psnr"] == pytest.approx(np.mean([-10 * math.log10(e**2 / 2) for e in errors]))
    assert figures["loss_hole"] == pytest.approx(np.mean(errors) / 2)


@pytest.mark.parametrize("given", [{"seed": 2**64 - 1}, {"cache": 1e300}])
def test_the_largest_seed_and_any_room_for_images_are_taken(tiny, given):
    assert train(tiny(steps=1, finetune_steps=0, **given)).steps == 1


def test_the_card_names_no_path(tiny, tmp_path, images):
    save_weights(tmp_path / "initial.safetensors", PConvUNet(ModelSpec(4, 3)))
    options = tiny(init=str(tmp_path / "initial.safetensors"), steps=1, batch=3)
    train(options)
    card = describe_weights(options.out / "weights.safetensors").card
    assert card["data"] == f"8 images of {images.name}"
    begins = f"pconv train {images.name} --mask-type randomwalk --validation 0.2 --init initial.safetensors"
    assert card["command"].startswith(begins)
    assert "--batch 3 --steps 1" in card["command"]
    assert "/" not in json.dumps(card)


def test_the_moving_average_takes_unit_vectors_over():
    """Those of spectral norm, whose mean is not a unit vector."""
    torch.manual_seed(0)
    network = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(8, 8))
    average = AveragedModel(network, use_buffers=True)
    original = network.parametrizations.weight.original
    for _ in range(5):
        original.data.normal_()
        network(torch.rand(1, 8))
        update_average(average, network, 0.9)
    own, averaged = network.parametrizations.weight, average.module.parametrizations.weight
    for name in ("_u", "_v"):
        assert torch.equal(getattr(averaged[0], name), getattr(own[0], name))
        assert getattr(averaged[0], name).norm().item() == pytest.approx(1)
    assert not torch.equal(averaged.original, original)


def test_the_moving_average_forgets_its_start_and_then_keeps_its_decay():
    norm = torch.nn.BatchNorm2d(1)
    average = AveragedModel(norm, use_buffers=True)
    average.module.weight.data.fill_(100.0)
    norm.weight.data.fill_(5.0)
    update_average(average, norm, 0.9)
    assert average.module.weight.item() == 5.0  # the first step is all that there is
    norm.weight.data.fill_(1.0)
    for _ in range(200):
        update_average(average, norm, 0.9)
    assert average.module.weight.item() == pytest.approx(1.0, abs=1e-4)
    average.n_averaged.fill_(10_000)
    average.module.weight.data.zero_()
    norm.num_batches_tracked.fill_(7)
    update_average(average, norm, 0.9)
    assert average.module.weight.item() == pytest.approx(0.1)
    assert average.module.num_batches_tracked == 7  # a count is taken over
    assert average.n_averaged == 10_001
