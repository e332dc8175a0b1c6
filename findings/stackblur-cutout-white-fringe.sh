#!/usr/bin/env bash
# stackblur-canvas 3.0.1 for Node.js and browsers (imageDataRGBA)
# Input: 16 x 8 px, the left half transparent, the right half opaque and all of 200, as the image data of a canvas hold it.
# Expected: 200 wherever the result is not transparent; the colour does not change, its alpha alone is blurred.
# Happens: the pass along the columns takes the values of the pass along the rows, which have been divided by their alpha already, for
# multiplied ones and divides them again. Where the alpha is below 255 the colour turns white: a soft cutout of a grey fragment has a white
# fringe.
# Output seen on 2026-12-01:
#   colour: 255 255 255 225 200 200 200 200 200 200
#   alpha:  28 85 170 227 255 255 255 255 255 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit stackblur-canvas@3.0.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { imageDataRGBA } from "stackblur-canvas";

const [width, height] = [16, 8];
const image = { width, height, data: new Uint8ClampedArray(4 * width * height) };
for (let i = 0; i < width * height; i++) if (i % width >= 8) image.data.set([200, 200, 200, 255], 4 * i);
imageDataRGBA(image, 0, 0, width, height, 2);
const row = Array.from({ length: width }, (_, x) => image.data.slice(4 * (4 * width + x), 4 * (4 * width + x) + 4));
const seen = row.filter((pixel) => pixel[3] > 0);
console.log("colour:", seen.map((pixel) => pixel[0]).join(" "));
console.log("alpha: ", seen.map((pixel) => pixel[3]).join(" "));
for (const [red, , , alpha] of seen) assert.equal(red > 220, alpha < 255, "the behaviour has changed");
JS
node one.mjs
