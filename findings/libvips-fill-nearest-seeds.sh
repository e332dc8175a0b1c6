#!/usr/bin/env bash
# pyvips 3.2.0 with pyvips-binary 8.18.7, fill_nearest; scipy 1.17.1 for comparison
# Input: 20 x 20 zeros with 5, 20 or 100 pixels of other values at random places, thirty times each.
# Expected: every zero takes the value of the nearest pixel that is not zero, and those pixels keep theirs (distance 0).
# Happens: known pixels are overwritten by other known ones that lie close to them, most of them where they are
# dense; "distance" there is that between the two. What is truly filled is right.
# Output seen on 2026-11-30:
#   5 known pixels: 41 of 150 overwritten, 0 zeros filled with another than the nearest, largest distance at a known pixel 5.0
#   20 known pixels: 465 of 600 overwritten, 1 zeros filled with another than the nearest, largest distance at a known pixel 5.1
#   100 known pixels: 2980 of 3000 overwritten, 0 zeros filled with another than the nearest, largest distance at a known pixel 3.2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import pyvips

rng, (y, x) = np.random.default_rng(0), np.mgrid[:20, :20]
for count in (5, 20, 100):
    overwritten = wrong = 0
    furthest = 0.0
    for _ in range(30):
        image = np.zeros((20, 20), np.uint8)
        image.flat[rng.permutation(400)[:count]] = rng.integers(1, 256, count)
        filled, more = pyvips.Image.new_from_array(image).fill_nearest(distance=True)
        result, known = filled.numpy(), image > 0
        rows, columns = np.nonzero(known)
        away = np.hypot(y[..., None] - rows, x[..., None] - columns)
        nearest = away <= away.min(axis=2, keepdims=True) + 1e-9
        right = (nearest & (image[rows, columns] == result[..., None])).any(axis=2)
        overwritten += int((result != image)[known].sum())
        wrong += int((~right & ~known).sum())
        furthest = max(furthest, float(more["distance"].numpy()[known].max()))
    print(
        f"{count} known pixels: {overwritten} of {30 * count} overwritten, {wrong} zeros filled with another than the "
        f"nearest, largest distance at a known pixel {furthest:.1f}"
    )
    assert overwritten > 3 * count and wrong < 10, "the behaviour has changed"
PY
