#!/usr/bin/env bash
# jimp 1.6.1 for Node.js and browsers (dither)
# Input: flat images of 0, 50, 100, 200 and 255.
# Expected: a pattern whose mean is the value that it stands for, which is what an ordered dither is for; black and white stay.
# Happens: the pattern of 1 to 16 is added and nothing is taken off, nor are the levels made fewer: all but the lightest tones are 8.5
# levels brighter, and black paper has values of 1 to 16.
# Output seen on 2026-11-30:
#   0: 1 to 16, mean 8.5
#   50: 51 to 66, mean 58.5
#   100: 101 to 116, mean 108.5
#   200: 201 to 216, mean 208.5
#   255: 255 to 255, mean 255.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jimp@1.6.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Jimp } from "jimp";

for (const value of [0, 50, 100, 200, 255]) {
  const image = new Jimp({ width: 40, height: 32, color: ((value << 24) | (value << 16) | (value << 8) | 255) >>> 0 });
  const samples = Array.from(image.dither().bitmap.data).filter((_, index) => index % 4 === 0);
  const mean = samples.reduce((sum, sample) => sum + sample) / samples.length;
  console.log(`${value}: ${Math.min(...samples)} to ${Math.max(...samples)}, mean ${mean.toFixed(1)}`);
  assert.ok(value === 255 ? mean === 255 : mean - value > 8, "the behaviour has changed");
}
JS
node one.mjs
