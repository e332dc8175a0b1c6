"""CUDA graphs: when one is captured and when not, and that results are the same either way.

Without a GPU the graph is pretended: what is done while it is captured is written down, and replaying it does that
again in the same memory. What would wait for the GPU fails while it is captured, as on a real one.
"""

from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pconv_cli.core import ModelSpec, PConvUNet, graphs
from pconv_cli.core.device import pick_device
from pconv_cli.core.graphs import Graphs
from pconv_cli.core.networks.pconv.engine import Engine
from pconv_cli.core.pyramid import fill_pyramid

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


@pytest.fixture
def cuda(monkeypatch):
    pretended = Cuda()
    monkeypatch.setattr(torch.cuda, "CUDAGraph", PretendedGraph)
    monkeypatch.setattr(torch.cuda, "Stream", PretendedStream)
    monkeypatch.setattr(torch.cuda, "current_stream", PretendedStream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "graph", pretended.graph)
    monkeypatch.setattr(graphs, "_broken", [])
    return pretended


class Counted:
    """Twice a tensor, and how often that was computed by this function and not by a graph."""

    def __init__(self):
        self.runs = 0

    def __call__(self, x):
        self.runs += 1
        return 2 * x


def test_a_shape_is_captured_at_its_second_call_and_replayed_from_then_on(cuda):
    function = Counted()
    doubled = Graphs(function)
    results = []
    for value in range(5):
        results.append(doubled(torch.full((3,), float(value))))
        assert len(cuda.pools) == (value > 0)
    assert function.runs == 3  # at once; to warm up and to be captured
    assert [result.tolist() for result in results] == [[2.0 * value] * 3 for value in range(5)]


def test_type_and_shape_have_graphs_of_their_own_in_one_pool(cuda):
    doubled = Graphs(Counted())
    for x in (torch.ones(3), torch.ones(4), torch.ones(3).double()):
        for _ in range(3):
            assert torch.equal(doubled(x), 2 * x)
            assert doubled(x).dtype == x.dtype
    assert len(cuda.pools) == 3
    assert cuda.pools[0] is None
    assert cuda.pools[1] is cuda.pools[2] is not None


def test_the_graph_used_least_lately_gives_way_to_a_shape_that_is_called_often(cuda, monkeypatch):
    monkeypatch.setattr(graphs, "_MOST", 2)
    function = Counted()
    doubled = Graphs(function)

    def call(length, times):
        for _ in range(times):
            doubled(torch.ones(length))

    call(1, 2)
    call(2, 2)
    call(1, 1)  # so that 2 is the one used least lately
    call(3, graphs._CALLS_WHEN_FULL)
    assert len(cuda.pools) == 2
    call(3, 1)
    assert len(cuda.pools) == 3
    runs = function.runs
    call(1, 1)
    call(3, 1)
    assert function.runs == runs
    call(2, 1)
    assert function.runs == runs + 1
    assert len(cuda.pools) == 3


def test_a_few_calls_of_many_shapes_are_forgotten(cuda, monkeypatch):
    monkeypatch.setattr(graphs, "_REMEMBERED", 3)
    doubled = Graphs(Counted())
    for length in (1, 2, 3, 4, 1):
        doubled(torch.ones(length))
    assert not cuda.pools
    doubled(torch.ones(4))
    assert len(cuda.pools) == 1


def test_where_there_is_no_memory_for_its_capture_a_shape_is_computed_at_once_from_then_on(cuda):
    cuda.failures.append(torch.cuda.OutOfMemoryError("CUDA out of memory"))
    doubled = Graphs(Counted())
    for value in range(4):
        assert doubled(torch.tensor([float(value)])).tolist() == [2.0 * value]
    assert len(cuda.pools) == 1
    for value in range(4):
        assert doubled(torch.tensor([float(value)] * 2)).tolist() == [2.0 * value] * 2
    assert len(cuda.pools) == 2  # another shape is not struck
    assert not graphs._broken


def test_after_a_capture_that_broke_off_nothing_is_captured_any_more(cuda):
    cuda.failures.append(RuntimeError("operation failed due to a previous error during capture"))
    doubled = Graphs(Counted())
    for length in (1, 2):
        for value in range(4):
            assert doubled(torch.full((length,), float(value))).tolist() == [2.0 * value] * length
    assert len(cuda.pools) == 1
    assert len(graphs._broken) == 1


def test_where_memory_runs_out_graphs_give_theirs_back(cuda):
    doubled = Graphs(Counted())
    for _ in range(2):
        doubled(torch.ones(1))
    tries = []

    def greedy():
        tries.append(len(doubled._graphs))
        if doubled._graphs:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return torch.ones(1)

    assert doubled.beside(greedy).tolist() == [1.0]
    assert tries == [1, 0]
    for _ in range(3):
        assert doubled(torch.ones(1)).tolist() == [2.0]
    assert len(cuda.pools) == 1

    def hopeless():
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.cuda.OutOfMemoryError):
        doubled.beside(hopeless)


def test_where_there_is_no_memory_for_a_replay_the_function_is_run_without_graphs(cuda, monkeypatch):
    doubled = Graphs(Counted())
    for _ in range(2):
        doubled(torch.ones(1))

    def greedy(graph):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(PretendedGraph, "replay", greedy)
    assert doubled(torch.full((1,), 3.0)).tolist() == [6.0]
    assert not doubled._graphs


def test_an_error_of_the_function_itself_is_raised(cuda):
    def failing(x):
        raise RuntimeError("wrong")

    wrong = Graphs(failing)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="wrong"):
            wrong(torch.ones(1))


SPECS = [
    ModelSpec(width=6, depth=3, base="pyramid"),
    ModelSpec(width=6, depth=4),
    ModelSpec(width=4, depth=3, values="imagenet", head="sigmoid"),
]
KINDS = ("box", "none", "all", "noise")


def damaged(kind, size, device="cpu"):
    generator = torch.Generator().manual_seed(KINDS.index(kind))
    x, mask = torch.rand(2, 3, *size, generator=generator), torch.ones(2, 1, *size)
    if kind == "box":
        mask[0, :, 9:30, 4:20] = mask[1, :, 2:9] = 0
    elif kind == "all":
        mask.zero_()
    elif kind == "noise":
        mask = (torch.rand(2, 1, *size, generator=generator) > 0.5).float()
    return x.to(device), mask.to(device)


def assert_the_network_at_each_call(engine, model, size):
    for kind in KINDS:
        x, mask = damaged(kind, size, engine.device)
        with torch.no_grad():
            expected = model(x, mask).output
        scale = max(1.0, expected.abs().max().item())
        assert (engine(x, mask) - expected).abs().max().item() <= 1e-4 * scale
        filled = engine.fill(torch.where(mask > 0, x, float("nan")), mask)
        assert (filled - torch.where(mask > 0, x, expected)).abs().max().item() <= 1e-4 * scale


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("size", [(48, 40), (37, 51)])
def test_an_engine_that_replays_equals_the_network(cuda, monkeypatch, spec, size):
    monkeypatch.setattr("pconv_cli.core.networks.pconv.kernels._packs", lambda _: False)
    torch.manual_seed(0)
    model = PConvUNet(spec).eval()
    engine = Engine(model)
    assert engine._graphs is None  # on a processor
    engine._fill_base = fill_pyramid  # as on CUDA
    engine._graphs = Graphs(engine._run_blindly)
    assert_the_network_at_each_call(engine, model, size)
    assert len(cuda.pools) == 1
    assert engine._graphs._graphs


def test_large_images_are_not_captured(cuda, monkeypatch):
    monkeypatch.setattr("pconv_cli.core.networks.pconv.engine._MOST_GRAPHED", 2 * 48 * 40 - 1)
    model = PConvUNet(SPECS[1]).eval()
    engine = Engine(model)
    engine._graphs = Graphs(engine._run_blindly)
    assert_the_network_at_each_call(engine, model, (48, 40))
    assert not cuda.pools
    assert_the_network_at_each_call(engine, model, (48, 32))
    assert len(cuda.pools) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="a real GPU is needed")
@pytest.mark.parametrize("spec", SPECS)
def test_on_a_real_gpu_an_engine_that_replays_equals_the_network(spec):
    torch.manual_seed(0)
    device = pick_device("cuda")
    model = PConvUNet(spec).eval().to(device)
    engine = Engine(model)
    for size in ((64, 96), (37, 51)):
        assert_the_network_at_each_call(engine, model, size)
    assert len(engine._graphs._graphs) == 2
    x, mask = damaged("box", (64, 96), device)
    first = engine(x, mask)
    before = first.clone()
    engine(1 - x, mask)
    assert torch.equal(first, before)
