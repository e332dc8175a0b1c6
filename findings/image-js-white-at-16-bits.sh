#!/usr/bin/env bash
# image-js 1.7.0 for Node.js and browsers (convertBitDepth)
# Input: greys of 0, 128 and 255 as bytes, made 16 bits and written as PNG.
# Expected: 0, 32896 and 65535: white stays white, as PNG's own rule for depths has it (v * 257).
# Happens: 0, 32768 and 65280: samples are shifted. White is 0.4 % grey in every other program, and a mask that is tested for its
# largest value, or for 1 after a division by 65535, is empty. The way back hides it.
# Output seen on 2026-11-30:
#   0: 0 in a PNG of 16 bits, 0 back at 8
#   128: 32768 in a PNG of 16 bits, 128 back at 8
#   255: 65280 in a PNG of 16 bits, 255 back at 8
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-js@1.7.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Image, decodePng, encodePng } from "image-js";

for (const [value, there] of [[0, 0], [128, 32768], [255, 65280]]) {
  const image = new Image(1, 1, { colorModel: "GREY" });
  image.fill(value);
  const read = decodePng(encodePng(image.convertBitDepth(16)));
  const back = read.convertBitDepth(8).getValue(0, 0, 0);
  console.log(`${value}: ${read.getValue(0, 0, 0)} in a PNG of ${read.bitDepth} bits, ${back} back at 8`);
  assert.equal(read.getValue(0, 0, 0), there, "the behaviour has changed");
  assert.equal(back, value, "the behaviour has changed");
}
JS
node one.mjs
