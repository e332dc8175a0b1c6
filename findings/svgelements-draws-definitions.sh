#!/usr/bin/env bash
# svgelements 1.9.6
# Input: SVG that holds nothing but definitions: a <mask>, a <marker>, a <symbol> and a <clipPath>, each with one shape.
# Expected: SVG.elements() yields no shape, since none of them is drawn where it is defined.
# Happens: the shapes of the mask, the marker and the symbol are yielded like drawn ones; that of the clip path is not. A
# program that fills what elements() yields marks regions that no viewer shows.
# Output seen on 2026-11-29:
#   mask: 1 shapes
#   marker: 1 shapes
#   symbol: 1 shapes
#   clipPath: 0 shapes
#   defs: 0 shapes
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile svgelements==1.9.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

from svgelements import SVG, Shape

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100">'
found = {}
for name in ("mask", "marker", "symbol", "clipPath", "defs"):
    body = f'<{name} id="a"><rect width="9" height="9"/></{name}>'
    drawing = SVG.parse(io.StringIO(HEAD + body + "</svg>"))
    found[name] = sum(isinstance(element, Shape) for element in drawing.elements())
    print(f"{name}: {found[name]} shapes")
wanted = {"mask": 1, "marker": 1, "symbol": 1, "clipPath": 0, "defs": 0}
assert found == wanted, "the behaviour has changed"
PY
