"""The trainer: it learns, it resumes exactly, it stops well, and it says what it cannot do."""

import json
import os
import signal

import pytest
import torch

from pconv_cli.core import PConvUNet, load_weights, save_weights
from pconv_cli.core.losses import InpaintingLoss, Loss
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.errors import Interrupted, ModelError, UsageError
from pconv_cli.files.pictures import read_size
from pconv_cli.training import trainer
from pconv_cli.training.options import Phase
from pconv_cli.training.trainer import moving_average, train


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
    assert sorted(p.name for p in out.iterdir()) == ["metrics.jsonl", "samples", "state.pt", "weights.safetensors"]
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
    train(tiny(**given, out=tmp_path / "parts"), second, resume=True)
    assert second.first[0] == stop_at
    assert first.losses + second.losses == whole.losses
    assert [s.learning_rate for s in first.statuses + second.statuses] == [s.learning_rate for s in whole.statuses]
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
    train(tiny(**given, out=tmp_path / "parts"), second, resume=True)
    assert second.first[0] == 10
    assert second.losses == whole.losses[10:]
    assert without_times(lines(tmp_path / "parts")) == without_times(lines(tmp_path / "whole"))
    assert same_weights(tmp_path / "parts", tmp_path / "whole")


def test_resuming_a_run_at_its_end_only_reports_it(tiny, recorder):
    first = train(tiny(steps=2))  # with nobody watching
    again = recorder()
    assert train(tiny(steps=2), again, resume=True) == first
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
    options = tiny(out=tmp_path / "tune", phase=Phase.FINETUNE, finetune_steps=4, init=str(weights))
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
    assert [s.terms.keys() for s in observer.statuses] == [pixels | {"perceptual", "style"}, pixels] * 2
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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_precisions_of_a_processor_train(tiny, recorder, precision):
    observer = recorder()
    train(tiny(precision=precision, steps=3), observer)
    assert all(0 < loss < 10 for loss in observer.losses)


def test_initial_weights_bring_their_network_along(tiny, recorder, tmp_path):
    model = PConvUNet(trainer.ModelSpec(5, 2, "pyramid"))
    save_weights(tmp_path / "w.safetensors", model)
    options = tiny(init=str(tmp_path / "w.safetensors"), steps=1)
    train(options, recorder())
    assert load_weights(options.out / "weights.safetensors").spec == model.spec


def test_a_folder_that_holds_a_run_is_not_overwritten(tiny, recorder):
    train(tiny(steps=1), recorder())
    with pytest.raises(UsageError, match=r"holds a run; go on with --resume, or name another folder by --out"):
        train(tiny(steps=1), recorder())


def test_there_must_be_a_run_to_resume_and_it_must_be_whole(tiny, recorder):
    with pytest.raises(UsageError, match="no run to resume here"):
        train(tiny(), recorder(), resume=True)
    options = tiny(steps=1)
    train(options, recorder())
    whole = (options.out / "state.pt").read_bytes()
    (options.out / "state.pt").write_bytes(whole[:1000])
    with pytest.raises(ModelError, match=r"damaged; start from .*weights.safetensors by --init"):
        train(options, recorder(), resume=True)


def test_the_moving_average_forgets_its_start_and_then_keeps_its_decay():
    update = moving_average(0.9)
    average = torch.tensor(100.0)
    for count in range(1, 200):
        average = update(average, torch.tensor(1.0), count)
    assert average.item() == pytest.approx(1.0, abs=1e-4)
    assert update(torch.tensor(0.0), torch.tensor(1.0), 10_000).item() == pytest.approx(0.1)
    assert update(torch.tensor(3), torch.tensor(7), 5).item() == 7  # a count is taken over
