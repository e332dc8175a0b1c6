#!/usr/bin/env bash
# polylabel 2.1.0 for Node.js and browsers, with its default precision
# Input: outlines whose box is no higher or wider than 1: a scratch that falls by 1 px, one exactly 1 px high, and a triangle in coordinates
# of 0 to 1, as YOLO's format has them; and a scratch of 2 px.
# Expected: "the most distant internal point from the polygon outline", within 1 of the best distance. The documentation takes the centroid
# as the first "best so far", which is inside of each of these.
# Happens: the upper left corner of the box, with a distance of 0, whether it lies in the shape or not. A label or a seed for a flood fill
# that is placed there marks sound image. A warning about the precision is in the documentation, that the point may be outside is not.
# Output seen on 2026-12-01:
#   falling scratch: 10,50, distance 0, outside
#   scratch of 1 px: 10,50, distance 0, on its corner
#   triangle of 0 to 1: 0.2,0.2, distance 0, outside
#   scratch of 2 px: 35,51, distance 1, inside
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit polylabel@2.1.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import polylabel from "polylabel";

const shapes = {
  "falling scratch": [[10, 50.6], [60, 50], [60, 50.4], [10, 51]],
  "scratch of 1 px": [[10, 50], [60, 50], [60, 51], [10, 51]],
  "triangle of 0 to 1": [[0.2, 0.8], [0.5, 0.2], [0.8, 0.8]],
  "scratch of 2 px": [[10, 50], [60, 50], [60, 52], [10, 52]],
};

// Every shape is convex: a point is inside where it lies on one side of all edges, and on the outline where it lies on an edge.
function place([x, y], corners) {
  const sides = corners.map(([u, v], i) => {
    const [s, t] = corners[(i + 1) % corners.length];
    return (s - u) * (y - v) - (t - v) * (x - u);
  });
  if (sides.some((side) => side > 0) && sides.some((side) => side < 0)) return "outside";
  return sides.some((side) => side === 0) ? "on its corner" : "inside";
}

const expected = { "falling scratch": "outside", "scratch of 1 px": "on its corner", "triangle of 0 to 1": "outside", "scratch of 2 px": "inside" };
for (const [name, corners] of Object.entries(shapes)) {
  const point = polylabel([[...corners, corners[0]]]);
  const where = place(point, corners);
  console.log(`${name}: ${point[0]},${point[1]}, distance ${point.distance}, ${where}`);
  assert.equal(where, expected[name], "the behaviour has changed");
  assert.equal(point.distance, where === "inside" ? 1 : 0, "the behaviour has changed");
}
JS
node one.mjs
