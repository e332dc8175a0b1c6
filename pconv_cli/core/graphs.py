"""CUDA graphs: what a function does on a GPU is captured for a shape of its inputs, and replayed at later calls.

The processor takes longer to launch a small kernel than the GPU to run it; a graph launches all of them at once.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

import torch
from torch import Tensor

from pconv_cli.errors import is_out_of_memory

# The number of graphs that are kept; each has memory of its own for its inputs and its result.
_MOST = 8

# The number of calls of a shape before its capture, which costs more than a call saves: one where there is room for
# another graph. Where there is none, more: a few shapes too many by turns would be captured again and again.
_CALLS = 1
_CALLS_WHEN_FULL = 16

# The number of shapes of which it is known how often they were called.
_REMEMBERED = 256

# In a process only one graph may be captured at a time; inputs, replay and result of a call belong together, too.
_one_at_a_time = RLock()

# Graphs whose capture was broken off. torch's allocator goes on asking such a one what belongs to it.
_broken: list[torch.cuda.CUDAGraph] = []

_Shapes = tuple[Any, ...]


class ReplayedFunction:
    """A function, replayed where a call has shapes that were met before.

    Shapes that are new or that cannot be captured are computed by the function itself, so that the result never depends
    on what was called before. Calls may come from several threads, but have to be of one stream.

    Args:
        function: From tensors on one GPU to a tensor. What it launches must not depend on what they hold, and it must
            not wait for the GPU.
    """

    def __init__(self, function: Callable[..., Tensor]) -> None:
        self._function = function
        self._graphs: OrderedDict[_Shapes, _CapturedGraph] = OrderedDict()
        self._calls: OrderedDict[_Shapes, float] = OrderedDict()
        self._stream: torch.cuda.Stream | None = None
        self._wanted = True

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Return what the function gives, in memory of its own."""
        # Inference mode: memory that is written at each call may not be of that mode at one call and not at another.
        with _one_at_a_time, torch.inference_mode():
            return self.beside(lambda: self._result(inputs))

    def beside(self, run: Callable[[], Tensor]) -> Tensor:
        """Run something. Where memory runs out, graphs give theirs back for good, and it is run again."""
        try:
            return run()
        except RuntimeError as error:
            if not (self._graphs and is_out_of_memory(error)):
                raise
        self._give_up()  # outside of the except clause, which keeps the attempt's memory alive
        return run()

    def _result(self, inputs: Sequence[Tensor]) -> Tensor:
        graph = self._graph(inputs)
        return self._function(*inputs) if graph is None else graph(inputs)

    def _graph(self, inputs: Sequence[Tensor]) -> "_CapturedGraph | None":
        """The graph of such inputs, captured now if it is time; None: there is none."""
        shapes = tuple((tensor.shape, tensor.dtype, tensor.device) for tensor in inputs)
        if shapes in self._graphs:
            self._graphs.move_to_end(shapes)
            return self._graphs[shapes]
        if not self._wanted:
            return None
        calls = self._calls.pop(shapes, 0)
        if calls < (_CALLS if len(self._graphs) < _MOST else _CALLS_WHEN_FULL):
            self._note(shapes, calls + 1)
            return None
        if len(self._graphs) >= _MOST:
            self._graphs.popitem(last=False)
        try:
            self._graphs[shapes] = self._captured(inputs)
        except RuntimeError as error:
            self._note(shapes, -math.inf)
            if not is_out_of_memory(error):
                self._give_up()  # it would be the same with any other shape
        return self._graphs.get(shapes)

    def _captured(self, inputs: Sequence[Tensor]) -> "_CapturedGraph":
        # All have the memory of their passing values in common, since a result is copied before the next replay. It
        # goes with the last graph, and so it is asked of one.
        pool = next(iter(self._graphs.values())).graph.pool() if self._graphs else None
        graph = torch.cuda.CUDAGraph()
        self._stream = self._stream or torch.cuda.Stream(inputs[0].device)  # type: ignore[no-untyped-call]
        return _CapturedGraph(graph, self._function, inputs, self._stream, pool)

    def _note(self, shapes: _Shapes, calls: float) -> None:
        self._calls[shapes] = calls
        if len(self._calls) > _REMEMBERED:
            self._calls.popitem(last=False)

    def _give_up(self) -> None:
        with _one_at_a_time:
            self._wanted = False
            self._graphs.clear()


class _CapturedGraph:
    """A function as captured, and the memory that its inputs and its result have at every replay."""

    def __init__(
        self,
        graph: torch.cuda.CUDAGraph,
        function: Callable[..., Tensor],
        inputs: Sequence[Tensor],
        stream: torch.cuda.Stream,
        pool: Any,
    ) -> None:
        self.graph = graph
        self._inputs = [tensor.clone() for tensor in inputs]
        stream.wait_stream(torch.cuda.current_stream(inputs[0].device))
        with torch.cuda.stream(stream):  # whatever happens inside, the stream of before comes back
            function(*self._inputs)  # libraries get ready for this stream
            try:
                with torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
                    self._output = function(*self._inputs)
            except RuntimeError as error:
                if not is_out_of_memory(error):  # that one ends in order
                    _broken.append(graph)
                raise
        torch.cuda.current_stream(inputs[0].device).wait_stream(stream)

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        for held, given in zip(self._inputs, inputs, strict=True):
            held.copy_(given)
        self.graph.replay()
        return self._output.clone()
