#!/usr/bin/env bash
# quantize 1.0.2 for Node.js and browsers (median cut; the palettes of several packages come from it)
# Input: pixels of one colour, and of two: pale paper of (250, 240, 230) and dark ink of (13, 17, 19).
# Expected: no more colours than the image has, each within 8 of one that is there, as it counts by five bits.
# Happens: where fewer colours are there than were asked for, empty boxes enter the palette with colours of their own: a green of (192, 248,
# 124) for paper and ink, repeated until the number is reached. White paper has (256, 252, 252), beyond the range of a byte. No white is there
# at all.
# Output seen on 2026-12-01:
#   paper and ink, 2: (252, 244, 228) (12, 20, 20) (192, 248, 124)
#   paper and ink, 4: (252, 244, 228) (12, 20, 20) (192, 248, 124) (192, 248, 124)
#   white, 2: (252, 252, 252) (256, 252, 252) (256, 252, 252)
#   white, 4: (252, 252, 252) (256, 252, 252) (256, 252, 252) (256, 252, 252)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit quantize@1.0.2
cat > one.cjs <<'JS'
const assert = require("node:assert");
const quantize = require("quantize");

const images = { "paper and ink": [[250, 240, 230], [13, 17, 19]], white: [[255, 255, 255]] };
for (const [name, colours] of Object.entries(images)) {
  const pixels = colours.flatMap((colour) => Array(50).fill(colour));
  for (const count of [2, 4]) {
    const palette = quantize(pixels, count).palette();
    console.log(`${name}, ${count}: ${palette.map((colour) => `(${colour.join(", ")})`).join(" ")}`);
    const far = (one, other) => Math.max(...one.map((value, i) => Math.abs(value - other[i])));
    const invented = palette.filter((entry) => entry.some((value) => value > 255) || colours.every((colour) => far(entry, colour) > 8));
    assert(invented.length > 0, "the behaviour has changed");
  }
}
JS
node one.cjs
