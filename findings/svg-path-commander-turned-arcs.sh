#!/usr/bin/env bash
# svg-path-commander 2.3.3 (getPathBBox)
# Input: an arc of an ellipse of 30 x 12 whose axes are turned by 60 to 300 degrees, and the same arc after the library's own
# pathToCurve.
# Expected: the same box for both, but for a tenth of a unit; a turn by 180 degrees changes nothing.
# Happens: where the cosine of the angle is negative (91 to 269 degrees), the box is that of the arc on the other side of its chord,
# some 60 units away, so that the arc lies outside of its box. Curves from the same arc, its length and its points are right.
# Output seen on 2026-11-30:
#   turned by 0 degrees: arc 9.9 26.9 60.0 40.0, as curves 9.9 26.9 60.0 40.0
#   turned by 60 degrees: arc -2.1 -19.2 60.0 40.0, as curves -2.1 -19.2 60.0 40.0
#   turned by 120 degrees: arc 4.1 30.0 60.0 80.1, as curves 10.0 -10.2 65.9 40.0
#   turned by 180 degrees: arc 10.0 30.0 69.9 50.9, as curves 9.9 26.9 60.0 40.0
#   turned by 240 degrees: arc 10.0 30.0 72.1 89.2, as curves -2.1 -19.2 60.0 40.0
#   turned by 300 degrees: arc 10.0 -10.1 65.9 40.0, as curves 10.0 -10.2 65.9 40.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit svg-path-commander@2.3.3
cat > one.mjs <<'JS'
import assert from "node:assert";
import SVGPathCommander from "svg-path-commander";

const { getPathBBox, pathToCurve, pathToString } = SVGPathCommander;
const corners = (path) => {
  const { x, y, x2, y2 } = getPathBBox(path);
  return [x, y, x2, y2];
};
for (const angle of [0, 60, 120, 180, 240, 300]) {
  const arc = `M10 40A30 12 ${angle} 0 1 60 30`;
  const [direct, curves] = [corners(arc), corners(pathToString(pathToCurve(arc)))];
  const shown = [direct, curves].map((box) => box.map((v) => v.toFixed(1)).join(" "));
  console.log(`turned by ${angle} degrees: arc ${shown[0]}, as curves ${shown[1]}`);
  const off = Math.max(...direct.map((v, i) => Math.abs(v - curves[i])));
  const wrong = angle > 90 && angle < 270;
  assert(wrong ? off > 5 : off < 0.2, "the behaviour has changed");
}
JS
node one.mjs
