"""The compiled engine equals the network; what is compiled is kept; what fails is one line."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.compiling import compile_errors_reported, keep_compiled
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.errors import UsageError

needs_a_compiler = pytest.mark.skipif(shutil.which(os.environ.get("CXX", "g++")) is None, reason="no C++ compiler")


@needs_a_compiler
# Of torch.compile, whatever it finds to say of itself, but for what it always says when it imports parts of its own.
@pytest.mark.filterwarnings("default", "ignore:`torch.jit.script_method` is:DeprecationWarning")
def test_the_compiled_engine_equals_the_network():
    """Kernels compiled for one size serve others: the first images are of two sides, as the backend's probe is."""
    from torch._inductor import config as inductor

    torch.manual_seed(0)
    model = PConvUNet(ModelSpec(width=4, depth=2, base="pyramid")).eval()
    engine = PConvEngine(model, compile=True)
    one_process = inductor.patch(compile_threads=1)  # a pool of processes, each of which loads torch, takes longer
    with one_process, torch.inference_mode():
        for batch, height, width in ((1, 64, 96), (1, 128, 64), (3, 33, 70), (2, 64, 64)):
            x, mask = torch.rand(batch, 3, height, width), torch.ones(batch, 1, height, width)
            mask[:, :, 5:25, 16:40] = 0
            expected = torch.where(mask > 0, x, model(x, mask).output)
            assert (engine.fill(x, mask) - expected).abs().max() <= 1e-4


def test_what_is_compiled_is_kept_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keep_compiled()
    assert Path(os.environ["TORCHINDUCTOR_CACHE_DIR"]) == tmp_path / "pconv" / "compiled"


def test_a_cache_that_the_user_has_chosen_stays(monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/elsewhere")
    keep_compiled()
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "/elsewhere"


def test_what_cannot_be_compiled_is_one_line():
    def fails(graph, inputs):
        raise RuntimeError("no C++ compiler\nand what follows")

    add = torch.compile(torch.add, backend=fails)
    said = r"^`compile`: torch.compile fails here \(no C\+\+ compiler\); leave it out$"
    with pytest.raises(UsageError, match=said), compile_errors_reported(True, "leave it out"):
        add(torch.ones(2), torch.ones(2))
    with pytest.raises(ZeroDivisionError), compile_errors_reported(True, "leave it out"):
        raise ZeroDivisionError
