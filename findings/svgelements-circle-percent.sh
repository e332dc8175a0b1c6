#!/usr/bin/env bash
# svgelements 1.9.6
# Input: <circle r="10%"> in a viewBox of 200 x 100, and in one of 100 x 100.
# Expected: SVG takes a percentage of a radius of the normalised diagonal, sqrt((w * w + h * h) / 2): r = 15.81 and 10.
# Happens: the radius is 10 % of the width one way and of the height the other: the circle becomes an ellipse of 20 by 10.
# Only square drawings are right.
# Output seen on 2026-11-29:
#   100 x 100: radii (10.0, 10.0), by the rule 10.00
#   200 x 100: radii (20.0, 10.0), by the rule 15.81
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile svgelements==1.9.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import math

from svgelements import SVG, Circle


def radii(width: int, height: int) -> tuple[float, float]:
    frame = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    text = f'<svg xmlns="http://www.w3.org/2000/svg" {frame}><circle cx="50%" cy="50%" r="10%"/></svg>'
    (circle,) = (one for one in SVG.parse(io.StringIO(text)).elements() if isinstance(one, Circle))
    left, top, right, bottom = circle.bbox()
    return float(right - left) / 2, float(bottom - top) / 2


for width, height, wanted in ((100, 100, (10.0, 10.0)), (200, 100, (20.0, 10.0))):
    by_rule = 0.1 * math.sqrt((width * width + height * height) / 2)
    print(f"{width} x {height}: radii {radii(width, height)}, by the rule {by_rule:.2f}")
    assert radii(width, height) == wanted, "the behaviour has changed"
PY
