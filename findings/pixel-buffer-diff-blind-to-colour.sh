#!/usr/bin/env bash
# pixel-buffer-diff 1.4.0 for Node.js (diff); pixelmatch 7.2.0 for comparison
# Input: a white page of 40 x 30 px with a patch of 10 x 10 px in either of two colours of about the same luma.
# Expected: 100 pixels differ, as by Pixelmatch, for which the library is "a drop in replacement", at a lower threshold than its default.
# Happens: none does. Pixels are counted by colour, but the sum that must pass cumulatedThreshold is one of luma alone, and if it does not, all figures
# are 0, not only the sum: red is green, and sepia is blue; a change of colour is passed over.
# Output seen on 2026-12-01:
#   255,0,0 and 0,130,0: 0 differ, by pixelmatch 100
#   180,130,70 and 110,140,202: 0 differ, by pixelmatch 100
#   200,100,200 and 141,141,141: 0 differ, by pixelmatch 100
#   141,141,141 and 100,100,100: 100 differ, by pixelmatch 100
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit pixel-buffer-diff@1.4.0 pixelmatch@7.2.0
cat > one.mjs <<'JS'
import assert from "assert";
import { diff } from "pixel-buffer-diff";
import pixelmatch from "pixelmatch";

const width = 40, height = 30;
const inPatch = (i) => i % width >= 12 && i % width < 22 && i >= 8 * width && i < 18 * width;
const page = (colour) => Uint8ClampedArray.from(
  Array.from({ length: width * height }, (_, i) => [...(inPatch(i) ? colour : [255, 255, 255]), 255]).flat());
const pairs = [
  [[255, 0, 0], [0, 130, 0]],
  [[180, 130, 70], [110, 140, 202]],
  [[200, 100, 200], [141, 141, 141]],
  [[141, 141, 141], [100, 100, 100]],
];
for (const [one, other] of pairs) {
  const seen = diff(page(one), page(other), new Uint8ClampedArray(4 * width * height), width, height, { threshold: 0.03 }).diff;
  const wanted = pixelmatch(page(one), page(other), null, width, height);
  console.log(`${one} and ${other}: ${seen} differ, by pixelmatch ${wanted}`);
  assert.equal(wanted, 100);
  assert.equal(seen, other[2] === 100 ? 100 : 0, "the behaviour has changed");
}
JS
node one.mjs
