"""The trainer: it learns, it resumes exactly, it stops well, and it says what it cannot do."""

import json
import math
import os
import shutil
import signal
import time

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from pconv_cli.core import LossWeights, ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.core.losses import InpaintingLoss, Loss
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.core.weights import describe_weights
from pconv_cli.errors import Interrupted, ModelError, NothingToDo, OutputError, UsageError
from pconv_cli.files.masks import write_mask
from pconv_cli.files.pictures import read_size
from pconv_cli.training import trainer
from pconv_cli.training.batches import Batch, PictureStore, TrainingBatches, split_pictures, validation_batches
from pconv_cli.training.masks import MaskSource
from pconv_cli.training.presets import Phase
from pconv_cli.training.state import MetricsLog
from pconv_cli.training.step import Learner, update_average
from pconv_cli.training.trainer import resume, train
from pconv_cli.training.validation import validate


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def without_times(records):
    return [{k: v for k, v in r.items() if k not in ("seconds", "pictures_per_second")} for r in records]


def same_weights(a, b):
    states = [load_weights(folder / "weights.safetensors").state_dict() for folder in (a, b)]
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_a_run_leaves_weights_state_metrics_and_samples(tiny, recorder):
    options = tiny(steps=20, validate_every=10, sample_every=10)
    observer = recorder()
    report = train(options, observer)
    assert observer.first == (0, 20, 8)  # two of ten pictures are held out
    assert [status.step for status in observer.statuses] == list(range(1, 21))
    assert (report.steps, report.pictures) == (20, 40)
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
    assert height > 2 * 32  # both held-out pictures
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
    train(tiny(steps=80, batch=4, base=base, learning_rate=3e-3, ema=0.9, validate_every=10), observer)
    first, last = observer.validations[0][1], observer.validations[-1][1]
    assert last["loss"] < first["loss"]
    assert sum(observer.losses[-10:]) < (0.6 if base == "none" else 1.0) * sum(observer.losses[:10])


@pytest.mark.parametrize("stop_at", [1, 4, 5, 7])
def test_a_resumed_run_continues_as_if_never_stopped(tiny, recorder, tmp_path, stop_at):
    """Bit by bit: losses, metrics, weights; before, at and after the change of phase."""
    given = {
        "steps": 5,
        "finetune_steps": 5,
        "schedule": "cosine",
        "warmup": 2,
        "ssim_weight": 1.0,
        "validate_every": 2,
    }
    whole, first, second = recorder(), recorder(stop_at, interrupt), recorder()
    train(tiny(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Interrupted, match=rf"state saved after step {stop_at} of 10; go on with: .*--resume"):
        train(tiny(**given, out=tmp_path / "parts"), first)
    resume(tmp_path / "parts", observer=second)
    assert second.first[0] == stop_at
    assert first.losses + second.losses == whole.losses
    assert [s.learning_rate for s in first.statuses + second.statuses] == [s.learning_rate for s in whole.statuses]
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_ctrl_c_in_the_middle_of_a_validation_is_heard_after_it(tiny, recorder, monkeypatch, tmp_path):
    def interrupted(*given):
        interrupt()
        return validate(*given)

    given = {"validate_every": 3, "save_every": 100}
    train(tiny(**given, out=tmp_path / "whole"))
    monkeypatch.setattr(trainer, "validate", interrupted)
    observer = recorder()
    with pytest.raises(Interrupted, match="state saved after step 3 of 6"):
        train(tiny(**given, out=tmp_path / "parts"), observer)
    assert [step for step, _ in observer.validations] == [3]
    monkeypatch.undo()
    resume(tmp_path / "parts")
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_a_killed_run_resumes_from_the_last_saved_state(tiny, recorder, tmp_path):
    """What a killed process wrote after its last state is written again, not twice."""

    class Killed(BaseException):
        pass

    def kill():
        raise Killed

    given = {"steps": 20, "save_every": 5, "validate_every": 4}
    whole, first, second = recorder(), recorder(13, kill), recorder()
    train(tiny(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Killed):
        train(tiny(**given, out=tmp_path / "parts"), first)
    with (tmp_path / "parts" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 14, "validation_lo')  # the line that was being written
    resume(tmp_path / "parts", observer=second)
    assert second.first[0] == 10
    assert second.losses == whole.losses[10:]
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_resuming_a_run_at_its_end_only_reports_it(tiny, recorder):
    first = train(tiny(steps=2))  # with nobody watching
    again = recorder()
    assert resume(first.folder, observer=again) == first
    assert again.first is None


def test_workers_change_nothing(tiny, recorder, tmp_path):
    one, three = recorder(), recorder()
    train(tiny(out=tmp_path / "a"), one)
    train(tiny(out=tmp_path / "b", workers=3), three)
    assert one.losses == three.losses


def test_finetuning_freezes_the_encoders_norms_and_takes_its_own_rate(tiny, recorder, tmp_path):
    train(tiny(out=tmp_path / "fit"), recorder())
    weights = tmp_path / "fit" / "weights.safetensors"
    observer = recorder()
    options = tiny(out=tmp_path / "tune", phase=Phase.FINETUNE, steps=None, finetune_steps=4, init=str(weights))
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


def test_without_vgg_nothing_is_dropped_silently(tiny, recorder, tmp_path, monkeypatch):
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for weights in ({"perceptual_weight": 0.05}, {"style_weight": 120.0}):
        with pytest.raises(ModelError, match=r"fetch-vgg.*--no-perceptual"):
            train(tiny(**weights), recorder())


def test_a_loss_that_is_no_longer_finite_stops_the_run_and_keeps_the_last_state(tiny, recorder, monkeypatch):
    real = InpaintingLoss.forward
    calls = []

    def breaks(self, output, truth, mask, **given):
        calls.append(1)
        loss = real(self, output, truth, mask, **given)
        return Loss(loss.total * float("nan"), loss.terms) if len(calls) == 5 else loss

    monkeypatch.setattr(InpaintingLoss, "forward", breaks)
    options = tiny(save_every=2)
    with pytest.raises(ModelError, match=r"the loss is nan at step 5; .* holds the last state"):
        train(options, recorder())
    state = torch.load(options.out / "state.pt", weights_only=True)
    assert state["step"] == 4
    assert all(torch.isfinite(t).all() for t in state["model"].values())


def test_weights_that_are_no_longer_finite_leave_the_last_sound_state(tiny, monkeypatch):
    """A gradient overflows in a step whose loss was finite still, and which saves."""
    real = Learner._update

    def overflows(self):
        real(self)
        if self.step == 3:
            with torch.no_grad():
                self.model.encoder[0].conv.weight.fill_(float("nan"))
            self.average.update_parameters(self.model)

    monkeypatch.setattr(Learner, "_update", overflows)
    options = tiny(save_every=2)
    with pytest.raises(ModelError, match="holds values that are not finite"):
        train(options)
    state = torch.load(options.out / "state.pt", weights_only=True)
    assert state["step"] == 2
    assert all(torch.isfinite(t).all() for t in state["model"].values())
    assert load_weights(options.out / "weights.safetensors").spec.width == 4


def test_waiting_for_pictures_counts_as_time_of_the_run(tiny, monkeypatch):
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


def test_a_folder_that_holds_a_run_is_not_overwritten(tiny, recorder):
    train(tiny(steps=1), recorder())
    with pytest.raises(UsageError, match=r"holds state.pt; go on with --resume, or name another folder by --out"):
        train(tiny(steps=1), recorder())


def test_there_must_be_a_run_to_resume_and_it_must_be_whole(tiny, recorder):
    with pytest.raises(UsageError, match="no run to resume here"):
        resume(tiny().out)
    options = tiny(steps=1)
    train(options, recorder())
    whole = (options.out / "state.pt").read_bytes()
    (options.out / "state.pt").write_bytes(whole[:1000])
    with pytest.raises(ModelError, match=r"damaged; start from .*weights.safetensors by --init"):
        resume(options.out)


def test_only_the_state_is_asked_for_when_resuming(tiny, recorder, tmp_path):
    """Neither the initial weights nor the option that named them are needed again."""
    initial = tmp_path / "initial.safetensors"
    save_weights(initial, PConvUNet(ModelSpec(5, 2)))
    stopped = recorder(2, interrupt)
    with pytest.raises(Interrupted):
        train(tiny(init=str(initial)), stopped)
    initial.unlink()
    assert resume(tiny().out).steps == 6


def test_a_run_whose_pictures_changed_is_not_resumed(tiny, recorder, tmp_path, pictures):
    data = tmp_path / "data"
    shutil.copytree(pictures, data)
    with pytest.raises(Interrupted):
        train(tiny(data=data), recorder(2, interrupt))
    (data / "p3.png").unlink()
    with pytest.raises(UsageError, match=r"its pictures are not those that the run began with"):
        resume(tiny().out)
    moved = tmp_path / "moved"
    shutil.copytree(pictures, moved)
    assert resume(tiny().out, {"data": moved}).steps == 6  # another place, the same pictures


def test_a_run_among_its_pictures_is_refused(tiny, pictures):
    with pytest.raises(UsageError, match="where its samples would be trained on"):
        train(tiny(out=pictures / "run"))
    assert not (pictures / "run").exists()


def test_the_pictures_are_not_their_masks(tiny, pictures):
    for masks in (pictures, pictures / "masks"):
        with pytest.raises(UsageError, match="where its masks would be trained on"):
            train(tiny(masks=masks))


def test_a_run_that_cannot_begin_leaves_nothing(tiny, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in "abc":
        (data / f"{name}.png").write_bytes(b"no picture")
    with pytest.raises(NothingToDo, match="no picture can be learnt from"):
        train(tiny(data=data))
    assert not tiny().out.exists()


@pytest.mark.parametrize("name", ["weights.safetensors", "metrics.jsonl"])
def test_what_stands_in_the_folder_is_not_overwritten(tiny, name):
    options = tiny()
    options.out.mkdir()
    (options.out / name).write_text("precious")
    with pytest.raises(UsageError, match=f"holds {name}"):
        train(options)
    assert (options.out / name).read_text() == "precious"


def test_files_that_cannot_be_read_are_named_and_others_take_their_place(tiny, recorder, tmp_path, pictures):
    data, masks = tmp_path / "data", tmp_path / "masks"
    shutil.copytree(pictures, data)
    (data / "p4.png").write_bytes((data / "p4.png").read_bytes()[:60])
    masks.mkdir()
    (masks / "bad.png").write_text("no mask")
    mask = np.ones((40, 40), bool)
    mask[10:20, 5:30] = False
    write_mask(masks / "good.png", mask)
    observer = recorder()
    report = train(tiny(data=data, masks=masks, validation=0.0, steps=10), observer)
    assert report.steps == 10
    assert report.exit_code == 3
    assert len(report.unreadable) == len(observer.warnings) == 2
    assert "p4.png" in observer.warnings[0] + observer.warnings[1]
    assert "bad.png" in observer.warnings[0] + observer.warnings[1]


def test_the_moving_average_is_what_is_saved_and_validated(tiny, recorder, pictures):
    observer = recorder()
    options = tiny(ema=0.9, learning_rate=1e-2)
    train(options, observer)
    state = torch.load(options.out / "state.pt", weights_only=True)
    saved = load_weights(options.out / "weights.safetensors")
    averaged = {name.removeprefix("module."): t for name, t in state["average"].items() if name != "n_averaged"}
    assert all(torch.equal(t, averaged[name]) for name, t in saved.state_dict().items())
    assert not torch.equal(saved.encoder[0].conv.weight, state["model"]["encoder.0.conv.weight"])

    _, held_out = split_pictures(pictures, options.validation, options.seed)
    store = PictureStore(held_out, 128, 0, print)
    batches = validation_batches(store, MaskSource(32, kind="occlusion"), crop=32, batch=2, count=48)
    wanted = validate(saved.eval(), InpaintingLoss(LossWeights(perceptual=0, style=0)), batches, torch.device("cpu"))
    assert observer.validations[-1][1] == pytest.approx(wanted)


def test_without_an_average_the_last_weights_are_saved(tiny):
    options = tiny(ema=0.0, steps=3)
    train(options)
    state = torch.load(options.out / "state.pt", weights_only=True)["model"]
    saved = load_weights(options.out / "weights.safetensors").state_dict()
    assert all(torch.equal(saved[name], state[name]) for name in saved)


def test_the_learning_rate_rises_falls_and_starts_anew(tiny, recorder):
    observer = recorder()
    given = {"learning_rate": 1e-3, "finetune_learning_rate": 1e-4, "warmup": 2, "schedule": "cosine"}
    train(tiny(**given, steps=8, finetune_steps=4), observer)

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
    errors = [0.1, 0.1, 0.9]  # in the hole, which is half of the picture
    assert figures["hole_l1"] == pytest.approx(np.mean(errors))
    assert figures["psnr"] == pytest.approx(np.mean([-10 * math.log10(e**2 / 2) for e in errors]))
    assert figures["loss_hole"] == pytest.approx(np.mean(errors) / 2)


def test_the_card_names_no_path(tiny, tmp_path, pictures):
    save_weights(tmp_path / "initial.safetensors", PConvUNet(ModelSpec(4, 3)))
    options = tiny(init=str(tmp_path / "initial.safetensors"), steps=1, batch=3)
    train(options)
    card = describe_weights(options.out / "weights.safetensors").card
    assert card["data"] == f"8 pictures of {pictures.name}"
    assert card["command"].startswith(f"pconv train {pictures.name} --validation 0.2 --init initial.safetensors")
    assert "--batch 3 --steps 1" in card["command"]
    assert "/" not in json.dumps(card)


def test_one_picture_a_step_needs_more_than_one_value_a_channel(tiny):
    with pytest.raises(UsageError, match=r"--batch 1 with --crop 16: .* take 2 pictures or more, or crops above 16"):
        train(tiny(batch=1, crop=16, depth=4))
    train(tiny(batch=1, crop=16, depth=3, steps=1))


def test_a_disk_that_fills_up_is_said(tiny, monkeypatch):
    def full(*_):
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match=r"state\.pt: cannot be written"):
        train(tiny())


def test_a_disk_that_fills_up_under_the_log_is_said_and_the_run_goes_on_later(tiny, recorder, monkeypatch):
    """A torn line stays in the log; curves are drawn without it, and the resumed run writes it again."""
    options = tiny(steps=40, save_every=5, sample_every=40)
    real = MetricsLog.write

    def torn(self, record):
        if record["step"] == 30:
            self._file.write('{"step": 30, "lo')
            self._file.close()
            self._file = open("/dev/full", "a")  # noqa: PTH123, SIM115
        real(self, record)

    monkeypatch.setattr(MetricsLog, "write", torn)
    with pytest.raises(OutputError, match=r"metrics\.jsonl: cannot be written \(no space left"):
        train(options, recorder())
    assert (options.out / "curves.png").exists()
    monkeypatch.undo()
    assert resume(options.out).steps == 40
    assert [r["step"] for r in lines(options.out) if "loss" in r] == [10, 20, 30, 40]


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
