#!/usr/bin/env bash
# image-js 1.7.0 for Node.js and browsers (threshold)
# Input: an image of two tones, 50 and 200, half and half and two thirds to one, as a clean mask or line drawing has them.
# Expected: every automatic method marks the bright pixels: any threshold from 50 to 199 does it.
# Happens: "moments" answers 200 and marks nothing, as only pixels above a threshold are marked; "renyiEntropy" marks everything, and so do
# "maxEntropy" and "yen" where the halves are equal, with a threshold of -1. No error is raised. The other methods are right, "isodata" and
# "intermodes" too, which raise an error for a flat image.
# Output seen on 2026-12-01:
#   huang: 32 of 32, 27 of 27
#   intermodes: 32 of 32, 27 of 27
#   isodata: 32 of 32, 27 of 27
#   li: 32 of 32, 27 of 27
#   maxEntropy: 64 of 32, 27 of 27
#   mean: 32 of 32, 27 of 27
#   minError: 32 of 32, 27 of 27
#   minimum: 32 of 32, 27 of 27
#   moments: 0 of 32, 0 of 27
#   otsu: 32 of 32, 27 of 27
#   percentile: 32 of 32, 27 of 27
#   renyiEntropy: 64 of 32, 81 of 27
#   shanbhag: 32 of 32, 27 of 27
#   triangle: 32 of 32, 27 of 27
#   yen: 64 of 32, 27 of 27
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-js@1.7.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Image, ThresholdAlgorithm } from "image-js";

function bright(side, edge, algorithm) {
  const image = new Image(side, side, { colorModel: "GREY" });
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) image.setValue(x, y, 0, x < edge ? 50 : 200);
  return image.threshold({ algorithm }).getNbNonZeroPixels();
}

const unlike = { moments: [0, 0], renyiEntropy: [64, 81], maxEntropy: [64, 27], yen: [64, 27] };
for (const algorithm of Object.values(ThresholdAlgorithm)) {
  const found = [bright(8, 4, algorithm), bright(9, 6, algorithm)];
  console.log(`${algorithm}: ${found[0]} of 32, ${found[1]} of 27`);
  assert.deepEqual(found, unlike[algorithm] ?? [32, 27], "the behaviour has changed");
}
JS
node one.mjs
