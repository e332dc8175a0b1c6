#!/usr/bin/env bash
# miseval 1.3.0 (evaluate with "BD"; "AHD" for comparison)
# Input: squares of 10, 20 and 30 px, each compared with itself and with the same square moved by 1 px.
# Expected: the boundary distance of a mask to itself is 0, and about 0.5 to 1 px after the move.
# Happens: it is the mean distance of all points of one outline to all of the other: 7 to 22 px for a perfect prediction, and hardly more for
# one that is moved. Larger objects have larger distances, whatever the prediction.
# Output seen on 2026-12-01:
#   square of 10 px: to itself 7.36, moved 7.44; AHD 0.00, 1.00
#   square of 20 px: to itself 14.73, moved 14.77; AHD 0.00, 1.00
#   square of 30 px: to itself 22.09, moved 22.12; AHD 0.00, 1.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile miseval==1.3.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from miseval import evaluate

for side in (10, 20, 30):
    square = np.zeros((40, 40), int)
    square[5 : 5 + side, 4 : 4 + side] = 1
    moved = np.roll(square, 1, 1)
    equal, other = (float(evaluate(square, one, metric="BD")) for one in (square, moved))
    average = [float(evaluate(square, one, metric="AHD")) for one in (square, moved)]
    print(f"square of {side} px: to itself {equal:.2f}, moved {other:.2f}; AHD {average[0]:.2f}, {average[1]:.2f}")
    assert equal > 0.7 * side and other - equal < 0.2, "the behaviour has changed"
    assert average == [0, 1]
PY
