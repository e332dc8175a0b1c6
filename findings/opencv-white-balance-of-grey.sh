#!/usr/bin/env bash
# opencv-contrib-python-headless 5.0.0.93 (cv2.xphoto: LearningBasedWB, SimpleWB, GrayworldWB)
# Input: neutral images in three equal channels: a ramp of grey, a page of 200 with text of 30, and a flat image of 100.
# Expected: a white balance leaves neutral greys neutral, since there is no cast to take away.
# Happens: LearningBasedWB makes them orange: a page of 200, 200, 200 (BGR) becomes 108, 147, 200. SimpleWB makes a flat image of 100 black.
# GrayworldWB leaves all three as they are.
# Output seen on 2026-12-01:
#   GrayworldWB, ramp: mean 128 becomes BGR [128, 128, 128]
#   GrayworldWB, page: mean 194 becomes BGR [194, 194, 194]
#   GrayworldWB, flat: mean 100 becomes BGR [100, 100, 100]
#   LearningBasedWB, ramp: mean 128 becomes BGR [69, 94, 128]
#   LearningBasedWB, page: mean 194 becomes BGR [105, 143, 194]
#   LearningBasedWB, flat: mean 100 becomes BGR [58, 71, 100]
#   SimpleWB, ramp: mean 128 becomes BGR [127, 127, 127]
#   SimpleWB, page: mean 194 becomes BGR [246, 246, 246]
#   SimpleWB, flat: mean 100 becomes BGR [0, 0, 0]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-contrib-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

ramp = np.dstack([np.tile(np.arange(20, 236, dtype=np.uint8), (60, 1))] * 3)
page = np.full((200, 300, 3), 200, np.uint8)
page[50:60, 50:250] = 30
flat = np.full((60, 70, 3), 100, np.uint8)
seen = {}
for name in ("GrayworldWB", "LearningBasedWB", "SimpleWB"):
    balance = getattr(cv2.xphoto, f"create{name}")().balanceWhite
    for title, image in (("ramp", ramp), ("page", page), ("flat", flat)):
        result = balance(image)
        seen[name, title] = result
        print(f"{name}, {title}: mean {image.mean():.0f} becomes BGR {result.mean(axis=(0, 1)).round().astype(int).tolist()}")
assert all(np.array_equal(seen["GrayworldWB", title], image) for title, image in (("ramp", ramp), ("page", page), ("flat", flat)))
assert seen["LearningBasedWB", "page"][0, 0].tolist() == [108, 147, 200], "the behaviour has changed"
blue, _, red = seen["LearningBasedWB", "ramp"].mean(axis=(0, 1))
assert blue < 0.7 * red and not seen["SimpleWB", "flat"].any(), "the behaviour has changed"
PY
