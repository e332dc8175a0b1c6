"""Parts of a folder: nothing twice, nothing left out, and a GPU each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.errors import UsageError
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.shards import Shard, meet_others
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.classical import OpenCVBackend
from pconv_cli.methods.names import ON_DEVICE, Method
from pconv_cli.methods.protocol import Backend


@given(st.integers(0, 50), st.integers(1, 12))
def test_the_parts_are_all_of_it_and_no_two_share_an_item(items: int, count: int) -> None:
    parts = [Shard(index + 1, count).of(range(items)) for index in range(count)]
    assert sorted(item for part in parts for item in part) == list(range(items))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_parts_are_counted_from_one() -> None:
    assert Shard.parse(" 2/3 ") == Shard(2, 3)
    assert str(Shard(2, 3)) == "2/3"
    for text in ("0/3", "4/3", "1/0", "1", "a/b", "-1/3", "", f"1/{5000 * '9'}"):
        with pytest.raises(UsageError, match="`shard`"):
            Shard.parse(text)


def test_what_torchrun_says() -> None:
    ranks = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}
    assert Shard.of_environment(ranks) == Shard(6, 8, local=1)
    assert Shard.of_environment({**ranks, "RANK": "0", "WORLD_SIZE": "1"}) is None
    assert Shard.of_environment({"RANK": "5"}) is None
    with pytest.raises(UsageError, match="must be whole numbers; unset them"):
        Shard.of_environment({**ranks, "LOCAL_RANK": "gpu"})
    for rank in ("8", "-1"):
        with pytest.raises(UsageError, match=f"RANK {rank}: must be 0 to 7, since WORLD_SIZE is 8; unset both"):
            Shard.of_environment({**ranks, "RANK": rank})


def test_each_process_takes_the_gpu_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    shard = Shard(6, 8, local=5)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert shard.device("auto") == "auto"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert (shard.device("auto"), shard.device("cuda"), shard.device("cpu")) == ("cuda:1", "cuda:1", "cpu")
    assert shard.device("cuda:3") == "cuda:3"
    assert Shard(6, 8).device("auto") == "auto"  # a job array's own affair


@pytest.mark.parametrize("method", Method)
def test_every_method_that_can_runs_on_the_gpu_of_its_process(
    tmp_path: Path, put: Callable[..., Any], run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    asked = []

    def of(_: Backends, options: InpaintOptions) -> Backend:
        asked.append(options.own_device)
        return OpenCVBackend("telea", cv2.INPAINT_TELEA)

    monkeypatch.setattr(Backends, "of", of)
    monkeypatch.setattr(Shard, "device", lambda self, wanted: "cuda:1")
    put("a.png")
    run(tmp_path, method=method, shard=Shard(1, 1, local=1))
    assert set(asked) == {"cuda:1" if method in ON_DEVICE else "auto"}


def test_a_process_of_a_job_array_waits_for_nobody() -> None:
    meet_others({"RANK": "0", "WORLD_SIZE": "2"}, lambda: pytest.fail("nobody knows whether the others have ended"))
