#!/usr/bin/env bash
# skia-pathops 0.9.2 (op and simplify)
# Input: two bars that cross, scratches of an image whose coordinates go from 0 to 1, 0.8 long and 0.01 to 0.00025 wide (a pixel of 4000).
# Expected: a union whose area is that of both bars less their crossing, to some parts in a million, as at a width of 0.01.
# Happens: from 0.001 on an eighth of the area is missing from the union, the difference and the simplified path: part of a bar has become a
# triangle. The same bars in coordinates of 0 to 1000 are right.
# Output seen on 2026-12-01:
#   coordinates to 1, width 0.01: union 1.000 and difference 1.000 of what they should be
#   coordinates to 1, width 0.001: union 0.875 and difference 0.875 of what they should be
#   coordinates to 1, width 0.00025: union 0.875 and difference 0.875 of what they should be
#   coordinates to 1000, width 10: union 1.000 and difference 1.000 of what they should be
#   coordinates to 1000, width 1: union 1.000 and difference 1.000 of what they should be
#   coordinates to 1000, width 0.25: union 1.000 and difference 1.000 of what they should be
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile skia-pathops==0.9.2
venv/bin/python -W ignore - <<'PY'
import pathops


def bars(size: float, width: float) -> list[pathops.Path]:
    paths = []
    for left, top, right, bottom in ((0.1, 0.5, 0.9, 0.5 + width), (0.3, 0.1, 0.3 + width, 0.9)):
        path = pathops.Path()
        path.moveTo(left * size, top * size)
        for x, y in ((right, top), (right, bottom), (left, bottom)):
            path.lineTo(x * size, y * size)
        path.close()
        paths.append(path)
    return paths


for size in (1, 1000):
    for width in (0.01, 0.001, 0.00025):
        level, upright = bars(size, width)
        union = pathops.op(level, upright, pathops.PathOp.UNION).area / (1.6 * width - width**2) / size**2
        rest = pathops.op(level, upright, pathops.PathOp.DIFFERENCE).area / (0.8 * width - width**2) / size**2
        print(f"coordinates to {size}, width {width * size:g}: union {union:.3f} and difference {rest:.3f} of what they should be")
        wrong = size == 1 and width < 0.01
        assert (abs(union - 0.875) < 0.001 and abs(rest - 0.875) < 0.001) if wrong else abs(union - 1) < 0.002, "the behaviour has changed"
PY
