"""Parts of a folder for several processes: each finds out alone what is its own, and no two share an image."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pconv_cli.errors import UsageError, option

Item = TypeVar("Item")

# Seconds between two looks at whether the other processes have ended.
_POLL = 0.2


@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count``, counted from 1.

    Attributes:
        index: Which part, 1 to ``count``.
        count: How many parts there are.
        local: The number of this process on its machine, counted from 0, where torchrun has started it.

    Raises:
        UsageError: The index lies outside.
    """

    index: int
    count: int
    local: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise UsageError(f"{option('shard')} {self}: the first number must lie between 1 and the second")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``I/N``.

        Raises:
            UsageError: It is nothing of the kind, or I lies outside 1 to N.
        """
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())  # Python refuses to read thousands of digits
        if not found:
            raise UsageError(f"{option('shard')} {text}: give I/N, such as 1/4 for the first of four parts")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Return the part of a process that torchrun started (RANK, WORLD_SIZE, LOCAL_RANK), or None for any other.

        Raises:
            UsageError: The variables hold no numbers, or none that fit together.
        """
        if "RANK" not in environment or "WORLD_SIZE" not in environment:
            return None
        try:
            rank, count = int(environment["RANK"]), int(environment["WORLD_SIZE"])
            local = int(environment.get("LOCAL_RANK", "0"))
        except ValueError as error:
            raise UsageError("RANK, WORLD_SIZE and LOCAL_RANK must be whole numbers; unset them") from error
        if count > 1 and not 0 <= rank < count:
            raise UsageError(f"RANK {rank}: must be 0 to {count - 1}, since WORLD_SIZE is {count}; unset both")
        return cls(rank + 1, count, local) if count > 1 else None

    def of(self, items: Sequence[Item]) -> list[Item]:
        """Return this part of items: every ``count``-th, so that similar images, which stand together, are spread."""
        return list(items[self.index - 1 :: self.count])

    def device(self, wanted: str) -> str:
        """Return the device for this process: where several share a machine with GPUs, each gets its own in turn."""
        if self.local is None or wanted not in ("auto", "cuda"):
            return wanted
        import torch

        return f"cuda:{self.local % torch.cuda.device_count()}" if torch.cuda.is_available() else wanted


def meet_others(environment: Mapping[str, str], then: Callable[[], None]) -> None:
    """Under torchrun, wait until every process has come here, and have the first one do ``then`` before any goes on.

    A process that ended with a failure before the others would have torchrun stop them in the middle of their work.
    One that ends without coming here has torchrun stop those that wait. Elsewhere nothing happens: nobody reports to a
    process of a job array whether the others have ended.
    """
    if "TORCHELASTIC_RUN_ID" not in environment:
        return
    from torch.distributed.rendezvous import rendezvous

    try:
        store, rank, count = next(rendezvous("env://"))
        store.set(f"pconv-came-{rank}", "")
        _wait_for(store, [f"pconv-came-{other}" for other in range(count)])
        if rank == 0:
            then()
            store.set("pconv-done", "")
        _wait_for(store, ["pconv-done"])
    except RuntimeError:  # the process that holds the store has ended, as it does after the others have come
        return


def _wait_for(store: Any, keys: list[str]) -> None:
    while not store.check(keys):
        time.sleep(_POLL)  # and not store.wait, in which no signal is heard
