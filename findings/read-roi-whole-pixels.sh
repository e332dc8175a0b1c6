#!/usr/bin/env bash
# read-roi 1.6.0; roifile 2026.2.10 writes
# Input: a polygon whose corners lie at quarters of a pixel, saved as an ImageJ region (.roi), and read by both.
# Expected: the corners as drawn. ImageJ stores them twice, as whole numbers and, with a flag, as floats, and takes the floats.
# Happens: read-roi returns the whole numbers, without a word: corners are off by up to half a pixel, and a thin scratch gains a third of its area.
# Output seen on 2026-11-30:
#   drawn: [[10.5, 20.25], [30.75, 20.25], [30.75, 21.75], [10.5, 21.75]] area 30.375
#   roifile: [[10.5, 20.25], [30.75, 20.25], [30.75, 21.75], [10.5, 21.75]] area 30.375
#   read-roi: [[10.0, 20.0], [31.0, 20.0], [31.0, 22.0], [10.0, 22.0]] area 42.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile read-roi==1.6.0 roifile==2026.2.10 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import read_roi
import roifile


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)


drawn = np.array([[10.5, 20.25], [30.75, 20.25], [30.75, 21.75], [10.5, 21.75]], np.float32)
roifile.ImagejRoi.frompoints(drawn).tofile("scratch.roi")
both = roifile.ImagejRoi.fromfile("scratch.roi").coordinates()
region = read_roi.read_roi_file("scratch.roi")["scratch"]
whole = np.array([region["x"], region["y"]], float).T
print("drawn:", drawn.tolist(), "area", area(drawn))
print("roifile:", both.tolist(), "area", area(both))
print("read-roi:", whole.tolist(), "area", area(whole))
assert np.allclose(both, drawn) and np.array_equal(whole, whole.round()) and not np.allclose(whole, drawn), "the behaviour has changed"
PY
