"""Where the time of a run goes, and how much memory it took at most."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import perf_counter
from typing import Any

#: The stages of a run. ``infer`` is the method itself; ``plan`` finds out where it has to run and ``blend`` puts
#: together what it gave. ``judge`` makes maps of confidence; the method's part in them is ``infer``. ``decode``, this
#: and ``encode`` go on beside the others, so that the sum may exceed the time.
STAGES = ("decode", "plan", "infer", "blend", "judge", "encode")

_current: ContextVar["Stopwatch | None"] = ContextVar("stopwatch", default=None)


class Stopwatch:
    """Adds up seconds by stage, from any thread; a stage within a stage counts as itself alone.

    Attributes:
        seconds: By stage, those of all threads.
        in_method: Seconds in which at least one thread was in ``infer``.
    """

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.in_method = 0.0
        self._lock = threading.Lock()
        self._inner = threading.local()  # the stage under way and the seconds of those within it, by thread
        self._filling, self._since = 0, 0.0  # threads in ``infer``, and since when they are as many

    @contextmanager
    def measure(self, stage: str | None) -> Iterator[None]:
        """Add the time of the block to a stage, or to none; `measured` in it, in the same thread, finds this one."""
        outer = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        token = _current.set(self)
        before = self._turn_to(stage)
        started = perf_counter()
        try:
            yield
        finally:
            elapsed = perf_counter() - started
            self._turn_to(before)
            _current.reset(token)
            if stage is not None:
                with self._lock:
                    self.seconds[stage] += elapsed - self._inner.seconds
            self._inner.seconds = outer + elapsed

    def _turn_to(self, stage: str | None) -> str | None:
        """Have this thread be in another stage, and give the one that it was in."""
        before: str | None = getattr(self._inner, "stage", None)
        self._inner.stage = stage
        with self._lock:
            now = perf_counter()
            if self._filling:
                self.in_method += now - self._since
            self._filling += (stage == "infer") - (before == "infer")
            self._since = now
        return before


@contextmanager
def measured(stage: str | None) -> Iterator[None]:
    """Add the time of the block to a stage of the run that is being measured, if one is; None: to no stage."""
    stopwatch = _current.get()
    if stopwatch is None:
        yield
    else:
        with stopwatch.measure(stage):
            yield


def profile_of(stopwatch: Stopwatch, wall: float) -> dict[str, Any]:
    """Return the profile of a run.

    Args:
        stopwatch: Its times.
        wall: Seconds from the first image's decoding to the last one's writing.

    Returns:
        ``seconds`` by stage, ``wall``, ``model_share`` (the part of it in which the method itself ran, in any thread),
        ``peak_memory`` of this process in bytes (None where the system does not report it) and ``peak_gpu_memory``
        (None without a GPU).
    """
    return {
        "seconds": {stage: round(seconds, 3) for stage, seconds in stopwatch.seconds.items()},
        "wall": round(wall, 3),
        "model_share": round(min(1.0, stopwatch.in_method / wall), 4) if wall else 0.0,
        "peak_memory": peak_memory(),
        "peak_gpu_memory": _peak_gpu_memory(),
    }


def peak_memory() -> int | None:
    """Return the peak resident memory of this process in bytes, or None where the system does not report it."""
    try:  # Linux counts in getrusage what the process was that started this one, and here it does not
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _peak_gpu_memory() -> int | None:
    torch = sys.modules.get("torch")  # not imported: nothing of it ran
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_allocated())
