"""How many convolutions are kept prepared, so that memory does not grow with the number of pictures.

For each size of its input a convolution is prepared anew (half a millisecond or so) and kept, by oneDNN and by torch,
which each keep 1,024 (some 0.15 MiB the two together). Pictures and holes of all sizes fill these caches up. A run
seldom comes back to most of what is in them, so that fewer are as fast.
"""

import os

# As many as the network comes to on some tens of pictures.
_KEPT = "512"

# oneDNN reads the first at its first use, torch the second when it is loaded.
_VARIABLES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")


def keep_fewer_convolutions() -> None:
    """Bound both caches, unless the user has; to be called before torch is imported."""
    for variable in _VARIABLES:
        os.environ.setdefault(variable, _KEPT)
