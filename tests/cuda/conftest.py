"""A GPU that is none: its tensors say that they lie on one, and hold their values on the processor.

What would fail on a GPU fails here too: tensors of two devices in one operation, NumPy without `cpu()`, and float64,
which Apple's have not. What makes the processor wait for it is noted with the line that asks.
"""

import traceback
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from pconv_cli.training.data.batches import TrainingBatches

CUDA = torch.device("cuda", 0)

_ATEN = torch.ops.aten
_LOOKS = (
    _ATEN._local_scalar_dense.default,
    _ATEN.item.default,  # this and the next in inference mode, which does not take them apart
    _ATEN.is_nonzero.default,
    _ATEN.equal.default,
    _ATEN.nonzero.default,
)
_NO_KERNEL = ("aten.empty", "aten.new_empty", "aten._unsafe_view", "aten._reshape_alias")


class Operation(NamedTuple):
    """A kernel on the GPU: its name, and the dtype and layout of its first tensor."""

    name: str
    dtype: torch.dtype
    last: bool
    groups: int


class OnCuda(torch.Tensor):
    """A tensor on the GPU; to the inside of torch it is one on "meta", since a build for processors knows no other."""

    device = CUDA
    is_cuda = True
    is_meta = False

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held):
        layout = {"strides": held.stride(), "storage_offset": held.storage_offset(), "dtype": held.dtype}
        return torch.Tensor._make_wrapper_subclass(cls, held.size(), device="meta", **layout)

    def __init__(self, held):
        self.held = held

    def __deepcopy__(self, memo):
        copy = OnCuda(self.held.detach().clone()).requires_grad_(self.requires_grad)
        copy._is_param = getattr(self, "_is_param", False)
        return copy

    def tolist(self):
        return self.cpu().tolist()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func}: outside of the pretended GPU")


class Gpu(TorchDispatchMode):
    """The GPU, and what happened on it.

    Attributes:
        operations: The kernels in their order.
        waits: Where the processor waited for it.
    """

    def __init__(self):
        super().__init__()
        self.operations: list[Operation] = []
        self.waits: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        ours = [tensor for tensor in tensors if isinstance(tensor, OnCuda)]
        target = kwargs.get("device")
        here = torch.device(target).type != "cpu" if target is not None else bool(ours)
        if func is _ATEN._to_copy.default:
            if bool(ours) != here and (ours or not kwargs.get("non_blocking")):
                self._wait("copy")
        elif func is _ATEN.copy_.default:
            here = isinstance(args[0], OnCuda)
            if len(ours) == 1 and (not here or not (len(args) > 2 and args[2])) and args[1].dim() > 0:
                self._wait("copy")
        elif func is _ATEN.index.Tensor and isinstance(args[0], OnCuda):  # places may come from the processor
            if len(ours) < len(tensors):
                self._wait("places")
        elif ours and any(not isinstance(tensor, OnCuda) and tensor.dim() > 0 for tensor in tensors):
            raise RuntimeError(f"{func}: expected all tensors to be on the same device")
        if func in _LOOKS and ours:
            self._wait(str(func))
        name = str(func)
        writes = [argument.alias_info for argument in func._schema.arguments if argument.alias_info is not None]
        is_view = any(not alias.is_write for alias in writes)
        if here and not is_view and not name.startswith(_NO_KERNEL):
            first = ours[0].held if ours else torch.empty(0)
            last = first.dim() == 4 and first.is_contiguous(memory_format=torch.channels_last)
            groups = args[8] if func is _ATEN.convolution.default else 1
            self.operations.append(Operation(name, first.dtype, last, groups))

        def plain(leaf):
            if isinstance(leaf, OnCuda):
                return leaf.held
            return torch.device("cpu") if isinstance(leaf, torch.device) else leaf

        result = func(*tree_map(plain, args), **tree_map(plain, kwargs))
        known = {id(tensor.held): tensor for tensor in ours}
        if not here:
            return result
        wide = any(isinstance(leaf, torch.Tensor) and leaf.dtype == torch.float64 for leaf in tree_leaves(result))
        if wide and not any(
            frame.name == "unscale_" for frame in traceback.extract_stack()
        ):  # torch's own, on CUDA alone
            raise TypeError(f"{func}: no float64 on this device")

        def placed(leaf):
            if not isinstance(leaf, torch.Tensor):
                return leaf
            return known[id(leaf)] if id(leaf) in known else OnCuda(leaf)

        return tree_map(placed, result)

    def _wait(self, how):
        frames = [frame for frame in traceback.extract_stack() if "/pconv_cli/" in frame.filename]
        self.waits[f"{Path(frames[-1].filename).name}:{frames[-1].name} ({how})" if frames else how] += 1


def _no_graph():
    raise RuntimeError("nothing can be captured on a pretended GPU")


@pytest.fixture
def gpu(monkeypatch):
    """A machine with a GPU; all is done in one thread."""
    monkeypatch.setattr(torch.cuda, "_lazy_init", lambda: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(major=9))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.zeros(16, dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", _no_graph)
    make = torch.tensor

    def tensor(values, device=None, **given):
        return make(values, **given) if device is None else make(values, **given).to(device)

    monkeypatch.setattr(torch, "tensor", tensor)  # torch's own goes to the device past every mode

    def one_by_one(batches, numbers, workers):
        yield from map(batches._prepared, numbers)

    monkeypatch.setattr(TrainingBatches, "ahead", one_by_one)
    before = torch.__future__.get_overwrite_module_params_on_conversion(), torch.backends.cudnn.allow_tf32
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    with Gpu() as mode:
        yield mode
    torch.__future__.set_overwrite_module_params_on_conversion(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]
