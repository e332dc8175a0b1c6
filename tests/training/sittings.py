"""Runs in two sittings, held against the same runs in one."""

import os
import signal

import pytest
import torch

from pconv_cli.errors import Interrupted
from pconv_cli.training.trainer import resume, train


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def state_of(folder):
    """What a run saved, without what no two runs have in common."""
    state = torch.load(folder / "state.pt", weights_only=True)
    return {name: value for name, value in state.items() if name not in ("seconds", "spent", "options")}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def trained_in_one_and_two_sittings(options, recorder, folder, stop_at):
    """Train at once, and with a stop after some steps, and see that losses and states are the same bit for bit.

    ``options`` makes a run's options from its folder. Returned are what the single run reported and what it saved.
    """
    whole, first, second = recorder(), recorder(stop_at, interrupt), recorder()
    train(options(folder / "whole"), whole)
    with pytest.raises(Interrupted):
        train(options(folder / "parts"), first)
    torch.manual_seed(99)  # whatever another program has drawn in between
    resume(folder / "parts", observer=second)
    assert second.first[0] == stop_at
    assert first.losses + second.losses == whole.losses
    saved = state_of(folder / "whole")
    assert same(saved, state_of(folder / "parts"))
    return whole, saved
