"""Where `pconv_cli.core.device` would compute and in which precision, as far as that is certain without torch."""

import sys
from pathlib import Path

# Files by which Linux, and Windows' own Linux, show a GPU that torch may have a build for.
_GPUS = ("/dev/nvidiactl", "/dev/nvmap", "/dev/kfd", "/dev/dxg")

_PROCESSORS = Path("/proc/cpuinfo")


def is_on_the_processor(device: str) -> bool:
    """Say whether `pick_device` is sure to choose the processor.

    Args:
        device: ``auto``, ``cpu`` or another one.
    """
    return device == "cpu" or (device == "auto" and not _may_have_gpu())


def is_float32_on_the_processor(device: str, precision: str) -> bool:
    """Say whether `pick_device` and `pick_precision` are sure to choose the processor and float32.

    Args:
        device: ``auto``, ``cpu`` or another one.
        precision: ``auto``, ``float32`` or another one.
    """
    single = precision == "float32" or (precision == "auto" and not _may_multiply_bfloat16())
    return single and is_on_the_processor(device)


def _may_have_gpu() -> bool:
    return sys.platform != "linux" or any(Path(name).exists() for name in _GPUS)


def _may_multiply_bfloat16() -> bool:
    try:
        return "avx512_bf16" in _PROCESSORS.read_text()
    except OSError:  # no Linux, or none that says so
        return True
