"""Where the arithmetic runs, and in which precision."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from pconv_cli.errors import UsageError, option

Precision = Literal["auto", "float32", "bfloat16", "float16"]


def pick_device(name: str = "auto") -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps`` into a device.

    ``auto`` takes a CUDA device where there is one, then Apple's, then the processor.

    Raises:
        UsageError: No such device here.
    """
    if name == "auto":
        mps = torch.backends.mps.is_available()
        name = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    if name.partition(":")[0] not in ("cpu", "cuda", "mps"):
        raise UsageError(f"{option('device')} {name}: no such device; one of auto, cpu, cuda, cuda:1, mps")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(
            f"{option('device')} {name}: cannot be used here; try {option('device')} auto or cpu"
        ) from error
    if device.type == "cuda":
        _keep_float32()
    return device


def _keep_float32() -> None:
    """Let float32 be float32 on a GPU: left alone, cuDNN rounds what a convolution multiplies to 10 bits (TF32)."""
    with warnings.catch_warnings():  # newer releases of torch have another name for it, and do not let the two be mixed
        warnings.simplefilter("ignore")
        torch.backends.cudnn.allow_tf32 = False


def pick_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """Choose the dtype of the convolutions: ``auto`` is bfloat16 where the hardware multiplies it, else float32.

    Raises:
        UsageError: float16 on a processor, which trains and runs slower there than float32 and overflows.
    """
    if precision == "auto":
        if device.type == "cuda":
            # Of this device: torch's own question is about the current one. From compute capability 8 on, and on ROCm.
            multiplies_bf16 = torch.version.hip or torch.cuda.get_device_properties(device).major >= 8
            return torch.bfloat16 if multiplies_bf16 else torch.float32
        # A private name, which not every release of torch has to have; without it float32 is never wrong.
        multiplies = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        fast = device.type == "cpu" and multiplies is not None and multiplies()
        return torch.bfloat16 if fast else torch.float32
    if precision == "float16" and device.type == "cpu":
        raise UsageError(f"{option('precision')} float16 is for GPUs; use float32 or bfloat16 on a processor")
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]


@contextmanager
def autocast(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Run convolutions in ``dtype``; a no-op in float32."""
    with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
        yield
