"""What a run refuses, and what it leaves when something goes wrong."""

import json
import math
import re
import shutil

import numpy as np
import pytest
import torch

from pconv_cli import load_weights
from pconv_cli.core.losses import InpaintingLoss, Loss
from pconv_cli.errors import DivergedError, ModelError, NothingToDo, OutputError, UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.training.learner import Learner
from pconv_cli.training.records import record
from pconv_cli.training.state import MetricsLog
from pconv_cli.training.trainer import resume, train


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_without_vgg_nothing_is_dropped_silently(tiny, recorder, tmp_path, monkeypatch):
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for weights in ({"perceptual_weight": 0.05}, {"style_weight": 120.0}):
        with pytest.raises(ModelError, match=r"fetch-vgg.*`perceptual_weight=0, style_weight=0`"):
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
    with pytest.raises(ModelError, match=r"the loss is nan at step 5; .* holds the last state.* `learning_rate`$"):
        train(options, recorder())
    state = torch.load(options.out / "state.pt", weights_only=True)
    assert state["step"] == 4
    assert all(torch.isfinite(t).all() for t in state["model"].values())


@pytest.mark.parametrize(("every", "step"), [(1000, 3), (2, 2)])  # at the end; on the way
def test_held_out_images_whose_loss_is_not_finite_stop_the_run(tiny, recorder, monkeypatch, every, step):
    """The last step of a rate that is far too high leaves weights that are finite, and overflow."""
    real = Learner.learn

    def explodes(self, batches, spent):
        result = real(self, batches, spent)
        if self.step == step:
            with torch.no_grad():
                for average in self.averaged.parameters():
                    average.fill_(1e30)
        return result

    monkeypatch.setattr(Learner, "learn", explodes)
    options, observer = tiny(steps=3, save_every=1, validate_every=every), recorder()
    words = (
        f"the loss of the held-out images is not finite after step {step}; {options.out} holds the last state and "
        "weights saved before; start from those by `init` with a lower `learning_rate`"
    )
    with pytest.raises(DivergedError, match=f"^{re.escape(words)}$"):
        train(options, observer)
    assert not math.isfinite(observer.validations[-1][1]["loss"])
    assert torch.load(options.out / "state.pt", weights_only=True)["step"] == step - 1
    assert max(p.abs().max() for p in load_weights(options.out / "weights.safetensors").parameters()) < 1e3


def test_weights_that_are_no_longer_finite_leave_the_last_sound_state(tiny, monkeypatch):
    """A gradient overflows in a step whose loss was finite still, and which saves."""
    real = Learner.learn

    def overflows(self, batches, spent):
        result = real(self, batches, spent)
        if self.step == 4:
            network = self.recipe.network
            with torch.no_grad():
                network.encoder[0].conv.weight.fill_(float("nan"))
            self.average.update_parameters(network)
        return result

    monkeypatch.setattr(Learner, "learn", overflows)
    options = tiny(save_every=2)
    with pytest.raises(ModelError, match="holds values that are not finite"):
        train(options)
    state = torch.load(options.out / "state.pt", weights_only=True)
    assert state["step"] == 2
    assert all(torch.isfinite(t).all() for t in state["model"].values())
    assert load_weights(options.out / "weights.safetensors").spec.width == 4


def test_a_folder_that_holds_a_run_is_not_overwritten(tiny, recorder):
    train(tiny(steps=1), recorder())
    with pytest.raises(UsageError, match=r"holds state.pt; go on with `resume`, or name another folder by `out`"):
        train(tiny(steps=1), recorder())


def test_a_run_among_its_images_is_refused(tiny, images):
    with pytest.raises(UsageError, match="where its samples would be trained on; choose a folder"):
        train(tiny(out=images / "run"))
    assert not (images / "run").exists()


def test_the_images_are_not_their_masks(tiny, images):
    for masks in (images, images / "masks"):
        with pytest.raises(UsageError, match="where its masks would be trained on"):
            train(tiny(masks=masks))


def test_a_run_that_cannot_begin_leaves_nothing(tiny, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in "abc":
        (data / f"{name}.png").write_bytes(b"no image")
    with pytest.raises(NothingToDo, match="no image can be learnt from"):
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


def test_files_that_cannot_be_read_are_named_and_others_take_their_place(tiny, recorder, tmp_path, images):
    data, masks = tmp_path / "data", tmp_path / "masks"
    shutil.copytree(images, data)
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


def test_one_image_a_step_needs_more_than_one_value_a_channel(tiny):
    with pytest.raises(UsageError, match=r"`batch` 1 with `crop` 16: .* take 2 images or more, or crops above 16"):
        train(tiny(batch=1, crop=16, depth=4))
    train(tiny(batch=1, crop=16, depth=3, steps=1))


def test_a_disk_that_fills_up_is_said(tiny, monkeypatch):
    def full(*_):
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match=r"state\.pt: cannot be written"):
        train(tiny())


def test_what_is_only_looked_at_ends_no_run(tiny, recorder, monkeypatch):
    def full(place, *_):
        raise OutputError(f"{place}: cannot be written (no space left on device)")

    monkeypatch.setattr(record, "write_rgb", full)
    monkeypatch.setattr(record, "draw_curves", full)
    options, observer = tiny(validate_every=3, sample_every=3), recorder()
    assert train(options, observer).steps == 6
    assert torch.load(options.out / "state.pt", weights_only=True)["step"] == 6
    assert sum("step_0000003.png: cannot be written" in words for words in observer.warnings) == 1
    assert all(words.endswith("the run goes on without it") for words in observer.warnings)


@pytest.mark.usefixtures("curves")
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
