#!/usr/bin/env bash
# svgelements 1.9.6
# Input: one rectangle and one polygon with the same corners, both with transform="rotate(45 50 50)".
# Expected: SVG.parse(reify=True), the default, applies the matrix to both, as its manual says; the points of their paths
# are equal.
# Happens: the polygon's points are turned. The rectangle keeps its matrix (so do turned circles and ellipses), and
# Path(rectangle).as_subpaths() gives points without it. Only abs(Path(rectangle)) has them turned. A program that draws
# these points marks the upright rectangle.
# Output seen on 2026-11-29:
#   polygon:             [(50.0, 35.9), (64.1, 50.0), (50.0, 64.1)]
#   rectangle:           [(40.0, 40.0), (60.0, 40.0), (60.0, 60.0)]
#   rectangle, by abs(): [(50.0, 35.9), (64.1, 50.0), (50.0, 64.1)]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile svgelements==1.9.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

from svgelements import SVG, Path, Shape

TURN = 'transform="rotate(45 50 50)"'
BODY = f'<rect x="40" y="40" width="20" height="20" {TURN}/><polygon points="40,40 60,40 60,60 40,60" {TURN}/>'
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100">'


def points(path: Path) -> list[tuple[float, float]]:
    ends = (segment.end for part in path.as_subpaths() for segment in Path(part))
    return [(round(float(end.x), 1), round(float(end.y), 1)) for end in ends][:3]


drawing = SVG.parse(io.StringIO(HEAD + BODY + "</svg>"), reify=True)
rectangle, polygon = (element for element in drawing.elements() if isinstance(element, Shape))
print("polygon:            ", points(Path(polygon)))
print("rectangle:          ", points(Path(rectangle)))
print("rectangle, by abs():", points(abs(Path(rectangle))))
assert points(abs(Path(rectangle))) == points(Path(polygon)), "the behaviour has changed"
assert points(Path(rectangle)) == [(40.0, 40.0), (60.0, 40.0), (60.0, 60.0)], "the behaviour has changed"
PY
