"""How far an image is, in windows; what counts them and what shows it need not know each other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

#: Takes a stage, how many of its windows are done (the one under way by its parts), and how many there are.
Listener = Callable[[str, float, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Hand what the block counts, in the same thread, to a listener; to none with None."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Counted:
    """How far an image is, as the sum of its windows, of which several may be under way in threads of their own.

    A single window is not counted: what it counts itself is the image's count.

    Args:
        stage: What is done to the windows.
        total: How many there are.
    """

    def __init__(self, stage: str, total: int) -> None:
        self._stage, self._parts, self._lock = stage, [0.0] * total, Lock()
        count(stage, 0, total)

    @contextmanager
    def window(self, number: int) -> Iterator[None]:
        """Have what the block counts, in the same thread, move a window on; it never falls back."""
        outer = _listener.get()
        if outer is None or len(self._parts) == 1:
            yield
            return
        with listening(lambda _, part, parts: self._move(number, part / parts, outer)):
            yield

    def done(self, number: int) -> None:
        """Count a window as done."""
        outer = _listener.get()
        if outer is not None and len(self._parts) > 1:
            self._move(number, 1.0, outer)

    def _move(self, number: int, part: float, outer: Listener) -> None:
        with self._lock:  # reports in the order of their sums
            self._parts[number] = max(self._parts[number], part)
            outer(self._stage, sum(self._parts), len(self._parts))


def count(stage: str, done: int, total: int) -> None:
    """Report how many of a stage's windows are done; a single window is not reported."""
    listener = _listener.get()
    if listener is not None and total > 1:
        listener(stage, done, total)
