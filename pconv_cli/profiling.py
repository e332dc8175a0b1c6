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
    """Adds up seconds by stage, from any thread; a stage within a stage counts as itself alone."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._lock = threading.Lock()
        self._inner = threading.local()  # seconds of the stages within the one under way, by thread

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to a stage; `measured` in it, in the same thread, finds this stopwatch."""
        outer = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        token = _current.set(self)
        started = perf_counter()
        try:
            yield
        finally:
            elapsed = perf_counter() - started
            _current.reset(token)
            with self._lock:
                self.seconds[stage] += elapsed - self._inner.seconds
            self._inner.seconds = outer + elapsed


@contextmanager
def measured(stage: str) -> Iterator[None]:
    """Add the time of the block to a stage of the run that is being measured, if one is."""
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
        ``seconds`` by stage, ``wall``, ``model_share`` (the part of it in which the method itself ran),
        ``peak_memory`` of this process in bytes (None where the system does not report it) and ``peak_gpu_memory``
        (None without a GPU).
    """
    return {
        "seconds": {stage: round(seconds, 3) for stage, seconds in stopwatch.seconds.items()},
        "wall": round(wall, 3),
        "model_share": round(stopwatch.seconds["infer"] / wall, 4) if wall else 0.0,
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
