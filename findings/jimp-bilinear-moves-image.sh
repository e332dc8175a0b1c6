#!/usr/bin/env bash
# jimp 1.6.1 (resize with ResizeStrategy.BILINEAR, and its default)
# Input: a ramp of 16 columns, 0, 16 ... 240, and its mirror image, halved and doubled.
# Expected: halved 8, 40, 72 ..., the means of two columns; doubled 0, 4, 12, 20 ...; the mirror image gives the mirror image.
# Happens: halved it is every second column, 0, 32, 64; doubled 0, 8, 16, 24. The image and its mask move by half a pixel to the
# right and down, and the mirror image gives something else. The default, which is another method, is right.
# Output seen on 2026-11-30:
#   default, 16 to 8: 8, 40, 72, 104, 136 ...; off its mirror image by up to 0
#   default, 16 to 32: 0, 3, 11, 19, 27 ...; off its mirror image by up to 2
#   bilinear, 16 to 8: 0, 32, 64, 96, 128 ...; off its mirror image by up to 16
#   bilinear, 16 to 32: 0, 8, 16, 24, 32 ...; off its mirror image by up to 8
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jimp@1.6.1
cat > one.js <<'JS'
const assert = require("assert");
const { Jimp, ResizeStrategy } = require("jimp");

function resized(values, columns, mode) {
  const image = new Jimp({ width: values.length, height: 4, color: 0x000000ff });
  for (let y = 0; y < 4; y++) {
    values.forEach((value, x) => image.setPixelColor((value * 0x1010100 + 255) >>> 0, x, y));
  }
  image.resize({ w: columns, h: columns / 4, mode });
  return Array.from({ length: columns }, (_, x) => image.getPixelColor(x, 0) >>> 24);
}

const ramp = Array.from({ length: 16 }, (_, x) => 16 * x);
for (const [name, mode] of [["default", undefined], ["bilinear", ResizeStrategy.BILINEAR]]) {
  for (const columns of [8, 32]) {
    const given = resized(ramp, columns, mode);
    const mirrored = resized([...ramp].reverse(), columns, mode).reverse();
    const apart = Math.max(...given.map((value, x) => Math.abs(value - mirrored[x])));
    console.log(`${name}, 16 to ${columns}: ${given.slice(0, 5).join(", ")} ...; off its mirror image by up to ${apart}`);
    assert.equal(apart > 4, name === "bilinear", "the behaviour has changed");
  }
}
JS
node one.js
