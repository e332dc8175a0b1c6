#!/usr/bin/env bash
# dxf 5.3.1 for Node.js (Helper.toPolylines); ezdxf 1.4.5 writes the file and reads it for comparison
# Input: a circle and a closed LWPOLYLINE, both of the extrusion (0, 0, -1), as mirroring in a drawing program leaves them.
# Expected: both at negative x: the coordinates of either belong to the object's own system, which this extrusion mirrors.
# Happens: the circle is mirrored, the polyline is not. Outlines of losses that were drawn on a mirrored tracing come to lie on the
# other side of the image than the circles that were drawn with them.
# Output seen on 2026-11-30:
#   CIRCLE by ezdxf: x from -13 to -7
#   LWPOLYLINE by ezdxf: x from -13 to -7
#   CIRCLE by dxf: x from -13 to -7
#   LWPOLYLINE by dxf: x from 7 to 13
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile ezdxf==1.4.5
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit dxf@5.3.1
"$work/venv/bin/python" - <<'PY'
import ezdxf
from ezdxf import path

document = ezdxf.new("R2000")
space = document.modelspace()
mirrored = {"extrusion": (0, 0, -1)}
objects = [
    space.add_circle((10, 5), 3, dxfattribs=mirrored),
    space.add_lwpolyline([(7, 2), (13, 2), (13, 8), (7, 8)], close=True, dxfattribs=mirrored),
]
for one in objects:
    xs = [point.x for point in path.make_path(one).flattening(0.1)]
    print(f"{one.dxftype()} by ezdxf: x from {min(xs):.0f} to {max(xs):.0f}")
    assert max(xs) < 0
document.saveas("mirrored.dxf")
PY
cat > one.js <<'JS'
const assert = require("assert");
const fs = require("fs");
const { Helper } = require("dxf");

const helper = new Helper(fs.readFileSync("mirrored.dxf", "utf8"));
helper.toPolylines().polylines.forEach(({ vertices }, index) => {
  const xs = vertices.map(([x]) => x);
  const kind = helper.denormalised[index].type;
  console.log(`${kind} by dxf: x from ${Math.min(...xs).toFixed(0)} to ${Math.max(...xs).toFixed(0)}`);
  assert.equal(Math.max(...xs) < 0, kind === "CIRCLE", "the behaviour has changed");
});
JS
node one.js
