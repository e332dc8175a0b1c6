#!/usr/bin/env bash
# glur 2.0.0 for Node.js and browsers (blurRGBA and blurMono16; the Gaussian blur that pica's sharpening is built on)
# Input: flat images of 40 x 30 px, 8 bits in RGBA and 16 bits in grey, blurred with radii of 0.6 to 100.
# Expected: a flat image stays as it is, as the weights of a blur add up to 1.
# Happens: it loses a level or two, by the radius: white paper of 255 becomes 253 at 0.6, 5, 20 and 100, and grey of 100 becomes 98. A radius
# of 1 leaves 8 bits alone, and one of 2 gives three values. Each of the two passes cuts off instead of rounding. The loss adds up with every
# blur.
# Output seen on 2026-12-01:
#   8 bits, radius 0.6: 255 becomes 253, 100 becomes 100
#   8 bits, radius 1: 255 becomes 255, 100 becomes 100
#   8 bits, radius 2: 255 becomes 253 254 255, 100 becomes 98
#   8 bits, radius 5: 255 becomes 253, 100 becomes 98
#   8 bits, radius 20: 255 becomes 253, 100 becomes 98
#   8 bits, radius 100: 255 becomes 253, 100 becomes 98
#   16 bits, radius 5: 65535 becomes 65533
#   8 bits, radius 5, ten times: 255 becomes 235
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit glur@2.0.0
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { blurMono16, blurRGBA } = require("glur");

const [width, height] = [40, 30];
const values = (samples) => [...new Set(samples)].sort((a, b) => a - b).join(" ");

function blurred(value, radius, times = 1) {
  const image = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < image.length; i++) if (i % 4 < 3) image[i] = value;
  for (let i = 0; i < times; i++) blurRGBA(image, width, height, radius);
  return values(image.filter((_, i) => i % 4 < 3));
}

for (const radius of [0.6, 1, 2, 5, 20, 100]) {
  const [white, grey] = [blurred(255, radius), blurred(100, radius)];
  console.log(`8 bits, radius ${radius}: 255 becomes ${white}, 100 becomes ${grey}`);
  assert.equal(white !== "255", radius !== 1, "the behaviour has changed");
}
const deep = new Uint16Array(width * height).fill(65535);
blurMono16(deep, width, height, 5);
console.log(`16 bits, radius 5: 65535 becomes ${values(deep)}`);
assert(deep[0] < 65535, "the behaviour has changed");
const often = blurred(255, 5, 10);
console.log(`8 bits, radius 5, ten times: 255 becomes ${often}`);
assert(Number(often) < 240, "the behaviour has changed");
JS
node one.cjs
