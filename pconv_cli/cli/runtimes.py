"""How the libraries that compute are set up: what they keep and how their threads wait, unless the user has said so.

Nearly all of it is environment that they read at their first use, or when they are loaded.
"""

import os

from pconv_cli.heap import share_heap

# For each size of its input a convolution is prepared again, which takes some half a millisecond, and kept. oneDNN
# keeps 1,024, some 0.1 MiB each, and torch 1,024 of each kind described, some 0.04 MiB each. Images and holes of all
# sizes fill both up, and memory would follow the number of images. Fewer of the first were slower (see
# benchmarks/RESULTS.md); the second is of use only where the first has forgotten a convolution.
_KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "384", "LRU_CACHE_CAPACITY": "64"}

# Threads of OpenMP that wait for one another spin, by default for milliseconds. Where other processes want the same
# cores, a thread that spins takes them from the very thread that it waits for.
_SPINS = "GOMP_SPINCOUNT"

# A thousand turns take some microseconds: enough for threads that end a loop together, and nothing beside a time slice.
_FEW = "1000"

# By any of these a user says how OpenMP's threads wait.
_WAITING = ("OMP_WAIT_POLICY", _SPINS, "KMP_BLOCKTIME")

# NumPy's BLAS divides one product among threads that spin while they wait for one another: beside busy processes that
# costs ten times the product itself. The network without torch has threads of its own, each with its own products.
_ALONE = "OPENBLAS_NUM_THREADS"

# glibc gives each thread a heap of its own and keeps what is freed there, so that memory is up to a quarter more, and
# the system clears more pages. By either of these a user says how many heaps there are.
_HEAPS = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def prepare_runtimes() -> None:
    """Bound the caches and the waiting of libraries; to be called before torch is imported."""
    for variable, capacity in _KEPT.items():
        os.environ.setdefault(variable, capacity)
    if not any(variable in os.environ for variable in _WAITING):
        os.environ[_SPINS] = _FEW


def prepare_fills() -> None:
    """Have NumPy multiply in the thread that asks for it, and threads share a heap; before NumPy is imported."""
    os.environ.setdefault(_ALONE, "1")
    if not any(variable in os.environ for variable in _HEAPS):
        share_heap()
