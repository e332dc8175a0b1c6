#!/usr/bin/env bash
# ditherjs 0.10.0 for Node.js and browsers (ditherImageData with a palette of black and white, step 1)
# Input: flat greys of 64 x 64 px by the methods "ordered" and "diffusion".
# Expected: about as much white as the grey is bright, by each of them; ordered dithering shows a grey of 128 as a pattern, half of it white.
# Happens: "ordered" makes greys up to 64 all black and those from 128 on all white; of all between, a few have a pattern. What it adds to a
# pixel is not scaled to the gap between the colours, and is never negative. "diffusion" is right.
# Output seen on 2026-12-01:
#   ordered: grey of 13 %: 0 %, 25 %: 0 %, 39 %: 44 %, 50 %: 100 %, 63 %: 100 %, 78 %: 100 %
#   diffusion: grey of 13 %: 12 %, 25 %: 25 %, 39 %: 39 %, 50 %: 50 %, 63 %: 63 %, 78 %: 78 %
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ditherjs@0.10.0
cat > one.cjs <<'JS'
const assert = require("node:assert");
const DitherJS = require("ditherjs");

const palette = [[0, 0, 0], [255, 255, 255]];
for (const algorithm of ["ordered", "diffusion"]) {
  const seen = [32, 64, 100, 128, 160, 200].map((grey) => {
    const image = { width: 64, height: 64, data: Uint8ClampedArray.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 < 3 ? grey : 255)) };
    new DitherJS().ditherImageData(image, { step: 1, palette, algorithm });
    const white = (100 * image.data.filter((value, i) => i % 4 === 0 && value === 255).length) / (64 * 64);
    const saturated = white === 0 || white === 100;
    assert.equal(saturated, algorithm === "ordered" && grey !== 100, "the behaviour has changed");
    return `${Math.round(grey / 2.55)} %: ${white.toFixed(0)} %`;
  });
  console.log(`${algorithm}: grey of ${seen.join(", ")}`);
}
JS
node one.cjs
