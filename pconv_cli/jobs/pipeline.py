"""Read, fill and write, overlapped: while one image is filled, the next is read and the last one written.

What comes out does not depend on it: images are filled one by one in their order, by one thread. How many are in
memory at once is bounded, by their number and by their pixels; one larger than all the room goes through alone.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pconv_cli.cores import usable_cores

Item = TypeVar("Item")
Result = TypeVar("Result")

#: The way of one item: a generator of three legs with a ``yield`` between them, whose value is the result. The first
#: leg is done ahead, in a thread of its own; the second in the order of the items, by the thread that calls
#: `run_overlapped`; the third behind, in a thread of its own. Where an item is dropped, its generator is closed.
Road = Generator[None, None, Result]

#: Pixels that may be in memory at once; an image beyond that has the memory to itself.
ROOM = 128_000_000


@dataclass
class _Journey(Generic[Item, Result]):
    """An item on its way, the room it takes, and the leg under way."""

    item: Item
    size: int
    road: Road[Result]
    leg: "Future[Any]"


def helper_threads() -> int:
    """Return how many threads decode, and how many encode: one each, and more where cores are plenty."""
    return max(1, min(4, usable_cores() // 4))


def run_overlapped(
    items: Iterable[Item],
    road: Callable[[Item], Road[Result]],
    finish: Callable[[Item, Result | Exception], bool],
    *,
    size: Callable[[Item], int] = lambda _: 1,
    room: int = ROOM,
    helpers: int | None = None,
) -> None:
    """Send items along their road.

    At most ``helpers`` items are read ahead and as many wait to be written or are being written, so that with one
    that is being filled ``2 * helpers + 1`` are in memory. When ``finish`` asks for the end, or an exception passes
    through (Ctrl-C), what is being written is written first and handed to ``finish``; the rest is dropped.

    Args:
        items: What to work on.
        road: Begins the way of an item; an `Exception` on it is the item's result, and the others go on.
        finish: Called here with what came of an item, its result or its error; False ends the run.
        size: Gives the room that an item takes.
        room: The most that the sizes of the items in memory come to, unless there is only one.
        helpers: Threads for the first leg, and as many for the third; None: see `helper_threads`.
    """
    traffic = _Traffic(items, road, finish, size, room, helpers or helper_threads())
    with traffic.readers, traffic.writers:
        try:
            traffic.run()
        finally:
            traffic.end()


class _Traffic(Generic[Item, Result]):
    """The items on their roads; see `run_overlapped` for the arguments."""

    def __init__(
        self,
        items: Iterable[Item],
        road: Callable[[Item], Road[Result]],
        finish: Callable[[Item, Result | Exception], bool],
        size: Callable[[Item], int],
        room: int,
        helpers: int,
    ) -> None:
        self._road, self._finish, self._size, self._room, self._helpers = road, finish, size, room, helpers
        self.readers = ThreadPoolExecutor(helpers, thread_name_prefix="decode")
        self.writers = ThreadPoolExecutor(helpers, thread_name_prefix="encode")
        self._waiting = deque(items)
        self._reading: deque[_Journey[Item, Result]] = deque()
        self._writing: deque[_Journey[Item, Result]] = deque()
        self._held = 0  # room taken by the item that is being filled

    def run(self) -> None:
        """Send the items along, until the last one has arrived or `finish` asks for the end."""
        go_on = True
        while go_on:
            self._read_ahead()
            if self._reading:
                go_on = self._fill_next()
            elif self._writing:
                go_on = self._collect()
            else:
                return

    def end(self) -> None:
        """Drop what has not been filled; what is being written is written first."""
        for journey in (*self._reading, *self._writing):
            journey.leg.cancel()
        while self._writing:
            if self._writing[0].leg.cancelled():
                self._writing.popleft().road.close()
            else:
                self._collect()
        for journey in self._reading:
            if not journey.leg.cancelled():
                journey.leg.exception()  # waits for it
            journey.road.close()

    def _read_ahead(self) -> None:
        while self._waiting and len(self._reading) < self._helpers:
            needed = self._size(self._waiting[0])
            taken = self._held + sum(journey.size for journey in (*self._reading, *self._writing))
            if taken and taken + needed > self._room:
                return
            item = self._waiting.popleft()
            begun = self._road(item)
            self._reading.append(_Journey(item, needed, begun, self.readers.submit(next, begun)))

    def _fill_next(self) -> bool:
        """Fill the next item that is read, and hand it on to be written; say whether to go on."""
        journey = self._reading.popleft()
        self._held = max(1, journey.size)
        outcome = _outcome(journey.leg)
        self._read_ahead()
        if outcome is None:
            outcome = _attempt(journey.road)
        go_on = self._finish(journey.item, outcome) if isinstance(outcome, Exception) else self._write(journey)
        self._held = 0
        return go_on

    def _write(self, journey: _Journey[Item, Result]) -> bool:
        go_on = True
        while go_on and (len(self._writing) >= self._helpers or (self._writing and self._writing[0].leg.done())):
            go_on = self._collect()
        if go_on:
            journey.leg = Future()
            self._writing.append(journey)  # first, since a signal may come as soon as it is handed over
            self.writers.submit(_end, journey.road, journey.leg)
        else:
            journey.road.close()
        return go_on

    def _collect(self) -> bool:
        outcome = _outcome(self._writing[0].leg)
        return self._finish(self._writing.popleft().item, outcome)


def _outcome(leg: "Future[Any]") -> Any:
    """Return what came of a leg, or its error."""
    error = leg.exception()
    if error is None:
        return leg.result()
    if isinstance(error, Exception):
        return error
    raise error


def _attempt(road: Road[Any]) -> Exception | None:
    try:
        next(road)
    except Exception as error:
        return error
    return None


def _end(road: Road[Result], leg: "Future[Result]") -> None:
    """Go the last leg, unless it is cancelled, and hand over its result or its error."""
    if not leg.set_running_or_notify_cancel():
        return
    try:
        next(road)
        raise AssertionError("a road has three legs")
    except StopIteration as end:
        leg.set_result(end.value)
    except BaseException as error:
        leg.set_exception(error)
