#!/usr/bin/env bash
# svg-pathdata 9.0.0 for Node.js and browsers: rotate, skewX, skewY, matrix
# Input: one rectangle of 40 x 30 px, written with absolute H and V as drawing programs write it, with relative h and v, and with L.
# Expected: the same four corners from all three after each transformation.
# Happens: with absolute H and V the second corner after a turn is computed with a coordinate of the point that has been moved already: a
# turned rectangle becomes a bow tie, a sheared one is wider by 10 px at its foot. Translations and scales are right.
# An outline of damage that is turned with its image marks another place.
# Output seen on 2026-12-01:
#   rotate: L -10,10 -10,50 -40,50 -40,10; h v the same; H V -10,10 -10,50 -40,-10 10,10
#   skewX: L 20,10 60,10 90,40 50,40; h v the same; H V 20,10 60,10 100,40 50,40
#   skewY: L 10,20 50,60 50,90 10,50; h v the same; H V 10,20 50,70 50,90 10,100
#   scale: L 20,30 100,30 100,120 20,120; h v the same; H V 20,30 100,30 100,120 20,120
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit svg-pathdata@9.0.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { SVGPathData } from "svg-pathdata";

const paths = { L: "M10 10 L50 10 L50 40 L10 40 z", "h v": "M10 10 h40 v30 h-40 z", "H V": "M10 10 H50 V40 H10 z" };
const moves = {
  rotate: (path) => path.rotate(Math.PI / 2),
  skewX: (path) => path.skewX(Math.PI / 4),
  skewY: (path) => path.skewY(Math.PI / 4),
  scale: (path) => path.scale(2, 3),
};

// The corners are read off the result by plain arithmetic, whatever letters it is written with.
function corners(path) {
  let x = 0, y = 0;
  const points = [];
  for (const { type, relative, x: u, y: v } of path.commands) {
    if (type === SVGPathData.CLOSE_PATH) break;
    if (u !== undefined) x = relative ? x + u : u;
    if (v !== undefined) y = relative ? y + v : v;
    points.push(`${Math.round(x)},${Math.round(y)}`);
  }
  return points.join(" ");
}

for (const [name, move] of Object.entries(moves)) {
  const found = Object.fromEntries(Object.entries(paths).map(([kind, text]) => [kind, corners(move(new SVGPathData(text)))]));
  console.log(`${name}: L ${found.L}; h v ${found["h v"] === found.L ? "the same" : found["h v"]}; H V ${found["H V"]}`);
  assert.equal(found["h v"], found.L, "the behaviour has changed");
  assert.equal(found["H V"] === found.L, name === "scale", "the behaviour has changed");
}
JS
node one.mjs
