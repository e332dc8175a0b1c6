#!/usr/bin/env bash
# sobel 0.0.11 for Node.js
# Input: 8 x 6 px, the left half 20 and the right half 220; and a flat image of 220.
# Expected: one edge, in the middle, along the whole height.
# Happens: the neighbours of the last column are taken from the first one, a row below, and those of the first from the last: both sides of the image
# are edges as strong as the real one. In the first and last row nothing is an edge, as the missing row makes the sum not a number.
# Output seen on 2026-12-01:
#   halves, row 0: 0 0 0 0 0 0 0 0
#   halves, row 1: 0 0 0 255 255 0 0 255
#   halves, row 2: 255 0 0 255 255 0 0 255
#   halves, row 5: 0 0 0 0 0 0 0 0
#   flat, row 2: 0 0 0 0 0 0 0 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit sobel@0.0.11
cat > one.js <<'JS'
const assert = require("assert");
const Sobel = require("sobel");

const width = 8, height = 6;
function edges(value) {
  const pixels = Array.from({ length: width * height }, (_, i) => [value(i % width), value(i % width), value(i % width), 255]);
  const found = Sobel({ width, height, data: Uint8ClampedArray.from(pixels.flat()) });
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => found[4 * (y * width + x)]));
}

const halves = edges((x) => (x < width / 2 ? 20 : 220));
for (const y of [0, 1, 2, height - 1]) console.log(`halves, row ${y}: ${halves[y].join(" ")}`);
const flat = edges(() => 220);
console.log(`flat, row 2: ${flat[2].join(" ")}`);
assert.deepEqual(halves[2], [255, 0, 0, 255, 255, 0, 0, 255], "the behaviour has changed");
assert.ok(halves[0].every((value) => value === 0) && halves[height - 1].every((value) => value === 0), "the behaviour has changed");
assert.ok(flat[2].every((value) => value === 0));
JS
node one.js
