"""How the machine is set for the length of a training run, so that a step costs less; no figure hangs on it.

On a processor, the heap. A step takes and frees tensors of megabytes. glibc maps each of them from the system and
unmaps it again, and the system clears every page of it at its first touch: 10 to 19 % of a step's processor time,
measured. Kept on the heap, freed memory is what the next tensor takes.

On a GPU, cuDNN. All crops are of one size, so that trying its kernels out once pays at every step from then on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pconv_cli.heap import glibc

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4

# What glibc comes to by itself in a process that has freed large blocks; 65536 is its default.
_LARGEST_ON_HEAP = 32 << 20
_MOST_MAPPED = 65536


@contextmanager
def tuned(device: torch.device) -> Iterator[None]:
    """Train inside this block; afterwards all is as it was, as far as that can be."""
    if device.type == "cuda":
        before, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, True
        try:
            yield
        finally:
            torch.backends.cudnn.benchmark = before
        return
    libc = glibc() if device.type == "cpu" else None
    if libc is None:
        yield
        return
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, -1)  # nothing goes back to the system
    try:
        yield
    finally:
        libc.mallopt(_MMAP_MAX, _MOST_MAPPED)
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST_ON_HEAP)
        libc.mallopt(_TRIM_THRESHOLD, 2 * _LARGEST_ON_HEAP)
        libc.malloc_trim(0)
