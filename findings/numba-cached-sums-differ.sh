#!/usr/bin/env bash
# numba 0.68.1 with llvmlite 0.50.0, on x86-64 with AVX-512
# Input: a search for the nearest of 300 patches of noise, compiled with `cache=True` and `fastmath=True`; it calls a second
# compiled function, which sums squared differences. The same program runs three times.
# Expected: three times the same bytes. numba's notes on caching say that the compiled function is stored so that later runs need
# not compile it; `fastmath` leaves the order of sums to the compiler, which here compiles once.
# Happens: the run that compiles gives other last digits than all runs that load from the cache. The machine code in the cache is
# the same, but in the first run its calls reach the copy of the inner function that was compiled by itself and summed in another
# order. With `inline="always"` on the inner function all runs agree. A search that is decided by such sums picks other patches.
# Output seen on 2026-12-01 (the names of sums are hashes of their bytes):
#   never, run 1: 0c88b882, 0 from the cache
#   never, runs 2 and 3: 5b7e482f, 1 from the cache
#   always, run 1: 0c88b882, 0 from the cache
#   always, runs 2 and 3: 0c88b882, 1 from the cache
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6
cd "$work"
for inline in never always; do
    mkdir "$inline"
    cat > "$inline/loops.py" <<PY
import numpy as np
from numba import njit


@njit(fastmath=True, inline="$inline")
def difference(image, start, patch, features):
    total = np.float32(0)
    for row in range(7):
        line, first = np.float32(0), start + 1000 * row
        if features == 5:
            for k in range(40):
                apart = image[np.uint64(first + k)] - patch[np.uint64(40 * row + k)]
                line += apart * apart
        else:
            for k in range(8 * features):
                apart = image[np.uint64(first + k)] - patch[np.uint64(8 * features * row + k)]
                line += apart * apart
        total += line
    return total


@njit("void(f4[::1],i8,f4[::1])", cache=True, fastmath=True)
def search(image, features, found):
    patch = np.zeros(56 * features, np.float32)
    for one in range(len(found)):
        patch[:] = image[one : one + len(patch)]
        least = np.float32(3e38)
        for other in range(one + 1, len(found)):
            least = min(least, difference(image, other, patch, features))
        found[one] = least
PY
    cat > "$inline/run.py" <<'PY'
from hashlib import md5

import numpy as np
from loops import search

image, found = np.random.default_rng(0).random(8000).astype(np.float32), np.zeros(300, np.float32)
search(image, 5, found)
print(f"{md5(found.tobytes()).hexdigest()[:8]}, {sum(search.stats.cache_hits.values())} from the cache")
PY
    for number in 1 2 3; do
        (cd "$inline" && "$work/venv/bin/python" run.py) > "$inline/$number"
        echo "$inline, run $number: $(cat "$inline/$number")"
    done
done
sums() { cut -d, -f1 "$1"; }
[ "$(sums never/1)" != "$(sums never/2)" ] && [ "$(sums never/2)" = "$(sums never/3)" ] &&
    [ "$(sums always/1)" = "$(sums always/2)" ] || { echo "the behaviour has changed" >&2; exit 1; }
