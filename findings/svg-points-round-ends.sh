#!/usr/bin/env bash
# svg-points 6.0.1 for Node.js and browsers (toPoints)
# Input: rectangles of 40 x 20 px with corner radii of 4, 10, 15 and 30.
# Expected: radii are cut to half of the side, as SVG has it: beyond 10 the right side has no straight part, and no outline leaves the rectangle.
# Happens: they are taken as given. With a radius of 15 the right side runs back from 15 to 5, with 30 the outline reaches 10 px above and below.
# The usual way to write round ends, a radius larger than needed, marks another shape than every browser shows.
# Output seen on 2026-12-01:
#   radius 4: points within 0 0 40 20; right side from 4 to 16
#   radius 10: points within 0 0 40 20; right side from 10 to 10
#   radius 15: points within 0 0 40 20; right side from 15 to 5
#   radius 30: points within 0 -10 40 30; right side from 30 to -10
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit svg-points@6.0.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { toPoints } from "svg-points";

for (const radius of [4, 10, 15, 30]) {
  const points = toPoints({ type: "rect", x: 0, y: 0, width: 40, height: 20, rx: radius });
  const [xs, ys] = ["x", "y"].map((axis) => points.map((point) => point[axis]));
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].join(" ");
  console.log(`radius ${radius}: points within ${box}; right side from ${points[2].y} to ${points[3].y}`);
  assert.deepEqual([points[2].y, points[3].y], [radius, 20 - radius], "the behaviour has changed");
}
JS
node one.mjs
