#!/usr/bin/env bash
# potracer 0.0.4, Potrace in Python; potrace 2.1.8 for Node.js leaves the same of the straight scratches
# Input: bars of 50 px, 1, 2, 3 and 20 px wide, and a diagonal scratch; traced without a lower limit (turdsize=0), as outlines and
# as plain polygons (alphamax=0).
# Expected: outlines of about the area of the mask.
# Happens: the widest is exact. Of a scratch of 1 px a fifth is left, a third as a polygon, since corners may move by half a pixel and the
# two sides do so towards each other. Drawn back at half coverage the scratch is gone.
# Output seen on 2026-11-30:
#   1 px wide: 50 px, 22% of them inside the outline, 32% inside the polygon
#   2 px wide: 100 px, 82% of them inside the outline, 100% inside the polygon
#   3 px wide: 150 px, 91% of them inside the outline, 100% inside the polygon
#   20 px wide: 1000 px, 100% of them inside the outline, 100% inside the polygon
#   diagonal: 50 px, 46% of them inside the outline, 52% inside the polygon
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile potracer==0.0.4 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import potrace


def area(curve: potrace.Curve) -> float:
    last = complex(curve.start_point.x, curve.start_point.y)
    points = [last]
    for segment in curve.segments:
        end = complex(segment.end_point.x, segment.end_point.y)
        if segment.is_corner:
            points += [complex(segment.c.x, segment.c.y), end]
        else:
            first, second = complex(segment.c1.x, segment.c1.y), complex(segment.c2.x, segment.c2.y)
            t = np.linspace(0, 1, 51)[1:]
            points += list((1 - t) ** 3 * last + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end)
        last = end
    outline = np.array(points)
    return abs(float((outline.conj() * np.roll(outline, -1)).imag.sum())) / 2


rows, columns = np.mgrid[:60, :60]
masks = {f"{width} px wide": (columns >= 40) & (columns < 40 + width) & (rows >= 5) & (rows < 55) for width in (1, 2, 3, 20)}
masks["diagonal"] = (rows == columns) & (rows >= 5) & (rows < 55)
for name, mask in masks.items():
    kept = []
    for roundness in (1.0, 0.0):
        curves = potrace.Bitmap(~mask).trace(turdsize=0, alphamax=roundness)
        kept.append(sum(area(curve) for curve in curves) / mask.sum())
    print(f"{name}: {mask.sum()} px, {kept[0]:.0%} of them inside the outline, {kept[1]:.0%} inside the polygon")
    assert (kept[0] > 0.99) == (name == "20 px wide"), "the behaviour has changed"
    assert name != "1 px wide" or kept[0] < kept[1] < 0.4, "the behaviour has changed"
PY
