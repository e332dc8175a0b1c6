"""Who prepares batches: processes give what threads give."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from multiprocessing import active_children

import cv2
import numpy as np
import pytest
import torch

from pconv_cli.errors import NothingToDo, PconvError, UsageError
from pconv_cli.training.data.device_batches import DeviceMasks
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.data.training_data import TrainingData, pick_loader
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.trainer import resume, train

from .loaded import CPU, same


def test_processes_give_the_bits_of_threads_and_say_what_they_cannot_read(tiny, tmp_path, images):
    data = tmp_path / "data"
    data.mkdir()
    for path in sorted(images.iterdir())[:4]:
        (data / path.name).write_bytes(path.read_bytes())
    (data / "bad.png").write_bytes(b"no image")
    reported = {}
    for loader in ("threads", "processes"):
        warnings = []
        options = tiny(data=data, loader=loader, workers=1, validation=0.0, batch=3, mask_bank=4)
        run_data = TrainingData(options, Team(CPU), warnings.append)
        with closing(run_data.ahead(range(1, 8, 2))) as batches:
            reported[loader] = list(batches), warnings, run_data.unreadable()
    assert len(reported["threads"][0]) == 4
    assert all(same(a, b) for a, b in zip(reported["threads"][0], reported["processes"][0], strict=True))
    assert reported["threads"][1:] == reported["processes"][1:]
    assert len(reported["processes"][1]) == 1
    assert "bad.png" in reported["processes"][1][0]


def wait_for_no_process():
    deadline = time.monotonic() + 20
    while active_children():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_processes_hear_no_sigterm_and_end_with_the_batches(tiny, monkeypatch):
    """A signal to the whole group is the run's affair, which still needs batches until it has saved."""
    run_data = TrainingData(tiny(loader="processes", workers=1, mask_bank=4), Team(CPU), print)
    batches = run_data.ahead(range(9))

    def sent_as_soon_as_it_starts():
        deadline = time.monotonic() + 60
        while not (started := active_children()) and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(started[0].pid, signal.SIGTERM)

    sender = threading.Thread(target=sent_as_soon_as_it_starts, daemon=True)
    sender.start()
    next(batches)
    sender.join()
    (worker,) = active_children()
    os.kill(worker.pid, signal.SIGTERM)
    for _ in range(7):
        next(batches)

    held = []

    def interrupted(loader):
        held.append(loader)  # as a traceback does
        raise KeyboardInterrupt

    monkeypatch.setattr("torch.utils.data.dataloader._BaseDataLoaderIter.__next__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(batches)
    wait_for_no_process()


def test_an_error_of_a_process_is_reported_as_it_is(tiny, tmp_path, images):
    data = tmp_path / "data"
    data.mkdir()
    image = next(images.iterdir())
    (data / "a.png").write_bytes(image.read_bytes())
    run_data = TrainingData(
        tiny(data=data, loader="processes", workers=1, validation=0.0, mask_bank=4), Team(CPU), print
    )
    (data / "a.png").unlink()
    with pytest.raises(NothingToDo, match=r"^no image can be learnt from; the first: .*a\.png: cannot be opened.*$"):
        next(run_data.ahead(range(3)))
    wait_for_no_process()


def test_masks_drawn_by_processes_are_those_drawn_one_by_one():
    choices = [DeviceMasks(MaskSource(40, bank=6), CPU, 40).choose(np.random.default_rng(n)) for n in range(12)]
    one_by_one, at_once = (DeviceMasks(MaskSource(40, bank=6), CPU, 40) for _ in range(2))
    for number in range(12):
        one_by_one.choose(np.random.default_rng(number))
    at_once.draw(2)
    assert torch.equal(at_once.taken(choices), one_by_one.taken(choices))


@pytest.mark.parametrize(("steps", "machine", "drawn"), [(3, 4, [2]), (3, 64, [4]), (1, 4, [])])
def test_a_run_that_wants_all_masks_has_them_drawn_before_by_its_cores(tiny, monkeypatch, steps, machine, drawn):
    asked = []
    monkeypatch.setattr(DeviceMasks, "draw", lambda self, processes: asked.append(processes))
    monkeypatch.setattr("pconv_cli.training.data.training_data.usable_cores", lambda: 4)
    monkeypatch.setattr(os, "cpu_count", lambda: machine)  # on a larger one each of two processes is bound to 4 cores
    options = tiny(loader="device", workers=8, batch=2, mask_bank=4)
    run_data = TrainingData(options, Team(CPU, size=2), print)
    with closing(run_data.ahead(range(0, 2 * steps, 2))) as batches:
        assert len(list(batches)) == steps
    assert asked == drawn


def test_where_the_processes_that_draw_masks_are_ended_the_run_goes_on(tiny, monkeypatch):
    options = tiny(loader="device", workers=2, batch=2, mask_bank=4)
    monkeypatch.setattr("pconv_cli.training.data.training_data.usable_cores", lambda: 1)
    with closing(TrainingData(options, Team(CPU), print).ahead(range(3))) as batches:
        wanted = list(batches)

    def ended(work, jobs, workers, take):
        take(jobs[0], work(jobs[0]))
        broken_off.append(workers)
        raise PconvError("one of the processes was ended from outside")

    broken_off = []
    monkeypatch.setattr("pconv_cli.training.data.device_batches.each", ended)
    monkeypatch.setattr("pconv_cli.training.data.training_data.usable_cores", lambda: 2)
    with closing(TrainingData(options, Team(CPU), print).ahead(range(3))) as batches:
        assert all(same(a, b) for a, b in zip(batches, wanted, strict=True))
    assert broken_off == [2]


def test_a_process_that_draws_masks_does_not_import_torch():
    code = "import sys, pconv_cli.training.data.masks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_accumulated_batches_are_one_step_over_as_many_images(tiny, recorder, tmp_path, monkeypatch):
    """With BatchNorm's statistics fixed, two batches of two are one of four; and --accumulate stands in the card."""
    monkeypatch.setattr(torch.nn.BatchNorm2d, "train", lambda self, mode=True: torch.nn.Module.train(self, False))
    one, two = recorder(), recorder()
    train(tiny(batch=4, out=tmp_path / "one", steps=3), one)
    report = train(tiny(batch=2, accumulate=2, out=tmp_path / "two", steps=3), two)
    assert two.losses == pytest.approx(one.losses, rel=1e-5)
    assert report.images == 12
    with pytest.raises(UsageError, match=r"with 4 images a step; here are 2: 1 x `accumulate` 1 x `batch` 2"):
        resume(tmp_path / "two", {"accumulate": 1})


def test_who_prepares_batches_by_default(tiny, tmp_path):
    assert pick_loader(tiny(), Team(CPU)) == "threads"
    assert pick_loader(tiny(), Team(torch.device("cuda", 0))) == "device"
    damaged = replace(tiny(), damage=tmp_path)
    assert pick_loader(damaged, Team(torch.device("cuda", 0))) == "threads"
    with pytest.raises(UsageError, match="`loader` device does not know `damage`"):
        pick_loader(replace(damaged, loader="device"), Team(CPU))


@pytest.mark.usefixtures("curves")
def test_curves_and_tensorboard_show_the_figures_of_the_run(tiny, monkeypatch):
    from pconv_cli.training.records.curves import draw_curves, read_series

    options = tiny(steps=20, validate_every=10, sample_every=20, tensorboard=True)
    train(options)
    series = read_series(options.out)
    assert [step for step, _ in series["loss"]] == [10, 20]
    assert [step for step, _ in series["validation_psnr"]] == [10, 20]
    drawn = cv2.imread(str(options.out / "curves.png"))
    assert drawn.shape[1] > 1000
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 50  # lines in several colours

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(options.out / "tensorboard")).Reload()
    shown = {event.step: event.value for event in board.Scalars("training/loss")}
    assert shown == pytest.approx(dict(series["loss"]))
    assert board.Images("samples")[0].step == 20
    (options.out / "metrics.jsonl").write_text(json.dumps({"step": 10, "loss": 1.0}) + "\n")
    assert draw_curves(options.out) is None  # one point is not a curve


def test_tensorboard_that_is_not_there_is_named(tiny, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    options = tiny(tensorboard=True)
    with pytest.raises(UsageError, match=r"pip install 'pconv-cli\[tensorboard\]'"):
        train(options)
    assert not options.out.exists()
