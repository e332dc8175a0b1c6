#!/usr/bin/env bash
# @webtoon/psd 0.4.0 for Node.js and browsers (Psd.composite); ag-psd 31.0.2 writes, and reads for comparison
# Input: a PSD of one layer, red of opacity 255, 128 and 64 side by side, and its merged image, whose colours are blended with white,
# as Photoshop stores them.
# Expected: the same colours from the merged image and from the layer. Readers such as ag-psd take the white out again.
# Happens: psd.composite() returns the blended colours together with the opacity: half transparent red is pink, and paler still
# on any ground that it is laid on. The layer's own composite() is right.
# Output seen on 2026-11-30:
#   ag-psd, merged: 255 0 0 255, 255 0 0 128, 255 0 0 64
#   @webtoon/psd, layer: 255 0 0 255, 255 0 0 128, 255 0 0 64
#   @webtoon/psd, merged: 255 0 0 255, 255 127 127 128, 255 191 191 64
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @webtoon/psd@0.4.0 ag-psd@31.0.2
cat > one.mjs <<'JS'
import assert from "node:assert";
import { createRequire } from "node:module";
import { initializeCanvas, readPsd, writePsd } from "ag-psd";

const webtoon = createRequire(import.meta.url)("@webtoon/psd");
const Psd = webtoon.default ?? webtoon;
initializeCanvas(
  () => assert.fail("no canvas is needed"),
  (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }),
);
const [width, height] = [3, 2];
const pixels = [255, 128, 64].flatMap((opacity) => [255, 0, 0, opacity]);
const imageData = { width, height, data: Uint8ClampedArray.from([...pixels, ...pixels]) };
const file = writePsd({ width, height, imageData, children: [{ name: "red", left: 0, top: 0, imageData }] });

const rows = {
  "ag-psd, merged": readPsd(file, { useImageData: true }).imageData.data,
  "@webtoon/psd, layer": await Psd.parse(file).layers[0].composite(),
  "@webtoon/psd, merged": await Psd.parse(file).composite(),
};
for (const [name, samples] of Object.entries(rows)) {
  const row = Array.from(samples.slice(0, pixels.length));
  console.log(`${name}: ${row.slice(0, 4).join(" ")}, ${row.slice(4, 8).join(" ")}, ${row.slice(8).join(" ")}`);
  const off = Math.max(...row.map((sample, index) => Math.abs(sample - pixels[index])));
  assert.ok(name === "@webtoon/psd, merged" ? off > 100 : off < 3, "the behaviour has changed");
}
JS
node one.mjs
