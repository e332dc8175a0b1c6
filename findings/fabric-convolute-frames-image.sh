#!/usr/bin/env bash
# fabric 7.4.0 for Node.js and browsers (filters.Convolute on a 2D canvas)
# Input: a flat opaque image of 100, 9 x 5 px, with the matrices of the documentation: blur (all 1/9) and sharpen (0 -1 0, -1 5 -1, 0 -1 0).
# Expected: the same flat image; the weights of both add up to 1.
# Happens: what lies beyond the border counts as transparent black. The blur darkens the outermost pixels to 67, corners to 44, and makes
# them half transparent; sharpening puts a frame of 200 around the image, with corners of 255. With `opaque: true` only the alpha is kept.
# Output seen on 2026-12-01:
#   blur: 44 in the corner, 67 at the edge, 100 in the middle; alpha 113 in the corner, 170 at the edge, 255 in the middle
#   blur, opaque: 44 in the corner, 67 at the edge, 100 in the middle; alpha 255 in the corner, 255 at the edge, 255 in the middle
#   sharpen: 255 in the corner, 200 at the edge, 100 in the middle; alpha 255 in the corner, 255 at the edge, 255 in the middle
#   sharpen, opaque: 255 in the corner, 200 at the edge, 100 in the middle; alpha 255 in the corner, 255 at the edge, 255 in the middle
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit fabric@7.4.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { filters } from "fabric";

const [width, height] = [9, 5];
const matrices = { blur: Array(9).fill(1 / 9), sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0] };
const ctx = { createImageData: (w, h) => ({ width: w, height: h, data: new Uint8ClampedArray(4 * w * h) }) };
for (const [name, matrix] of Object.entries(matrices)) {
  for (const opaque of [false, true]) {
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : 100));
    const state = { imageData: { width, height, data }, ctx };
    new filters.Convolute({ matrix, opaque }).applyTo2d(state);
    const result = state.imageData.data;
    const sample = (x, y, channel) => result[4 * (width * y + x) + channel];
    const show = (channel) => `${sample(0, 0, channel)} in the corner, ${sample(4, 0, channel)} at the edge, ${sample(4, 2, channel)} in the middle`;
    console.log(`${name}${opaque ? ", opaque" : ""}: ${show(0)}; alpha ${show(3)}`);
    assert.equal(sample(4, 2, 0), 100, "the behaviour has changed");
    assert.equal(sample(4, 0, 0), name === "blur" ? 67 : 200, "the behaviour has changed");
  }
}
JS
node one.mjs
