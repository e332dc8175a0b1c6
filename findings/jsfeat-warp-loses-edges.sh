#!/usr/bin/env bash
# jsfeat 0.0.8 for Node.js and browsers (imgproc.warp_affine, warp_perspective and resample)
# Input: images of 6 x 4 px, warped by the identity, which moves nothing; a ramp of 8 x 4 px, resampled to half and to twice its size.
# Expected: the identity gives the image; twice the size an enlarged one, or an error.
# Happens: the identity fills the last row and column, in perspective the first ones as well. An enlarged image stays as it was made, black,
# without an error. An image aligned to another so has edges of holes, which no mask names.
# Output seen on 2026-12-01:
#   warp_affine: 10 20 30 40 50 7 / 11 21 31 41 51 7 / 12 22 32 42 52 7 / 7 7 7 7 7 7
#   warp_perspective: 7 7 7 7 7 7 / 7 21 31 41 51 7 / 7 22 32 42 52 7 / 7 7 7 7 7 7
#   resample to 4 x 2: 20 60 100 140
#   resample to 16 x 8: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jsfeat@0.0.8
cat > one.js <<'JS'
const assert = require("assert");
const jsfeat = require("jsfeat");

function image(width, height, value) {
  const made = new jsfeat.matrix_t(width, height, jsfeat.U8C1_t);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) made.data[y * width + x] = value(x, y);
  return made;
}
const rows = ({ cols, rows: height, data }) => Array.from({ length: height }, (_, y) => Array.from(data.slice(y * cols, (y + 1) * cols)).join(" "));

const identities = {
  warp_affine: [[1, 0, 0, 0, 1, 0], 2, "10 20 30 40 50 7 / 11 21 31 41 51 7 / 12 22 32 42 52 7 / 7 7 7 7 7 7"],
  warp_perspective: [[1, 0, 0, 0, 1, 0, 0, 0, 1], 3, "7 7 7 7 7 7 / 7 21 31 41 51 7 / 7 22 32 42 52 7 / 7 7 7 7 7 7"],
};
for (const [name, [values, height, expected]] of Object.entries(identities)) {
  const matrix = new jsfeat.matrix_t(3, height, jsfeat.F32_t | jsfeat.C1_t);
  matrix.data.set(values);
  const warped = image(6, 4, () => 0);
  jsfeat.imgproc[name](image(6, 4, (x, y) => 10 * (x + 1) + y), warped, matrix, 7);
  const text = rows(warped).join(" / ");
  console.log(`${name}: ${text}`);
  assert.equal(text, expected, "the behaviour has changed");
}
for (const [width, height, expected] of [[4, 2, "20 60 100 140"], [16, 8, Array(16).fill(0).join(" ")]]) {
  const resized = image(width, height, () => 0);
  jsfeat.imgproc.resample(image(8, 4, (x) => 10 + 20 * x), resized, width, height);
  console.log(`resample to ${width} x ${height}: ${rows(resized)[0]}`);
  assert.equal(rows(resized)[0], expected, "the behaviour has changed");
}
JS
node one.js
