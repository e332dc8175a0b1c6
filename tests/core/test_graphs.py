"""CUDA graphs: when one is captured and when not, and what happens where memory runs out."""

import pytest
import torch

from pconv_cli.core import graphs
from pconv_cli.core.graphs import ReplayedFunction

from .pretended_cuda import PretendedGraph


class Counted:
    """Twice a tensor, and how often that was computed by this function and not by a graph."""

    def __init__(self):
        self.runs = 0

    def __call__(self, x):
        self.runs += 1
        return 2 * x


def test_a_shape_is_captured_at_its_second_call_and_replayed_from_then_on(cuda):
    function = Counted()
    doubled = ReplayedFunction(function)
    results = []
    for value in range(5):
        results.append(doubled(torch.full((3,), float(value))))
        assert len(cuda.pools) == (value > 0)
    assert function.runs == 3  # at once; to warm up and to be captured
    assert [result.tolist() for result in results] == [[2.0 * value] * 3 for value in range(5)]


def test_type_and_shape_have_graphs_of_their_own_in_one_pool(cuda):
    doubled = ReplayedFunction(Counted())
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
    doubled = ReplayedFunction(function)

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
    doubled = ReplayedFunction(Counted())
    for length in (1, 2, 3, 4, 1):
        doubled(torch.ones(length))
    assert not cuda.pools
    doubled(torch.ones(4))
    assert len(cuda.pools) == 1


def test_where_there_is_no_memory_for_its_capture_a_shape_is_computed_at_once_from_then_on(cuda):
    cuda.failures.append(torch.cuda.OutOfMemoryError("CUDA out of memory"))
    doubled = ReplayedFunction(Counted())
    for value in range(4):
        assert doubled(torch.tensor([float(value)])).tolist() == [2.0 * value]
    assert len(cuda.pools) == 1
    for value in range(4):
        assert doubled(torch.tensor([float(value)] * 2)).tolist() == [2.0 * value] * 2
    assert len(cuda.pools) == 2  # another shape is not struck
    assert not graphs._broken


def test_after_a_capture_that_broke_off_nothing_is_captured_any_more(cuda):
    cuda.failures.append(RuntimeError("operation failed due to a previous error during capture"))
    doubled = ReplayedFunction(Counted())
    for length in (1, 2):
        for value in range(4):
            assert doubled(torch.full((length,), float(value))).tolist() == [2.0 * value] * length
    assert len(cuda.pools) == 1
    assert len(graphs._broken) == 1


def test_where_memory_runs_out_graphs_give_theirs_back(cuda):
    doubled = ReplayedFunction(Counted())
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
    doubled = ReplayedFunction(Counted())
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

    wrong = ReplayedFunction(failing)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="wrong"):
            wrong(torch.ones(1))
