#!/usr/bin/env bash
# miseval 1.3.0 (evaluate with "HD"; "AHD" for comparison)
# Input: a square of 10 x 10 px in 40 x 40 px, and the same square moved down or to the right.
# Expected: the Hausdorff distance is the length of the move in pixels, as the list of metrics names "Hausdorff Distance" and the average one is.
# Happens: moved down, by however much, it is 0, as of a perfect prediction: the mask is taken for a list of points, one for each row, whose
# coordinates are the pixels of that row. Moved to the right, it is the root of the number of pixels that differ in a row.
# Output seen on 2026-12-01:
#   down by 2: HD 0.00, AHD 2.00
#   down by 20: HD 0.00, AHD 20.00
#   right by 2: HD 2.00, AHD 2.00
#   right by 20: HD 3.16, AHD 20.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile miseval==1.3.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from miseval import evaluate

square = np.zeros((40, 40), int)
square[5:15, 5:15] = 1
for name, by, wanted in (("down", (2, 0), 0), ("down", (20, 0), 0), ("right", (0, 2), 2), ("right", (0, 20), 10**0.5)):
    moved = np.roll(square, by, (0, 1))
    hausdorff, average = (float(evaluate(square, moved, metric=metric)) for metric in ("HD", "AHD"))
    print(f"{name} by {max(by)}: HD {hausdorff:.2f}, AHD {average:.2f}")
    assert abs(hausdorff - wanted) < 1e-6, "the behaviour has changed"
    assert average == max(by)
PY
