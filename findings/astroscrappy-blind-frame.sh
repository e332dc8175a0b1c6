#!/usr/bin/env bash
# astroscrappy 1.3.0 (detect_cosmics) and, for comparison, lacosmic 1.4.0 (remove_cosmics)
# Input: a flat scan of 100 with slight noise and bright specks of 2100, one in each of the outer rows and columns.
# Expected: all are found. The manual names no part of the image that is left out, and another implementation of the method finds them.
# Happens: nothing is found in a frame of three pixels on every side, however bright: specks there stay in the cleaned image, without a mark in the
# mask.
# Output seen on 2026-12-01:
#   rows from the top: 0 no, 1 no, 2 no, 3 yes, 4 yes, 5 yes
#   rows from the bottom: 0 no, 1 no, 2 no, 3 yes, 4 yes, 5 yes
#   columns from the left: 0 no, 1 no, 2 no, 3 yes, 4 yes, 5 yes
#   columns from the right: 0 no, 1 no, 2 no, 3 yes, 4 yes, 5 yes
#   by lacosmic 24 of 24
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile astroscrappy==1.3.0 lacosmic==1.4.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import astroscrappy
import numpy as np
from astropy import log
from lacosmic import remove_cosmics

log.setLevel("WARNING")

scan = np.random.default_rng(0).normal(100, 3, (90, 90)).astype(np.float32)
far = [12 + 12 * step for step in range(6)]
specks = {
    "rows from the top": [(step, far[step]) for step in range(6)],
    "rows from the bottom": [(89 - step, far[step]) for step in range(6)],
    "columns from the left": [(far[step], step) for step in range(6)],
    "columns from the right": [(far[step], 89 - step) for step in range(6)],
}
for places in specks.values():
    for place in places:
        scan[place] += 2000
found, cleaned = astroscrappy.detect_cosmics(scan, gain=1, readnoise=3)
for name, places in specks.items():
    seen = [bool(found[place]) for place in places]
    print(f"{name}: " + ", ".join(f"{step} {'yes' if one else 'no'}" for step, one in enumerate(seen)))
    assert seen == [False] * 3 + [True] * 3, "the behaviour has changed"
    assert all(cleaned[place] > 2000 for place in places[:3]), "the behaviour has changed"
other = remove_cosmics(scan.astype(float), 5, 5, 2, effective_gain=1, readnoise=3)[1]
count = sum(bool(other[place]) for places in specks.values() for place in places)
print(f"by lacosmic {count} of 24")
assert count == 24
PY
