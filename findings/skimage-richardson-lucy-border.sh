#!/usr/bin/env bash
# scikit-image 0.26.0 (restoration.richardson_lucy; wiener for comparison)
# Input: a flat image of 0.6, deconvolved by a box of 5 x 5 px.
# Expected: 0.6 everywhere: a flat image is its own blur, and a restoration has nothing to add.
# Happens: all beyond the border counts as black. The outermost pixels become black, a bright ring follows whose corners reach 1, and with each
# iteration the ripples come farther in: after 30 they are above a level up to 22 px from the edge.
# Output seen on 2026-12-01:
#   wiener: [0.6]
#   1 iterations: edge 0.47, highest 0.84, lowest 0.37, off by a level up to 4 px from the edge
#   10 iterations: edge 0.04, highest 1.00, lowest 0.00, off by a level up to 12 px from the edge
#   30 iterations: edge 0.00, highest 1.00, lowest 0.00, off by a level up to 22 px from the edge
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from skimage.restoration import richardson_lucy, wiener

flat, box = np.full((121, 121), 0.6), np.full((5, 5), 1 / 25)
print("wiener:", np.unique(wiener(flat, box, 0.1).round(3)).tolist())
for iterations in (1, 10, 30):
    result = richardson_lucy(flat, box, num_iter=iterations)
    wrong = np.flatnonzero(np.abs(result[60] - 0.6) > 1 / 255)
    reach = int(np.minimum(wrong, 120 - wrong).max()) + 1
    print(f"{iterations} iterations: edge {result[60, 0]:.2f}, highest {result.max():.2f}, lowest {result.min():.2f}, off by a level up to {reach} px from the edge")
    assert abs(result[60, 60] - 0.6) < 0.001, "the behaviour has changed"
assert result[60, 0] < 0.01 and result.max() > 0.9 and reach > 10, "the behaviour has changed"
PY
