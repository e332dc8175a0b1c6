"""Two processes of torchrun on the processor are one run: the same figures, one voice, and no process left waiting."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pconv_cli.errors import UsageError
from pconv_cli.training.devices.distributed import _own_device, team
from pconv_cli.training.trainer import train

from .pairs import run_two

# What each of two processes runs, one scenario after the other, each with a port of its own to meet at.
SCRIPT = """
from pconv_cli.core.losses import InpaintingLoss, Loss
from pconv_cli.errors import PconvError
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.presets import Preset
from pconv_cli.training.trainer import train

def run(scenario):
    options = {**given, "data": Path(given["data"]), "out": Path(given["out"]) / scenario}
    if scenario == "lacking" and os.environ["RANK"] == "1":
        options["data"] = Path("nowhere")
    observer, how = Losses(), "done"
    try:
        train(resolve_options(Preset.PAPER, options), observer)
    except PconvError as error:
        how = str(error)
    except SystemExit as end:
        how = end.code
    return {"losses": observer.losses, "how": how}

reported = {}
for scenario in ("lacking", "plain", "frozen", "broken"):
    meet()
    if scenario == "frozen":
        usual = torch.nn.BatchNorm2d.train
        torch.nn.BatchNorm2d.train = lambda self, mode=True: torch.nn.Module.train(self, False)
    if scenario == "broken":
        torch.nn.BatchNorm2d.train = usual
        real, calls = InpaintingLoss.forward, []
        def breaks(self, *tensors, **named):
            calls.append(1)
            loss = real(self, *tensors, **named)
            bad = len(calls) == 3 and os.environ["RANK"] == "1"
            return Loss(loss.total * float("nan"), loss.terms) if bad else loss
        InpaintingLoss.forward = breaks
    reported[scenario] = run(scenario)
"""


@pytest.fixture(scope="module")
def two(images, tmp_path_factory):
    """The options and what both processes reported of the four scenarios."""
    out = tmp_path_factory.mktemp("two")
    given = {"data": str(images), "out": str(out), "width": 4, "depth": 3, "crop": 32, "batch": 2, "steps": 5}
    given |= {"finetune_steps": 0, "validation": 0.2, "perceptual_weight": 0.0, "style_weight": 0.0}
    given |= {"precision": "float32", "device": "cpu", "clip": 1.0, "mask_kind": "randomwalk"}
    return out, run_two(SCRIPT, given, 4, out)


def weights(folder):
    state = torch.load(folder / "state.pt", weights_only=True)["model"]
    return {name: value for name, value in state.items() if "running" not in name and "batches" not in name}


def same(a, b):
    return all(torch.allclose(a[name], b[name], rtol=1e-4, atol=1e-5) for name in a)


def test_two_processes_are_one_that_accumulates_two_batches(two, tiny, recorder):
    """Each process normalises by its own images, as each accumulated batch is normalised by its own."""
    out, (leader, follower) = two
    observer = recorder()
    options = tiny(accumulate=2, clip=1.0, steps=5)
    train(options, observer)
    assert leader["plain"]["losses"] == pytest.approx(observer.losses, rel=1e-5)
    assert same(weights(out / "plain"), weights(options.out))
    assert (leader["plain"]["how"], follower["plain"]["how"]) == ("done", "done")
    assert follower["plain"]["losses"] == []  # one voice


def test_two_processes_are_one_with_the_double_batch(two, tiny, recorder, monkeypatch):
    """With BatchNorm's statistics fixed, without which there is no equality: they are each process's own."""
    out, (leader, _) = two
    monkeypatch.setattr(torch.nn.BatchNorm2d, "train", lambda self, mode=True: torch.nn.Module.train(self, False))
    observer = recorder()
    options = tiny(batch=4, clip=1.0, steps=5)
    train(options, observer)
    assert leader["frozen"]["losses"] == pytest.approx(observer.losses, rel=1e-5)
    assert same(weights(out / "frozen"), weights(options.out))


def test_what_one_process_lacks_is_reported_once_by_the_leader(two):
    out, (leader, follower) = two
    assert leader["lacking"]["how"].startswith("nowhere: ")
    assert follower["lacking"]["how"] == 2
    assert not (out / "lacking" / "state.pt").exists()


def test_a_loss_not_finite_in_one_process_stops_both(two):
    out, (leader, follower) = two
    assert "the loss is nan at step 3" in leader["broken"]["how"]
    assert follower["broken"]["how"] == 5
    assert len(leader["broken"]["losses"]) == 2
    state = torch.load(out / "broken" / "state.pt", weights_only=True)
    assert state["processes"] == 2
    assert all(torch.isfinite(t).all() for t in state["model"].values())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers in /proc")
def test_a_killed_worker_ends_the_run_and_resume_goes_on(images, tmp_path):
    """As users type it: torchrun, a worker killed, torchrun with --resume, Ctrl-C."""
    out = tmp_path / "run"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    run = [*torchrun, "-m", "pconv_cli", "train", str(images), "--out", str(out)]
    options = "--width 4 --depth 3 --crop 32 --batch 2 --steps 200000 --finetune-steps 0 --save-every 5"
    options += " --device cpu --no-perceptual"

    def steps_done():
        lines = (out / "metrics.jsonl").read_text().splitlines() if (out / "metrics.jsonl").exists() else []
        return json.loads(lines[-1])["step"] if lines else 0

    def wait_for(step, process):
        deadline = time.monotonic() + 100
        while steps_done() < step:
            assert time.monotonic() < deadline, f"no step {step} yet"
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)

    process = subprocess.Popen([*run, *options.split()], stderr=subprocess.PIPE, text=True)
    wait_for(10, process)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[-1]), signal.SIGKILL)
    _, words = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "another process of this run is gone; the last saved state holds" in words
    assert words.count("steps 1 to 200000 of 4 images") == 1
    before = torch.load(out / "state.pt", weights_only=True)["step"]
    assert before % 5 == 0

    process = subprocess.Popen([*run, "--resume"], stderr=subprocess.PIPE, text=True)
    wait_for(before + 10, process)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode != 0
    assert f"steps {before + 1} to" in words
    assert words.count("state saved after step") == 1
    assert "go on with: torchrun --nproc-per-node 2 -m pconv_cli train" in words
    assert torch.load(out / "state.pt", weights_only=True)["step"] > before


def test_sigterm_is_ignored_while_processes_part_and_means_what_it_did_after(monkeypatch):
    meant = []
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setattr("torch.distributed.init_process_group", lambda *_, **__: None)
    monkeypatch.setattr(
        "torch.distributed.destroy_process_group", lambda: meant.append(signal.getsignal(signal.SIGTERM))
    )
    before = signal.getsignal(signal.SIGTERM)
    with team("cpu"):
        pass
    assert meant == [signal.SIG_IGN]
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_does_not_fit_several_processes(tiny, monkeypatch):
    with pytest.raises(UsageError, match="`sync_batch_norm` does nothing in one process"):
        train(tiny(sync_batch_norm=True))
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    with (
        pytest.raises(UsageError, match="`device` cuda:0: under torchrun every process has a GPU of its own"),
        team("cuda:0"),
    ):
        pass
    monkeypatch.delenv("RANK")
    for wrong in ({}, {"RANK": "a"}, {"RANK": "0", "LOCAL_RANK": "a"}):
        for name, value in wrong.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(UsageError, match="RANK must be whole numbers, as torchrun makes them; unset"), team("cpu"):
            pass


def test_a_process_opens_its_own_gpu_and_no_other(monkeypatch):
    opened = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda rank: opened.append(rank))
    monkeypatch.setattr(torch, "empty", lambda *size, device: opened.append(torch.device(device).index))
    assert _own_device("auto", 1) == torch.device("cuda", 1)
    assert opened == [1, 1]
    with pytest.raises(UsageError, match="more processes than the 2 GPUs here; take 2"):
        _own_device("cuda", 2)
