#!/usr/bin/env bash
# OpenCV 5.0.0 (opencv-python 5.0.0.93, decolor, the conversion to grey that keeps contrast)
# Input: a ramp of 50 to 200 in three equal channels, as a scan of a black and white photograph has it; the same toned sepia; with one
# strongly coloured spot; and random colours.
# Expected: the ramp's own greys, with some freedom for the toned ones.
# Happens: neutral and sepia images are black all over, and so is one with a small coloured spot. No error is raised. The second
# result, color_boost, has lost its light as well. Images with colours all over come out as expected.
# Output seen on 2026-11-30:
#   neutral ramp of 50 to 200: grey 0 to 0, color_boost 0 to 0
#   sepia ramp: grey 0 to 0, color_boost 0 to 19
#   neutral ramp with a red spot: grey 0 to 0, color_boost 0 to 79
#   random colours: grey 0 to 255, color_boost 0 to 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np

ramp = np.repeat(np.tile(np.linspace(50, 200, 64).round().astype(np.uint8), (64, 1))[..., None], 3, axis=2)
spot = ramp.copy()
spot[5:8, 5:8] = 40, 40, 220
for name, image, black in (
    ("neutral ramp of 50 to 200", ramp, True),
    ("sepia ramp", (ramp + np.array([-12, 0, 12])).astype(np.uint8), True),
    ("neutral ramp with a red spot", spot, True),
    ("random colours", np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8), False),
):
    grey, boost = cv2.decolor(image)
    print(f"{name}: grey {grey.min()} to {grey.max()}, color_boost {boost.min()} to {boost.max()}")
    assert (grey.max() == 0) == black, "the behaviour has changed"
PY
