#!/usr/bin/env bash
# @silvia-odwyer/photon-node 0.3.4 (rotate)
# Input: opaque images of 4 x 3, 40 x 30 and 400 x 300 px, each pixel numbered, turned by 90, 180, 270 and 360 degrees.
# Expected: the same pixels in other places, all of them opaque, as of any turn by right angles.
# Happens: rows and columns near the border are dropped, the rest closes up, and edges are filled with transparent black, nearly 2 px of each
# side in all. Of 4 x 3 px three quarters are lost. A scan set upright no longer fits its mask that was turned by another program.
# Output seen on 2026-12-01:
#   4 x 3 by 90: 3 x 4, 9 transparent pixels, 9 px of the image lost
#   4 x 3 by 180: 4 x 3, 8 transparent pixels, 8 px of the image lost
#   4 x 3 by 270: 3 x 4, 9 transparent pixels, 9 px of the image lost
#   4 x 3 by 360: 4 x 3, 0 transparent pixels, 0 px of the image lost
#   40 x 30 by 90: 30 x 40, 108 transparent pixels, 108 px of the image lost
#   40 x 30 by 180: 40 x 30, 98 transparent pixels, 98 px of the image lost
#   40 x 30 by 270: 30 x 40, 108 transparent pixels, 108 px of the image lost
#   40 x 30 by 360: 40 x 30, 0 transparent pixels, 0 px of the image lost
#   400 x 300 by 90: 300 x 400, 1098 transparent pixels, 1098 px of the image lost
#   400 x 300 by 180: 400 x 300, 998 transparent pixels, 998 px of the image lost
#   400 x 300 by 270: 300 x 400, 1098 transparent pixels, 1098 px of the image lost
#   400 x 300 by 360: 400 x 300, 0 transparent pixels, 0 px of the image lost
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @silvia-odwyer/photon-node@0.3.4
cat > one.js <<'JS'
const assert = require("assert");
const { PhotonImage, rotate } = require("@silvia-odwyer/photon-node");

for (const [width, height] of [[4, 3], [40, 30], [400, 300]]) {
  const pixels = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) pixels.set([i % 256, (i >> 8) % 256, 1 + (i >> 16), 255], 4 * i);
  for (const degrees of [90, 180, 270, 360]) {
    const turned = rotate(new PhotonImage(pixels.slice(), width, height), degrees);
    const samples = turned.get_raw_pixels();
    const kept = new Set();
    let blank = 0;
    for (let i = 0; i < samples.length; i += 4) {
      if (samples[i + 3] === 255) kept.add(samples[i] + 256 * samples[i + 1] + 65536 * (samples[i + 2] - 1));
      else blank++;
    }
    const lost = width * height - kept.size;
    console.log(`${width} x ${height} by ${degrees}: ${turned.get_width()} x ${turned.get_height()}, ` +
      `${blank} transparent pixels, ${lost} px of the image lost`);
    assert.equal(blank > 0 && lost > 0, degrees !== 360, "the behaviour has changed");
  }
}
JS
node one.js
