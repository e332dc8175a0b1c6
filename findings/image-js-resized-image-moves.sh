#!/usr/bin/env bash
# image-js 1.7.0 for Node.js and browsers (resize, with its default interpolation "bilinear")
# Input: a ramp of 16 px, 1000 to 16000 by thousands, at several scales; and a white pixel of 255 on black, resized to its own size.
# Expected: the samples at the centres of the new pixels, as "nearest" has them but for its rounding; the image itself at scale 1.
# Happens: the image moves right and down by half a new pixel: 0.5 px at scale 1, 2 old pixels at a quarter. Resized to its own size, the
# lone pixel becomes four of 64: a mask of thin scratches is emptied by any threshold above that. The moving adds up from step to step.
# Output seen on 2026-12-01:
#   scale 2: moved by 0.25 old px
#   scale 1: moved by 0.50 old px
#   scale 0.5: moved by 1.00 old px
#   scale 0.25: moved by 2.00 old px
#   white pixel at scale 1: 0 0 0 0 0 / 0 0 0 0 0 / 0 0 64 64 0 / 0 0 64 64 0 / 0 0 0 0 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-js@1.7.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Image } from "image-js";

const ramp = new Image(16, 2, { colorModel: "GREY", bitDepth: 16 });
for (let y = 0; y < 2; y++) for (let x = 0; x < 16; x++) ramp.setValue(x, y, 0, 1000 * (x + 1));
for (const scale of [2, 1, 0.5, 0.25]) {
  const resized = ramp.resize({ xFactor: scale, yFactor: 2, preserveAspectRatio: false });
  const x = resized.width / 2; // far from the border
  const place = (x + 0.5) / scale - 0.5; // of the new pixel's centre, in old pixels
  const moved = place - (resized.getValue(x, 1, 0) / 1000 - 1);
  console.log(`scale ${scale}: moved by ${moved.toFixed(2)} old px`);
  assert.ok(Math.abs(moved - 0.5 / scale) < 0.01, "the behaviour has changed");
}

const dot = new Image(5, 5, { colorModel: "GREY" });
dot.setValue(2, 2, 0, 255);
const same = dot.resize({ width: 5, height: 5 });
const rows = Array.from({ length: 5 }, (_, y) => Array.from({ length: 5 }, (_, x) => same.getValue(x, y, 0)).join(" "));
console.log(`white pixel at scale 1: ${rows.join(" / ")}`);
assert.equal(rows.join(" / "), "0 0 0 0 0 / 0 0 0 0 0 / 0 0 64 64 0 / 0 0 64 64 0 / 0 0 0 0 0", "the behaviour has changed");
JS
node one.mjs
