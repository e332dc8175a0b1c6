#!/usr/bin/env bash
# mahotas 1.4.19 (resize.resize_to, as imresize and interpolate.zoom)
# Input: a flat image of 0.7, and a ramp of 0, 10 ... 110 along its columns, resized to other sizes.
# Expected: flat stays flat at every size; the ramp halved starts with 5 or 0 and ends with 105 or 110.
# Happens: the last row and the last column are 0 at every size and order, and the rest is moved by up to a pixel: each sample is
# the one before the place that it should come from. Linear and cubic orders do not interpolate, either.
# Output seen on 2026-11-30:
#   10 x 12 to 20 x 24: 43 px of 0 by order 0, 43 by 1, 43 by 3, all in the last row and column
#   10 x 12 to 13 x 31: 43 px of 0 by order 0, 43 by 1, 43 by 3, all in the last row and column
#   10 x 12 to 5 x 6: 10 px of 0 by order 0, 10 by 1, 10 by 3, all in the last row and column
#   a ramp of 12, linear to 6: [10, 30, 50, 70, 90, 0]
#   a ramp of 12, linear to 24: [10, 10, 10, 20, 20, 30, 30, 40]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile mahotas==1.4.19 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from mahotas.resize import resize_to

flat = np.full((10, 12), 0.7)
for size in ((20, 24), (13, 31), (5, 6)):
    counts = []
    for order in (0, 1, 3):
        resized = resize_to(flat, size, order=order)
        edge = np.zeros(size, bool)
        edge[-1] = edge[:, -1] = True
        assert np.array_equal(resized == 0, edge) and np.allclose(resized[~edge], 0.7), "the behaviour has changed"
        counts.append(int((resized == 0).sum()))
    print(
        f"10 x 12 to {size[0]} x {size[1]}: {counts[0]} px of 0 by order 0, {counts[1]} by 1, {counts[2]} by 3, "
        "all in the last row and column"
    )
ramp = np.tile(np.arange(12.0) * 10, (10, 1))
halved, doubled = (resize_to(ramp, (10, columns), order=1)[4].round().astype(int).tolist() for columns in (6, 24))
print("a ramp of 12, linear to 6:", halved)
print("a ramp of 12, linear to 24:", doubled[:8])
assert halved == [10, 30, 50, 70, 90, 0] and doubled[:4] == [10, 10, 10, 20], "the behaviour has changed"
PY
