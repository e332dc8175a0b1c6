#!/usr/bin/env bash
# sharp 0.35.5 (libvips 8.18.7) for Node.js: dilate and erode
# Input: a mask of 21 x 21 with a square of 9 x 9, white on black and black on white.
# Expected: dilate(1) makes 121 px of the white 81, as everywhere else where masks are white on black, and erode(1) 49:
# "Expand foreground objects using the dilate morphological operator", says the documentation.
# Happens: the reverse. Black counts as the foreground, which is said nowhere: a mask of holes that is to be grown shrinks, and
# thin scratches vanish from it.
# Output seen on 2026-11-30:
#   dilate(1): white square of 49 px, black square of 121 px
#   dilate(2): white square of 25 px, black square of 169 px
#   erode(1): white square of 121 px, black square of 49 px
#   erode(2): white square of 169 px, black square of 25 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit sharp@0.35.5
cat > one.js <<'JS'
const assert = require("assert");
const sharp = require("sharp");

const size = 21;
async function area(ground, object, operation, width) {
  const samples = Buffer.alloc(size * size, ground);
  for (let y = 6; y < 15; y++) samples.fill(object, y * size + 6, y * size + 15);
  const png = await sharp(samples, { raw: { width: size, height: size, channels: 1 } }).png().toBuffer();
  const { data, info } = await sharp(png)[operation](width).raw().toBuffer({ resolveWithObject: true });
  return data.filter((value, index) => index % info.channels === 0 && value === object).length;
}

(async () => {
  for (const operation of ["dilate", "erode"]) {
    for (const width of [1, 2]) {
      const white = await area(0, 255, operation, width);
      const black = await area(255, 0, operation, width);
      console.log(`${operation}(${width}): white square of ${white} px, black square of ${black} px`);
      const side = { grows: (9 + 2 * width) ** 2, shrinks: (9 - 2 * width) ** 2 };
      assert.equal(white, operation === "dilate" ? side.shrinks : side.grows, "the behaviour has changed");
      assert.equal(black, operation === "dilate" ? side.grows : side.shrinks, "the behaviour has changed");
    }
  }
})();
JS
node one.js
