#!/usr/bin/env bash
# @blazediff/ssim 1.7.1 for Node.js (hitchhikers-ssim, msssim; ssim for comparison)
# Input: a smooth image of 200 x 200 px, its negative, and a copy with noise.
# Expected: the negative is farthest of all: its plain SSIM is below 0. The README gives 0 to 1 as the range, 1 for identical images.
# Happens: Hitchhiker's SSIM of an image and its negative is 1, better than that of the noisy copy: the score is taken from spread over mean, and
# a mean below 0 turns it round. MS-SSIM is NaN, since powers of negative terms are taken.
# Output seen on 2026-12-01:
#   equal: Hitchhiker's 1.000, MS-SSIM 1.000, SSIM 1.000
#   noisy: Hitchhiker's 0.910, MS-SSIM 0.920, SSIM 0.387
#   negative: Hitchhiker's 1.000, MS-SSIM NaN, SSIM -0.465
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @blazediff/ssim@1.7.1
cat > one.mjs <<'JS'
import assert from "assert";
import { ssim } from "@blazediff/ssim";
import hitchhikers from "@blazediff/ssim/hitchhikers-ssim";
import msssim from "@blazediff/ssim/msssim";

const side = 200;
let state = 1;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const levels = Array.from({ length: side * side }, (_, i) => 128 + 60 * Math.sin((i % side) / 7) + 40 * Math.cos(Math.floor(i / side) / 5));
const image = (map) => Uint8ClampedArray.from(levels.flatMap((v) => { const w = map(v); return [w, w, w, 255]; }));
const source = image((v) => v);
const others = { equal: source, noisy: image((v) => v + 80 * (random() - 0.5)), negative: image((v) => 255 - v) };
for (const [name, other] of Object.entries(others)) {
  const [hitch, multi, plain] = [hitchhikers, msssim, ssim].map((measure) => measure(source, other, undefined, side, side));
  console.log(`${name}: Hitchhiker's ${hitch.toFixed(3)}, MS-SSIM ${multi.toFixed(3)}, SSIM ${plain.toFixed(3)}`);
  if (name === "negative") assert.ok(hitch === 1 && Number.isNaN(multi) && plain < 0, "the behaviour has changed");
  if (name === "noisy") assert.ok(hitch < 0.95);
}
JS
node one.mjs
