#!/usr/bin/env bash
# svg-path-bounding-box 1.0.4
# Input: one quadratic curve, 40 wide and with its top 20 above its ends, that begins at different places.
# Expected: a box of 40 x 20 each time, wherever the curve lies.
# Happens: right where the start has the same x and y; elsewhere the box is off by up to its own length. On the way to a cubic curve, the
# y of one control point and the x of the other change places. Paths that are cubic from the start are right.
# Output seen on 2026-11-30:
#   M0 0Q20 40 40 0: 40.0 x 20.0
#   M10 10Q30 50 50 10: 40.0 x 20.0
#   M10 0Q30 40 50 0: 40.0 x 23.9
#   M0 10Q20 50 40 10: 40.0 x 16.5
#   M60 0Q80 40 100 0: 42.6 x 45.2
#   M0 60Q20 100 40 60: 55.4 x 17.4
#   M60 60Q80 100 100 60: 40.0 x 20.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit svg-path-bounding-box@1.0.4
cat > one.cjs <<'JS'
const assert = require("node:assert");
const box = require("svg-path-bounding-box");

for (const [x, y] of [[0, 0], [10, 10], [10, 0], [0, 10], [60, 0], [0, 60], [60, 60]]) {
  const path = `M${x} ${y}Q${x + 20} ${y + 40} ${x + 40} ${y}`;
  const { minX, minY, maxX, maxY } = box(path);
  const [width, height] = [maxX - minX, maxY - minY];
  console.log(`${path}: ${width.toFixed(1)} x ${height.toFixed(1)}`);
  const right = Math.abs(width - 40) < 0.01 && Math.abs(height - 20) < 0.01;
  assert(right === (x === y), "the behaviour has changed");
}
JS
node one.cjs
