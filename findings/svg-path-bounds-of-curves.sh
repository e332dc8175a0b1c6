#!/usr/bin/env bash
# svg-path-bounds 1.0.2
# Input: curves whose boxes are known: quadratic ones 40 wide and 20 high, a cubic one of 40 x 15, and a circle of 10 written without blanks.
# Expected: the box of the curve.
# Happens: the box of the control points of cubic curves, into which quadratic ones and arcs are turned first: 26.7 instead of 20, 20 instead
# of 15. A mask cut by it has a margin of a third. Only curves whose control points lie inside their box, such as the quarters of a circle,
# come out right. A circle whose flags are run together, "a5 5 0 0010 0" as optimizers write it and the grammar allows, is refused.
# Output seen on 2026-12-01:
#   M10 0Q30 40 50 0: 40.0 x 26.7, not 40 x 20
#   M0 0Q10 20 20 0T40 0: 40.0 x 26.7, not 40 x 20
#   M0 0C0 20 40 20 40 0: 40.0 x 20.0, not 40 x 15
#   M0 5A5 5 0 0 0 10 5A5 5 0 0 0 0 5Z: 10.0 x 10.0
#   M0 5a5 5 0 0010 0a5 5 0 00-10 0z: Error: malformed path data
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit svg-path-bounds@1.0.2
cat > one.cjs <<'JS'
const assert = require("node:assert");
const bounds = require("svg-path-bounds");

const paths = [
  ["M10 0Q30 40 50 0", 40, 20],
  ["M0 0Q10 20 20 0T40 0", 40, 20],
  ["M0 0C0 20 40 20 40 0", 40, 15],
  ["M0 5A5 5 0 0 0 10 5A5 5 0 0 0 0 5Z", 10, 10],
];
for (const [path, wide, high] of paths) {
  const [left, top, right, bottom] = bounds(path);
  const wrong = Math.abs(right - left - wide) > 0.01 || Math.abs(bottom - top - high) > 0.01;
  const seen = `${(right - left).toFixed(1)} x ${(bottom - top).toFixed(1)}`;
  console.log(`${path}: ${seen}${wrong ? `, not ${wide} x ${high}` : ""}`);
  assert.equal(wrong, !path.includes("A"), "the behaviour has changed");
}
const compact = "M0 5a5 5 0 0010 0a5 5 0 00-10 0z";
assert.throws(() => bounds(compact), (error) => !console.log(`${compact}: ${error}`), "the behaviour has changed");
JS
node one.cjs
