#!/usr/bin/env bash
# point-at-length 1.1.0 for Node.js and browsers
# Input: a circle of radius 10 and a rectangle with rounded corners as paths with arcs (A), and the same circle as four cubic curves.
# Expected: lengths of 62.8 and 131.4, and points along the outline.
# Happens: arcs are passed over: the circle has no length, and all its points are its beginning. In the rounded rectangle the way goes
# straight from side to side. The outline of a round stain that is sampled so, to draw or measure it, is a single point, without an error.
# Output seen on 2026-12-01:
#   circle of arcs: 0.00 long instead of 62.83, point at half of that 10.0,0.0
#   circle of curves: 62.84 long instead of 62.83, point at half of that -10.0,0.0
#   rounded rectangle: 116.35 long instead of 131.42, point at half of that 29.9,26.4
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit point-at-length@1.1.0
cat > one.js <<'JS'
const assert = require("assert");
const points = require("point-at-length");

const outlines = {
  "circle of arcs": ["M10 0 A10 10 0 0 1 -10 0 A10 10 0 0 1 10 0", 62.83],
  "circle of curves": ["M10 0 C10 5.523 5.523 10 0 10 C-5.523 10 -10 5.523 -10 0 C-10 -5.523 -5.523 -10 0 -10 C5.523 -10 10 -5.523 10 0", 62.83],
  "rounded rectangle": ["M5 0 H35 A5 5 0 0 1 40 5 V25 A5 5 0 0 1 35 30 H5 A5 5 0 0 1 0 25 V5 A5 5 0 0 1 5 0", 131.42],
};
for (const [name, [path, expected]] of Object.entries(outlines)) {
  const way = points(path);
  const halfway = way.at(expected / 2).map((value) => value.toFixed(1)).join(",");
  console.log(`${name}: ${way.length().toFixed(2)} long instead of ${expected}, point at half of that ${halfway}`);
  assert.equal(Math.abs(way.length() - expected) < 0.1, name === "circle of curves", "the behaviour has changed");
}
JS
node one.js
