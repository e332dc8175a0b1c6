#!/usr/bin/env bash
# geotiff.js 3.0.5 for Node.js and browsers (readRasters with width, height and resampleMethod)
# Input: a ramp of 16 columns, 0, 10 ... 150, read at 8, 4 and 32 columns.
# Expected: the same extent, as the window is the same: at half the columns the first sample lies between 0 and 10, and doubled,
# the first two columns belong to the first pixel.
# Happens: output pixel 0 is input pixel 0, whatever the scale, so that images and masks move towards the lower right when enlarged and
# towards the upper left when reduced, by half a pixel of the coarser grid. Enlarged by "nearest", the first column comes once and the last three times.
# Output seen on 2026-11-30:
#   bilinear to 8: 0, 20, 40, 60, 80, 100, 120, 140
#   bilinear to 4: 0, 40, 80, 120
#   nearest to 32: 0, 10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60, 70, 70, 80, 80, 90, 90, 100, 100, 110, 110, 120, 120, 130, 130, 140, 140, 150, 150, 150
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit geotiff@3.0.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import { fromArrayBuffer, writeArrayBuffer } from "geotiff";

const [columns, height] = [16, 4];
const ramp = Float32Array.from({ length: columns * height }, (_, index) => 10 * (index % columns));
const image = await (await fromArrayBuffer(await writeArrayBuffer(ramp, { width: columns, height }))).getImage();

async function row(width, resampleMethod) {
  const [samples] = await image.readRasters({ width, height, resampleMethod });
  const first = Array.from(samples.slice(0, width));
  console.log(`${resampleMethod} to ${width}: ${first.join(", ")}`);
  return first;
}

assert.deepEqual(await row(8, "bilinear"), [0, 20, 40, 60, 80, 100, 120, 140], "the behaviour has changed");
assert.deepEqual(await row(4, "bilinear"), [0, 40, 80, 120], "the behaviour has changed");
const doubled = await row(32, "nearest");
assert.deepEqual([...doubled.slice(0, 5), ...doubled.slice(-3)], [0, 10, 10, 20, 20, 150, 150, 150], "the behaviour has changed");
JS
node one.mjs
