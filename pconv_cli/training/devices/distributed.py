"""Several processes as one run: started by torchrun, each computes its slice of every step.

What people read comes from the first process alone, the leader: the others end in silence with the same exit code.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from pconv_cli.core.device import pick_device
from pconv_cli.errors import PconvError, UsageError, option

Result = TypeVar("Result")

# How long a process waits for the others, who may be waiting for the leader's validation.
PATIENCE = timedelta(minutes=30)

# Seconds in which the backend's threads give back what they hold.
_MOMENT = 0.2


@dataclass(frozen=True)
class Team:
    """The processes of a run, as one of them sees them; one alone where torchrun did not start it.

    Attributes:
        device: Where this process computes.
        rank: Its number, from 0.
        size: How many there are.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes, validates, and talks to people."""
        return self.rank == 0

    def mean(self, values: Tensor) -> Tensor:
        """Average a tensor on `device` over the processes; where it is not finite in one, it is so in all.

        Raises:
            PconvError: Another process is gone.
        """
        if self.size > 1:
            with lost_peers_reported():
                dist.all_reduce(values)
            values /= self.size
        return values

    def any(self, flag: bool) -> bool:
        """Say whether a flag is set in any of the processes."""
        return flag if self.size == 1 else self.mean(torch.tensor(float(flag), device=self.device)).item() > 0

    def gather(self, value: Any) -> list[Any]:
        """Return every process's value, in the order of their ranks."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        with lost_peers_reported():
            dist.all_gather_object(values, value)
        return values

    def together(self, do: Callable[[], Result]) -> Result:
        """Do what may fail in any process; where it failed in one, it fails in all, with the reason reported once."""
        result, error = None, None
        try:
            result = do()
        except PconvError as failure:
            error = failure
        reasons = self.gather(None if error is None else (type(error), str(error)))
        reason = next((reason for reason in reasons if reason is not None), None)
        if reason is not None:
            kind, words = reason
            self.end(error if self.size == 1 and error is not None else kind(words))
        return result  # type: ignore[return-value]

    def end(self, error: PconvError) -> NoReturn:
        """End the run in all processes, each of which calls this: the leader raises, the others leave in silence."""
        if not self.leads:
            raise SystemExit(error.exit_code)
        raise error


def is_leader() -> bool:
    """Say whether people read what this process says: not so in the second and later ones of torchrun."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def team(device: str) -> Iterator[Team]:
    """Join the processes that torchrun started together with this one, by its environment variables.

    Args:
        device: As `pconv_cli.core.device.pick_device` takes it; ``auto`` and ``cuda`` become this process's own GPU.

    Raises:
        UsageError: More processes than GPUs, one GPU named for all, variables that torchrun has not set so, or the
            others cannot be reached.
    """
    try:
        size = int(os.environ.get("WORLD_SIZE", "1"))
        rank = int(os.environ["RANK"]) if size > 1 else 0
        local = int(os.environ.get("LOCAL_RANK", rank)) if size > 1 else 0
    except (KeyError, ValueError) as error:
        words = "WORLD_SIZE, RANK and LOCAL_RANK must be whole numbers, as torchrun makes them; unset them"
        raise UsageError(words) from error
    if size == 1:
        yield Team(pick_device(device))
        return
    own = _own_device(device, local)
    try:
        dist.init_process_group("nccl" if own.type == "cuda" else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"torchrun's other processes cannot be reached ({_first_line(error)}); start again") from error
    try:
        yield Team(own, rank, size)
    finally:
        with _sigterm_ignored():  # torchrun ends all as soon as one has gone
            # It waits for gloo's threads without letting go of the interpreter; one of them that is still to give back
            # a tensor waits for the interpreter, and so both would for ever (pytorch/pytorch issue 56297).
            time.sleep(_MOMENT)
            dist.destroy_process_group()


@contextmanager
def _sigterm_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # which alone may say so
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _own_device(name: str, local_rank: int) -> torch.device:
    if name.startswith("cuda:"):
        raise UsageError(
            f"{option('device')} {name}: under torchrun every process has a GPU of its own; leave {option('device')} "
            "out"
        )
    if name not in ("auto", "cuda") or not torch.cuda.is_available():
        device = pick_device(name)
        return torch.device("cpu") if device.type == "mps" else device  # nothing connects processes on Apple's GPU
    count = torch.cuda.device_count()
    if local_rank >= count:
        raise UsageError(f"torchrun starts more processes than the {count} GPUs here; take {count}")
    torch.cuda.set_device(local_rank)  # before anything is asked of a GPU, or each process would open the first one too
    return pick_device(f"cuda:{local_rank}")


@contextmanager
def lost_peers_reported() -> Iterator[None]:
    """Turn what the backends raise when another process is gone into one line.

    Raises:
        PconvError: Another process is gone.
    """
    try:
        yield
    except RuntimeError as error:
        words = str(error).lower()
        gone = isinstance(error, dist.DistError) or "gloo" in words or "nccl" in words or "connection" in words
        if not gone or not dist.is_initialized():
            raise
        raise PconvError(
            "another process of this run is gone; the last saved state holds: go on with the same torchrun command "
            f"and {option('resume')} ({_first_line(error)})"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
