#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (image.rotateWithOffset with its default centre of 0.5; CPU backend)
# Input: images of 4 x 4 and 5 x 5 px, numbered from 1, turned by 90 and 180 degrees about their middle, filled with 0 beyond.
# Expected: a square image turned by a right angle about its middle has the same pixels in other places.
# Happens: the default centre lies half a pixel beyond the middle, so the image comes out a pixel too far down or right: a row or column of it is
# lost, at 180 degrees one of each, and black ones take their place. Images turned to augment a training, and their masks turned
# by another library, do not lie on each other.
# Output seen on 2026-12-01:
#   4 x 4 by 90: 0 0 0 0 / 4 8 12 16 / 3 7 11 15 / 2 6 10 14: 4 px lost
#   4 x 4 by 180: 0 0 0 0 / 0 16 15 14 / 0 12 11 10 / 0 8 7 6: 7 px lost
#   4 x 4 by 270: 0 13 9 5 / 0 14 10 6 / 0 15 11 7 / 0 16 12 8: 4 px lost
#   5 x 5 by 90: 0 0 0 0 0 / 5 10 15 20 25 / 4 9 14 19 24 / 3 8 13 18 23 / 2 7 12 17 22: 5 px lost
#   5 x 5 by 180: 0 0 0 0 0 / 0 25 24 23 22 / 0 20 19 18 17 / 0 15 14 13 12 / 0 10 9 8 7: 9 px lost
#   5 x 5 by 270: 0 21 16 11 6 / 0 22 17 12 7 / 0 23 18 13 8 / 0 24 19 14 9 / 0 25 20 15 10: 5 px lost
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @tensorflow/tfjs@4.22.0
cat > one.mjs <<'JS'
import assert from "node:assert";
console.warn = () => {}; // the library prints a hint at its Node.js package
const tf = await import("@tensorflow/tfjs");

await tf.setBackend("cpu");
for (const side of [4, 5]) {
  const image = tf.range(1, side * side + 1).reshape([1, side, side, 1]);
  for (const degrees of [90, 180, 270]) {
    const turned = Array.from(await tf.image.rotateWithOffset(image, degrees * Math.PI / 180).data());
    const rows = Array.from({ length: side }, (_, y) => turned.slice(y * side, y * side + side).join(" "));
    const lost = side * side - new Set(turned.filter((value) => value > 0)).size;
    console.log(`${side} x ${side} by ${degrees}: ${rows.join(" / ")}: ${lost} px lost`);
    assert.equal(lost, degrees === 180 ? 2 * side - 1 : side, "the behaviour has changed");
  }
}
JS
node one.mjs
