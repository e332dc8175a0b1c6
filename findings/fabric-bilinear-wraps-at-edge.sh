#!/usr/bin/env bash
# fabric 7.4.0 for Node.js and browsers (filters.Resize with resizeType "bilinear" on a 2D canvas)
# Input: a ramp of 0, 10 ... 150 across 16 x 12 px, and a flat image of 200, enlarged 1.5 and 2 times.
# Expected: values that rise to 150 at the right edge, and a flat image; "hermite", the default, gives both.
# Happens: the last column is mixed with the first pixel of the next row: the ramp falls back from 147 to 100, or from 145 to 110. The flat
# image has a dark pixel in the corner, where no next row is left. On a scan the right edge gets a line of the colours of the left.
# Output seen on 2026-12-01:
#   hermite, 1.5 times: ... 125 130 140 145 150; lower right corner of the flat image 200
#   hermite, 2 times: ... 130 140 140 150 150; lower right corner of the flat image 200
#   bilinear, 1.5 times: ... 127 133 140 147 100; lower right corner of the flat image 0
#   bilinear, 2 times: ... 130 135 140 145 110; lower right corner of the flat image 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit fabric@7.4.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { filters } from "fabric";

const [width, height] = [16, 12];
const make = (w, h, value) => {
  const data = Uint8ClampedArray.from({ length: 4 * w * h }, (_, i) => (i % 4 === 3 ? 255 : value((i >> 2) % w)));
  return { width: w, height: h, data };
};
for (const resizeType of ["hermite", "bilinear"]) {
  for (const scale of [1.5, 2]) {
    const [ramp, flat] = [(x) => 10 * x, () => 200].map((value) => {
      const imageData = make(width, height, value);
      const ctx = { getImageData: () => imageData, createImageData: (w, h) => make(w, h, () => 0) };
      const state = { imageData, ctx };
      new filters.Resize({ resizeType, scaleX: scale, scaleY: scale }).applyTo2d(state);
      return state.imageData;
    });
    const row = Array.from({ length: ramp.width }, (_, x) => ramp.data[4 * (3 * ramp.width + x)]);
    const corner = flat.data[4 * (flat.width * flat.height - 1)];
    console.log(`${resizeType}, ${scale} times: ... ${row.slice(-5).join(" ")}; lower right corner of the flat image ${corner}`);
    assert.equal(row.at(-1) < row.at(-2), resizeType === "bilinear", "the behaviour has changed");
  }
}
JS
node one.mjs
