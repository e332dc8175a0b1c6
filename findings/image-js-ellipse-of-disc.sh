#!/usr/bin/env bash
# image-js 1.7.0 for Node.js and browsers (Roi.ellipse)
# Input: masks of a disc of diameter 41, ellipses of 60 x 20 in four directions and sizes, and a bar of 31 x 3.
# Expected: about 41 x 41 for the disc and 60 x 20 for the ellipses, as the moments of their pixels have it: the property is "the smallest
# ellipse that fits the ROI".
# Happens: the disc has axes of ratio 2, the bar too, instead of 11, and an ellipse that lies has others than the same one upright: the
# minor axis is measured between an end of its own and one of the major axis, and both are then scaled to the right area, which hides it.
# Round stains and scratches cannot be distinguished by the ratio of their axes.
# Output seen on 2026-12-01:
#   disc of 41: 57.8 x 28.9, by moments 40.9 x 40.9
#   ellipse of 60 x 20: 44.7 x 26.7, by moments 60.2 x 19.8
#   ellipse of 20 x 60: 85.2 x 14.0, by moments 60.2 x 19.8
#   ellipse of 60 x 40: 53.7 x 44.6, by moments 60.1 x 39.9
#   ellipse of 60 x 20 at 45 degrees: 47.9 x 25.2, by moments 60.2 x 20.1
#   bar of 31 x 3: 15.3 x 7.8, by moments 35.8 x 3.3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-js@1.7.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Mask, fromMask } from "image-js";

const size = 101;
const shapes = {
  "disc of 41": (x, y) => x * x + y * y <= 20.5 ** 2,
  "ellipse of 60 x 20": (x, y) => (x / 30) ** 2 + (y / 10) ** 2 <= 1,
  "ellipse of 20 x 60": (x, y) => (x / 10) ** 2 + (y / 30) ** 2 <= 1,
  "ellipse of 60 x 40": (x, y) => (x / 30) ** 2 + (y / 20) ** 2 <= 1,
  "ellipse of 60 x 20 at 45 degrees": (x, y) => ((x + y) / Math.SQRT2 / 30) ** 2 + ((x - y) / Math.SQRT2 / 10) ** 2 <= 1,
  "bar of 31 x 3": (x, y) => Math.abs(x) <= 15 && Math.abs(y) <= 1,
};
// Oracle: the axes of an ellipse are four times the square roots of the eigenvalues of its pixels' covariance.
function axesByMoments(pixels) {
  let xx = 0, yy = 0, xy = 0;
  for (const [x, y] of pixels) { xx += x * x; yy += y * y; xy += x * y; }
  const root = Math.hypot((xx - yy) / 2, xy), mean = (xx + yy) / 2;
  return [mean + root, mean - root].map((value) => 4 * Math.sqrt(value / pixels.length));
}

for (const [name, inside] of Object.entries(shapes)) {
  const mask = new Mask(size, size);
  const pixels = [];
  for (let y = -50; y <= 50; y++) for (let x = -50; x <= 50; x++) if (inside(x, y)) pixels.push([x, y]);
  for (const [x, y] of pixels) mask.setBit(x + 50, y + 50, 1);
  const axes = axesByMoments(pixels);
  const { majorAxis, minorAxis } = fromMask(mask).getRois({ kind: "white" })[0].ellipse;
  const text = [majorAxis.length, minorAxis.length].map((length) => length.toFixed(1)).join(" x ");
  console.log(`${name}: ${text}, by moments ${axes.map((length) => length.toFixed(1)).join(" x ")}`);
  const ratio = (majorAxis.length / minorAxis.length) / (axes[0] / axes[1]);
  assert.ok(ratio < 0.85 || ratio > 1.9, "the behaviour has changed");
}
JS
node one.mjs
