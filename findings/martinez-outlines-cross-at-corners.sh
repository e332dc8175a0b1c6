#!/usr/bin/env bash
# martinez-polygon-clipping 0.8.1 for Node.js and browsers (union), next to polygon-clipping 0.15.7
# Input: pixels as unit squares that touch at their corners: three in a zigzag, five as on a die, and 13 of a chessboard of 5 x 5.
# Expected: polygons whose areas add up to the number of pixels.
# Happens: some pixels share one outline that crosses itself where they touch, like an 8, and runs round one of them the other way: areas
# cancel, and 13 pixels have 5 by the usual formula. Even-odd filling shows them all, tools that need valid polygons refuse them.
# polygon-clipping is right.
# Output seen on 2026-12-01:
#   zigzag of 3: area 1, polygon-clipping 3
#   die of 5: area 1, polygon-clipping 5
#   chessboard of 13: area 5, polygon-clipping 13
#   row of 3: area 3, polygon-clipping 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit martinez-polygon-clipping@0.8.1 splaytree@0.1.4 polygon-clipping@0.15.7
cat > one.mjs <<'JS'
import assert from "node:assert";
import { union } from "martinez-polygon-clipping";
import polygonClipping from "polygon-clipping";

const pixel = ([x, y]) => [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]];
const signed = (ring) => ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] * y - ring[i][1] * x) / 2, 0);
const area = (polygons) => polygons.reduce((sum, [outline, ...holes]) => {
  return sum + Math.abs(signed(outline)) - holes.reduce((hole, ring) => hole + Math.abs(signed(ring)), 0);
}, 0);

const board = Array.from({ length: 25 }, (_, i) => [i % 5, Math.floor(i / 5)]).filter(([x, y]) => (x + y) % 2 === 0);
const sets = {
  "zigzag of 3": [[0, 0], [1, 1], [2, 0]],
  "die of 5": [[0, 0], [2, 0], [1, 1], [0, 2], [2, 2]],
  "chessboard of 13": board,
  "row of 3": [[0, 0], [1, 0], [2, 0]],
};
for (const [name, pixels] of Object.entries(sets)) {
  const joined = pixels.slice(1).reduce((shape, place) => union(shape, [pixel(place)]), [pixel(pixels[0])]);
  const other = polygonClipping.union(...pixels.map(pixel));
  console.log(`${name}: area ${area(joined)}, polygon-clipping ${area(other)}`);
  assert.equal(area(joined) < pixels.length, !name.startsWith("row"), "the behaviour has changed");
  assert.equal(area(other), pixels.length);
}
JS
node one.mjs
