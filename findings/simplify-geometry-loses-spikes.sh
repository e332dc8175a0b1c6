#!/usr/bin/env bash
# simplify-geometry 0.0.2 for Node.js and browsers
# Input: lines in pixels with a tolerance of 1: one that runs beyond its ends and back, one that folds, and a closed outline with a spike.
# Expected: every point stays within 1 of the simplified line; that is what the Ramer-Douglas-Peucker method is for.
# Happens: points are measured against the endless line through both ends instead of the piece between them. A line out to 30 and back to 20
# becomes one from 0 to 20, and a scratch is cut short by 10 px. simplify-js 1.2.4 keeps them.
# Output seen on 2026-12-01:
#   out and back: 2 of 3 points, off by 10.0; simplify-js 3 of 3 points, off by 0.0
#   folded: 2 of 4 points, off by 10.0; simplify-js 4 of 4 points, off by 0.0
#   outline: 4 of 5 points, off by 10.0; simplify-js 5 of 5 points, off by 0.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit simplify-geometry@0.0.2 simplify-js@1.2.4
cat > one.cjs <<'JS'
const assert = require("node:assert");
const simplifyGeometry = require("simplify-geometry");
const simplifyJs = require("simplify-js");

function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}

const lost = (points, line) => Math.max(...points.map((point) => Math.min(...line.slice(1).map((end, i) => distance(point, line[i], end)))));
const lines = {
  "out and back": [[0, 0], [30, 0.2], [20, 0]],
  folded: [[0, 0], [30, 0.2], [-10, 0.1], [20, 0]],
  outline: [[0, 0], [20, 20], [40, 0], [-10, 0.5], [0, 0]],
};
for (const [name, points] of Object.entries(lines)) {
  const line = simplifyGeometry(points, 1);
  const other = simplifyJs(points.map(([x, y]) => ({ x, y })), 1, true).map(({ x, y }) => [x, y]);
  const seen = [line, other].map((result) => `${result.length} of ${points.length} points, off by ${lost(points, result).toFixed(1)}`);
  console.log(`${name}: ${seen[0]}; simplify-js ${seen[1]}`);
  assert(lost(points, line) > 5 && lost(points, other) <= 1, "the behaviour has changed");
}
JS
node one.cjs
