#!/usr/bin/env bash
# geotiff.js 3.0.5 (readRGB) for Node.js and browsers
# Input: a grey TIFF of 8 and of 16 bits, samples 0, a third, two thirds and all of the range, BlackIsZero and WhiteIsZero.
# Expected: 0, 85, 170, 255, and with WhiteIsZero 255, 170, 85, 0.
# Happens: with WhiteIsZero 0, 171, 86, 1 at 8 bits: the values are taken from 256 instead of 255, and 256 wraps to 0. The white
# paper of a scan is shown black.
# Output seen on 2026-11-30:
#   8 bits, BlackIsZero: 0, 85, 170, 255
#   8 bits, WhiteIsZero: 0, 171, 86, 1
#   16 bits, BlackIsZero: 0, 85, 170, 255
#   16 bits, WhiteIsZero: 0, 170, 85, 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit geotiff@3.0.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import { fromArrayBuffer } from "geotiff";

function tiff(samples, bits, photometric) {
  const size = (4 * bits) / 8;
  const tags = { 256: 4, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 200, 277: 1, 278: 1, 279: size };
  const view = new DataView(new ArrayBuffer(200 + size));
  [0x49, 0x49, 42, 0, 8].forEach((value, at) => view.setUint8(at, value));
  view.setUint16(8, Object.keys(tags).length, true);
  Object.entries(tags).forEach(([tag, value], index) => {
    [Number(tag), 3, 1, 0, value].forEach((word, which) => view.setUint16(10 + 12 * index + 2 * which, word, true));
  });
  samples.forEach((value, index) => view[`setUint${bits}`](200 + (index * bits) / 8, value, true));
  return view.buffer;
}

for (const [bits, scale] of [[8, 1], [16, 257]]) {
  for (const [name, photometric] of [["BlackIsZero", 1], ["WhiteIsZero", 0]]) {
    const samples = [0, 85, 170, 255].map((value) => value * scale);
    const image = await (await fromArrayBuffer(tiff(samples, bits, photometric))).getImage();
    const shown = [...(await image.readRGB({ interleave: true }))].filter((value, index) => index % 3 === 0);
    console.log(`${bits} bits, ${name}: ${shown.join(", ")}`);
    assert.equal(shown[0], 0, "the behaviour has changed");
    assert.equal(shown[3] > 250, name === "BlackIsZero", "the behaviour has changed");
  }
}
JS
node one.mjs
