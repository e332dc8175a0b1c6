#!/usr/bin/env bash
# pica 10.0.3 for Node.js and browsers (resizeBuffer with filter "box", in JavaScript and in WebAssembly)
# Input: an opaque white image of 100 x 100 px, enlarged and reduced.
# Expected: white and opaque throughout.
# Happens: enlarged by anything but a whole number, it has rows and columns of black: 56 % of all pixels at a scale of 1.5. A new pixel whose
# middle lies between two old ones at a distance of half a pixel from both belongs to neither. Whole numbers, reductions and the other filters
# are right.
# Output seen on 2026-12-01:
#   js, box, 50 px: 0.0 % black
#   js, box, 150 px: 55.6 % black
#   js, box, 200 px: 0.0 % black
#   js, box, 250 px: 36.0 % black
#   js, hamming, 150 px: 0.0 % black
#   wasm, box, 50 px: 0.0 % black
#   wasm, box, 150 px: 55.6 % black
#   wasm, box, 200 px: 0.0 % black
#   wasm, box, 250 px: 36.0 % black
#   wasm, hamming, 150 px: 0.0 % black
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit pica@10.0.3
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Pica } from "pica";

const size = { width: 100, height: 100 };
for (const feature of ["js", "wasm"]) {
  const pica = new Pica({ features: [feature] });
  for (const [filter, side] of [["box", 50], ["box", 150], ["box", 200], ["box", 250], ["hamming", 150]]) {
    const src = new Uint8Array(100 * 100 * 4).fill(255);
    const result = await pica.resizeBuffer({ src, ...size, toWidth: side, toHeight: side, filter });
    const lost = (100 * result.filter((value, i) => i % 4 === 0 && value === 0).length) / (side * side);
    console.log(`${feature}, ${filter}, ${side} px: ${lost.toFixed(1)} % black`);
    assert.equal(lost > 3, [150, 250].includes(side) && filter === "box", "the behaviour has changed");
  }
}
JS
node one.mjs
