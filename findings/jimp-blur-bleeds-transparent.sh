#!/usr/bin/env bash
# jimp 1.6.1 for Node.js and browsers (blur, gaussian)
# Input: a cutout: opaque green on the left; on the right fully transparent pixels that have red below them, as editors and PNG allow.
# Expected: green that fades. What is fully transparent has no colour to give; blurs of straight alpha weight colours by it.
# Happens: red comes in from under the transparency: at the edge the colour is half red, and visible there.
# Output seen on 2026-11-30:
#   blur: red, green, blue, alpha beside the edge: 109, 146, 0, 146
#   gaussian: red, green, blue, alpha beside the edge: 120, 135, 0, 135
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jimp@1.6.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Jimp } from "jimp";

const [width, height] = [40, 30];
for (const method of ["blur", "gaussian"]) {
  const cutout = new Jimp({ width, height, color: 0x00ff00ff });
  for (let y = 0; y < height; y++) for (let x = 20; x < width; x++) cutout.bitmap.data.set([255, 0, 0, 0], 4 * (y * width + x));
  const at = 4 * (15 * width + 19);
  const pixel = Array.from(cutout[method](3).bitmap.data.slice(at, at + 4));
  console.log(`${method}: red, green, blue, alpha beside the edge: ${pixel.join(", ")}`);
  assert.ok(pixel[0] > 80 && pixel[3] > 80, "the behaviour has changed");
}
JS
node one.mjs
