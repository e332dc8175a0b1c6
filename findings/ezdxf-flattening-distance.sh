#!/usr/bin/env bash
# ezdxf 1.4.5 (ezdxf.path.make_path, Path.flattening)
# Input: a circle drawn as a polyline of two bulges of 1, radius 5,000 px (a scan of 10,000 px with a round frame).
# Expected: flattening(0.01) gives points and chords within 0.01 px of the circle, as its parameter says.
# Happens: the points themselves are up to 1.36 px off, however small the distance. Bulges become cubic curves first, and
# the distance holds against these curves only; the error grows with the radius.
# Output seen on 2026-11-29:
#   distance 1.0: 257 points, farthest from the circle 1.36 px
#   distance 0.01: 2049 points, farthest from the circle 1.36 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ezdxf==1.4.5 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import ezdxf
import numpy as np
from ezdxf import path

RADIUS = 5000.0
polyline = ezdxf.new().modelspace().add_lwpolyline([(0, 0, 1), (2 * RADIUS, 0, 1)], format="xyb", close=True)
errors = []
for distance in (1.0, 0.01):
    points = np.array([(point.x, point.y) for point in path.make_path(polyline).flattening(distance)])
    errors.append(float(np.abs(np.hypot(points[:, 0] - RADIUS, points[:, 1]) - RADIUS).max()))
    print(f"distance {distance}: {len(points)} points, farthest from the circle {errors[-1]:.2f} px")
assert 1.2 < errors[1] < 1.5, "the behaviour has changed"
PY
