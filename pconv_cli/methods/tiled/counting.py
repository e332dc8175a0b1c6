"""How far an image is, in windows; what counts them and what shows it need not know each other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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


@contextmanager
def within(done: int, total: int) -> Iterator[None]:
    """Have what the block counts move the window after ``done`` of ``total`` on; of a single one it is the count."""
    outer = _listener.get()
    if outer is None or total == 1:
        yield
        return
    with listening(lambda stage, part, parts: outer(stage, done + part / parts, total)):
        yield


def count(stage: str, done: int, total: int) -> None:
    """Report how many of a stage's windows are done; a single window is not reported."""
    listener = _listener.get()
    if listener is not None and total > 1:
        listener(stage, done, total)
