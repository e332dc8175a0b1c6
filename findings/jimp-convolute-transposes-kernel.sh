#!/usr/bin/env bash
# jimp 1.6.1 for Node.js and browsers (convolute, convolution)
# Input: images of one edge, upright and level, and the Sobel kernel that finds upright edges; a blur along the row.
# Expected: the same from both methods, which are documented alike, with the same example: the upright edge is found, and blurred.
# Happens: convolution() does so; convolute() takes the kernel's rows for columns. It finds the level edge, and the blur does nothing to
# the upright one. Kernels that are equal to their transpose, such as most blurs and sharpenings, hide it.
# Output seen on 2026-11-30:
#   convolution: upright edge 255, level edge 0, blurred along the row: 0, 0, 66, 133, 199, 199
#   convolute: upright edge 0, level edge 255, blurred along the row: 0, 0, 0, 199, 199, 199
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jimp@1.6.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Jimp } from "jimp";

const [width, height] = [40, 30];

function image(bright) {
  const made = new Jimp({ width, height, color: 0x000000ff });
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (bright(x, y)) made.bitmap.data.fill(200, 4 * (y * width + x), 4 * (y * width + x) + 3);
  return made;
}

const grey = (made) => Array.from(made.bitmap.data).filter((_, index) => index % 4 === 0);
const [upright, level] = [() => image((x) => x >= 20), () => image((_, y) => y >= 15)];
const sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
const blur = [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]];
for (const [method, wanted] of [["convolution", [255, 0, 66]], ["convolute", [0, 255, 0]]]) {
  const found = [upright(), level()].map((made) => grey(made[method](sobel))[15 * width + 20]);
  const row = grey(upright()[method](blur)).slice(15 * width + 17, 15 * width + 23);
  console.log(`${method}: upright edge ${found[0]}, level edge ${found[1]}, blurred along the row: ${row.join(", ")}`);
  assert.deepEqual([...found, row[2]], wanted, "the behaviour has changed");
}
JS
node one.mjs
