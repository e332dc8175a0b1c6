"""Read, fill and write, overlapped: while one picture is filled, the next is decoded and the last one encoded.

What comes out does not depend on it: pictures are filled one by one in their order, by one thread. How many are in
memory at once is bounded, by their number and by their pixels; one larger than all the room goes through alone.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pconv_cli.cores import usable_cores

Item = TypeVar("Item")
Decoded = TypeVar("Decoded")
Filled = TypeVar("Filled")
Result = TypeVar("Result")

#: Pixels that may be in memory at once; a picture beyond that has the memory to itself.
ROOM = 128_000_000


@dataclass(frozen=True)
class Stages(Generic[Item, Decoded, Filled, Result]):
    """What is done to each item, and by whom.

    Attributes:
        size: How much room an item takes; called here before it is decoded.
        decode: Done ahead, in a thread of its own.
        infer: Done here, in the order of the items.
        encode: Done behind, in a thread of its own.
        finish: Called here with what came of an item, its result or its error; False ends the run.
    """

    size: Callable[[Item], int]
    decode: Callable[[Item], Decoded]
    infer: Callable[[Item, Decoded], Filled]
    encode: Callable[[Item, Filled], Result]
    finish: Callable[[Item, Result | Exception], bool]


@dataclass
class _Flight(Generic[Item]):
    """An item on its way, the room it takes, and what is being made of it."""

    item: Item
    size: int
    future: Future[Any]


def helper_threads() -> int:
    """How many threads decode, and how many encode: one each, and more where cores are plenty."""
    return max(1, min(4, usable_cores() // 4))


def run_overlapped(
    items: Iterable[Item],
    stages: Stages[Item, Decoded, Filled, Result],
    *,
    room: int = ROOM,
    helpers: int | None = None,
) -> None:
    """Send items through the stages.

    At most ``helpers`` items are decoded ahead and as many wait to be written or are being written, so that with one
    that is being filled ``2 * helpers + 1`` are in memory. When ``finish`` asks for the end, or an exception
    passes through (Ctrl-C), what is being written is written first and told to ``finish``; the rest is dropped.

    Args:
        items: What to work on.
        stages: What to do; an `Exception` of a stage is the item's result, and the others go on.
        room: The most that the sizes of the items in memory come to, unless there is only one.
        helpers: Threads for decoding, and as many for encoding; None: see `helper_threads`.
    """
    helpers = helpers or helper_threads()
    waiting = deque(items)
    decoding: deque[_Flight[Item]] = deque()
    encoding: deque[_Flight[Item]] = deque()
    held = 0  # room taken by the item that is being filled

    def read_ahead() -> None:
        while waiting and len(decoding) < helpers:
            size = stages.size(waiting[0])
            taken = held + sum(flight.size for flight in (*decoding, *encoding))
            if taken and taken + size > room:
                return
            item = waiting.popleft()
            decoding.append(_Flight(item, size, decoders.submit(stages.decode, item)))

    def collect() -> bool:
        outcome = _outcome(encoding[0].future)
        return stages.finish(encoding.popleft().item, outcome)

    with (
        ThreadPoolExecutor(helpers, thread_name_prefix="decode") as decoders,
        ThreadPoolExecutor(helpers, thread_name_prefix="encode") as encoders,
    ):
        go_on = True
        try:
            while go_on:
                read_ahead()
                if not decoding:
                    if not encoding:
                        break
                    go_on = collect()
                    continue
                flight = decoding.popleft()
                held = max(1, flight.size)
                outcome = _outcome(flight.future)
                read_ahead()
                if not isinstance(outcome, Exception):
                    outcome = _attempt(stages.infer, flight.item, outcome)
                if isinstance(outcome, Exception):
                    go_on = stages.finish(flight.item, outcome)
                else:
                    while go_on and (len(encoding) >= helpers or (encoding and encoding[0].future.done())):
                        go_on = collect()
                    if go_on:
                        future = encoders.submit(stages.encode, flight.item, outcome)
                        encoding.append(_Flight(flight.item, flight.size, future))
                del flight, outcome  # what they hold is large, and the next one is waited for above
                held = 0
        finally:
            for flights in (decoding, encoding):
                for one in flights:
                    one.future.cancel()
            while encoding:
                if encoding[0].future.cancelled():
                    encoding.popleft()
                else:
                    collect()


def _outcome(future: "Future[Any]") -> Any:
    """What a thread made of its item, or its error."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, Exception):
        return error
    raise error


def _attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return error
