#!/usr/bin/env bash
# @flatten-js/core 1.6.15 (Polygon.scale, Arc.scale)
# Input: a disc of radius 10, a rectangle of 10 x 10 with a half round end, and a square, scaled by 2 in x, in y, or in both.
# Expected: twice the area where one direction is scaled, four times where both are, or the error "Operation is not supported" that a
# circle gives, since an ellipse is no arc.
# Happens: an arc stays a part of a circle, whose radius follows from its first point, without an error: the disc has four times its area
# by x and its own by y; the half round end is too small by x and too large by y, though the polygon counts as valid.
# Output seen on 2026-11-30:
#   disc: area 314, scaled 2 x 1: 1257, 1 x 2: 314, 2 x 2: 1257
#   half round: area 139, scaled 2 x 1: 239 (valid true, box 25 x 10), 1 x 2: 357 (valid true, box 20 x 20), 2 x 2: 557
#   square: area 100, scaled 2 x 1: 200, 1 x 2: 200, 2 x 2: 400
#   circle, scaled 2 x 1: Error: Operation is not supported
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @flatten-js/core@1.6.15
cat > one.mjs <<'JS'
import assert from "node:assert";
import Flatten from "@flatten-js/core";

const { Arc, Polygon, circle, point, segment } = Flatten;
const disc = new Polygon();
disc.addFace([circle(point(0, 0), 10).toArc()]);
const end = new Arc(point(10, 5), 5, -Math.PI / 2, Math.PI / 2, true);
const round = new Polygon([segment(0, 0, 10, 0), end, segment(10, 10, 0, 10), segment(0, 10, 0, 0)]);
const square = new Polygon([[0, 0], [10, 0], [10, 10], [0, 10]].map((at) => point(...at)));
for (const [name, shape, right] of [["disc", disc, false], ["half round", round, false], ["square", square, true]]) {
  const seen = [[2, 1], [1, 2], [2, 2]].map(([x, y]) => {
    const scaled = shape.scale(x, y);
    const { width, height } = scaled.box;
    const ratio = scaled.area() / shape.area() / (x * y);
    assert((Math.abs(ratio - 1) < 0.01) === (right || x === y), "the behaviour has changed");
    const more = name === "half round" && x !== y ? ` (valid ${scaled.isValid()}, box ${width.toFixed(0)} x ${height.toFixed(0)})` : "";
    return `${x} x ${y}: ${scaled.area().toFixed(0)}${more}`;
  });
  console.log(`${name}: area ${shape.area().toFixed(0)}, scaled ${seen.join(", ")}`);
}
let refused = "none";
try {
  circle(point(0, 0), 10).scale(2, 1);
} catch (error) {
  refused = String(error);
}
console.log(`circle, scaled 2 x 1: ${refused}`);
assert(refused.includes("not supported"), "the behaviour has changed");
JS
node one.mjs
