"""A pretended GPU."""

from contextlib import nullcontext

import pytest
import torch

from pconv_cli.core import graphs

from .pretended_cuda import Cuda, PretendedGraph, PretendedStream


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
