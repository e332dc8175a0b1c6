"""How many convolutions are kept prepared: few enough that memory does not follow the number of images.

For each size of its input a convolution is prepared again, which takes some half a millisecond, and kept. oneDNN keeps
1,024, some 0.1 MiB each, and torch 1,024 of each kind described, some 0.04 MiB each. Images and holes of all sizes
fill both up.
"""

import os

# oneDNN reads its own at its first use, torch when it is loaded. Fewer of the first were slower (see
# benchmarks/RESULTS.md); the second is of use only where the first has forgotten a convolution.
_KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "384", "LRU_CACHE_CAPACITY": "64"}


def keep_fewer_convolutions() -> None:
    """Bound both caches, unless the user has; to be called before torch is imported."""
    for variable, capacity in _KEPT.items():
        os.environ.setdefault(variable, capacity)
