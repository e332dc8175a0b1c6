#!/usr/bin/env bash
# svgelements 1.9.6
# Input: SVG with an inner <svg> at (10, 20), 50 x 50, whose viewBox is 10 x 10; and the same as a <symbol> placed by <use>.
# Expected: the full rectangle inside covers (10, 20) to (60, 70) in both, as SVG's coordinate systems define it.
# Happens: the inner <svg> lands at (60, 120): its x and y are scaled by its own viewBox. The <symbol> is not scaled at
# all. Annotations from editors that nest viewports mark other places than those drawn.
# Output seen on 2026-11-29:
#   inner svg: (60.0, 120.0, 110.0, 170.0) symbol: (10.0, 20.0, 20.0, 30.0) expected: (10.0, 20.0, 60.0, 70.0)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile svgelements==1.9.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

from svgelements import SVG, Shape

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 200 200">'
INNER = '<svg x="10" y="20" width="50" height="50" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'
SYMBOL = (
    '<defs><symbol id="s" viewBox="0 0 10 10"><rect width="10" height="10"/></symbol></defs>'
    '<use href="#s" x="10" y="20" width="50" height="50"/>'
)


def box(body: str) -> tuple[float, ...]:
    drawing = SVG.parse(io.StringIO(HEAD + body + "</svg>"))
    (shape,) = (element for element in drawing.elements() if isinstance(element, Shape))
    return tuple(float(value) for value in shape.bbox())


print("inner svg:", box(INNER), "symbol:", box(SYMBOL), "expected:", (10.0, 20.0, 60.0, 70.0))
assert box(INNER) == (60, 120, 110, 170), "the behaviour has changed"
assert box(SYMBOL) == (10, 20, 20, 30), "the behaviour has changed"
PY
