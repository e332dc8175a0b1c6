"""Where and in which precision: what is picked, and what is refused."""

from types import SimpleNamespace

import pytest
import torch

from pconv_cli.core.device import pick_device, pick_precision
from pconv_cli.errors import UsageError

CPU = torch.device("cpu")


@pytest.mark.parametrize(("multiplies", "wanted"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_is_bfloat16_where_the_processor_multiplies_it(monkeypatch, multiplies, wanted):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: multiplies, raising=False)
    assert pick_precision("auto", CPU) == wanted


def test_auto_is_float32_where_torch_cannot_tell(monkeypatch):
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert pick_precision("auto", CPU) == torch.float32


def test_what_is_named_is_taken_and_what_is_not_there_is_refused():
    assert pick_precision("bfloat16", CPU) == torch.bfloat16
    assert pick_device("cpu") == CPU
    with pytest.raises(UsageError, match="float16 is for GPUs"):
        pick_precision("float16", CPU)
    for name, words in (("meta", "no such device"), ("gpu", "no such device"), ("cuda:99", "cannot be used here")):
        with pytest.raises(UsageError, match=f"`device` {name}: {words}"):
            pick_device(name)


def test_auto_asks_the_gpu_that_computes(monkeypatch):
    majors = [7, 8]
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(major=majors[device.index]))
    assert pick_precision("auto", torch.device("cuda", 0)) == torch.float32
    assert pick_precision("auto", torch.device("cuda", 1)) == torch.bfloat16
