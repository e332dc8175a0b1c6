#!/usr/bin/env bash
# ssim.js 3.5.0 and @blazediff/ssim 1.7.1 for Node.js
# Input: a patch of noise and its negative, 8 to 24 px wide, as they are compared patch by patch inside a hole.
# Expected: about -0.95, as from 12 px on, or an error that the patch is smaller than the window of 11 px.
# Happens: up to 9 px the two are equal: the default method of ssim.js and ssim() of BlazeDiff give 1, as minus two rows times minus two columns
# of windows make four, all empty. The methods "fast" and "original" of ssim.js give NaN. At 10 px, no window at all, ssim.js says 0.
# Output seen on 2026-12-01:
#   8 px: ssim.js by default 1.000, fast NaN, original NaN, BlazeDiff 1.000
#   9 px: ssim.js by default 1.000, fast NaN, original NaN, BlazeDiff 1.000
#   10 px: ssim.js by default 0.000, fast NaN, original NaN, BlazeDiff NaN
#   11 px: ssim.js by default -0.951, fast -0.961, original -0.961, BlazeDiff -0.961
#   24 px: ssim.js by default -0.986, fast -0.975, original -0.975, BlazeDiff -0.975
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit ssim.js@3.5.0 @blazediff/ssim@1.7.1
cat > one.mjs <<'JS'
import assert from "assert";
import { ssim as blazediff } from "@blazediff/ssim";
import library from "ssim.js";

let state = 1;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
for (const side of [8, 9, 10, 11, 24]) {
  const levels = Array.from({ length: side * side }, () => Math.floor(256 * random()));
  const image = (map) => ({ width: side, height: side, data: Uint8ClampedArray.from(levels.flatMap((v) => [map(v), map(v), map(v), 255])) });
  const patch = image((v) => v), negative = image((v) => 255 - v);
  const [standard, fast, original] = [{}, { ssim: "fast" }, { ssim: "original" }].map((options) => library.ssim(patch, negative, options).mssim);
  const other = blazediff(patch.data, negative.data, undefined, side, side);
  console.log(`${side} px: ssim.js by default ${standard.toFixed(3)}, fast ${fast.toFixed(3)}, original ${original.toFixed(3)}, ` +
    `BlazeDiff ${other.toFixed(3)}`);
  if (side < 10) assert.ok(standard === 1 && other === 1, "the behaviour has changed");
  if (side === 10) assert.ok(standard === 0 && Number.isNaN(other), "the behaviour has changed");
  if (side < 11) assert.ok(Number.isNaN(fast) && Number.isNaN(original), "the behaviour has changed");
  else assert.ok(standard < -0.9 && other < -0.9 && fast < -0.9);
}
JS
node one.mjs
