"""Whole command lines for a shell: the one that repeats a run, in the card of its weights, and that which resumes it.

A command line is written in flags, whoever reads it.
"""

import shlex
from dataclasses import fields
from pathlib import Path

from pconv_cli.files.finding.find import real
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.presets import PAPERS, Paper
from pconv_cli.training.resolving import ADVERSARIAL_OPTIONS, CHANGEABLE, IDLE

# Options that are given pair by pair.
_PAIRS = {"loss_weights": "--loss-weight", "network_options": "--network-option"}

# Those whose flags are not spelled like their fields.
_OTHERS = {"mask_kind": "--mask-type", "polarity": "--mask-polarity"}


def command_line(options: TrainOptions) -> str:
    """Write the command that repeats a run; folders and files by their names alone, since their paths are private."""
    words = ["pconv", "train", real(options.data).name]
    idle = {name for names, other, value in IDLE if _beside(getattr(options, other), value) for name in names}
    paper = PAPERS.get(options.network, Paper()).options  # with those that a network's own discriminator takes
    idle |= set(ADVERSARIAL_OPTIONS) - paper.keys() if options.adversarial == "none" else set()
    for field in fields(TrainOptions):
        value = getattr(options, field.name)
        default = paper.get(field.name, field.default)
        usual = value == default and field.name != "steps"  # whose default hangs on the phases, and the preset
        if usual or field.name in idle or field.name in CHANGEABLE - {"accumulate", "damage"}:
            continue
        if value is True:
            words.append(_flag(field.name))
            continue
        if field.name in _PAIRS:
            shown_as = {name: each if isinstance(each, str) else repr(each) for name, each in value}
            words += [word for name, each in shown_as.items() for word in (_PAIRS[field.name], f"{name}={each}")]
            continue
        shown = Path(value).name if field.name in ("masks", "damage", "init") else value
        words += [_flag(field.name), str(shown)]
    return shlex.join(words)


def resume_command(options: TrainOptions, processes: int) -> str:
    """Write the command that goes on with a run, by torchrun where it has several processes."""
    command = shlex.join(["pconv", "train", str(options.data), "--out", str(options.out), "--resume"])
    if processes == 1:
        return command
    return f"torchrun --nproc-per-node {processes} -m pconv_cli{command.removeprefix('pconv')}"


def _beside(given: object, value: object) -> bool:
    """Say whether an option is what leaves others nothing to say; see `IDLE`."""
    return given is not None if value is ... else given == value


def _flag(name: str) -> str:
    return _OTHERS.get(name, f"--{name.replace('_', '-')}")
