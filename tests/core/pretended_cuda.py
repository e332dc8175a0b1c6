"""CUDA graphs pretended, so that tests need no GPU.

What is done while a graph is captured is written down, and replaying it does that again in the same memory. What would
wait for the GPU fails while it is captured, as on a real one.
"""

from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_ATEN = torch.ops.aten
_WAITING = (
    _ATEN._local_scalar_dense.default,
    _ATEN.item.default,
    _ATEN.is_nonzero.default,
    _ATEN.equal.default,
    _ATEN.nonzero.default,
)


class Written(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in _WAITING:
            raise RuntimeError("operation not permitted when stream is capturing")
        result = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, result))
        return result


class PretendedGraph:
    made = 0

    def __init__(self):
        self.operations = []
        self.taken = None
        type(self).made += 1

    def pool(self):
        return self.taken

    def replay(self):
        for func, args, kwargs, result in self.operations:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class PretendedStream:
    def __init__(self, device=None):
        pass

    def wait_stream(self, other):
        assert isinstance(other, PretendedStream)


class Cuda:
    """What was captured: the pool of each graph; and what the next captures fail with."""

    def __init__(self):
        self.pools = []
        self.failures = []

    @contextmanager
    def graph(self, graph, pool, stream, capture_error_mode):
        assert capture_error_mode == "thread_local"
        self.pools.append(pool)
        graph.taken = pool or object()
        with Written() as written:
            yield
            if self.failures:
                raise self.failures.pop()
        graph.operations = written.operations
