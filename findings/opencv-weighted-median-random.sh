#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (ximgproc.weightedMedianFilter)
# Input: a noisy colour image of 60 x 60, filtered three times in one process with the same settings; guided by itself or by grey.
# Expected: the same result each time; nothing in the call or its documentation speaks of chance.
# Happens: guided by a colour image the result differs from call to call at most pixels, since the guide's colours are clustered
# from random seeds. After setRNGSeed with one number two calls agree. Grey guides are always the same.
# Output seen on 2026-11-30:
#   guide colour: 3420 of 3600 px differ between calls, by up to 45
#   guide colour, seeded: 0 of 3600 px differ between calls, by up to 0
#   guide grey: 0 of 3600 px differ between calls, by up to 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

rng = np.random.default_rng(0)
image = cv2.GaussianBlur(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8), (0, 0), 1.0)
cv2.normalize(image, image, 0, 255, cv2.NORM_MINMAX)
grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
cv2.setNumThreads(1)
for name, joint, seeded in (("colour", image, False), ("colour, seeded", image, True), ("grey", grey, False)):
    results = []
    for _ in range(3):
        if seeded:
            cv2.setRNGSeed(1)
        results.append(cv2.ximgproc.weightedMedianFilter(joint, image, 5, 25.5).astype(int))
    differences = [np.abs(one - results[0]) for one in results[1:]]
    changed = max(int((one > 0).any(axis=2).sum()) for one in differences)
    most = max(int(one.max()) for one in differences)
    print(f"guide {name}: {changed} of 3600 px differ between calls, by up to {most}")
    assert (changed > 500) == (name == "colour") and (changed == 0) == (name != "colour"), "the behaviour has changed"
PY
