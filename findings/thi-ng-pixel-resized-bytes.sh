#!/usr/bin/env bash
# @thi.ng/pixel 7.5.37 for Node.js and browsers (IntBuffer.resize)
# Input: flat grey images of 1, 100, 200 and 255 as bytes, 32 x 8 px, enlarged to 50 x 11 px by each filter.
# Expected: the same value everywhere.
# Happens: by "linear", which is the default, some pixels are a level lower: fractions are cut off, and sums fall short of the
# whole number. A mask of 255 gets values of 254, and a label of 1 holes of 0. "nearest" and "cubic" are exact.
# Output seen on 2026-11-30:
#   1: nearest 0 of 550 px a level lower, linear 10 of 550 px a level lower, cubic 0 of 550 px a level lower
#   100: nearest 0 of 550 px a level lower, linear 51 of 550 px a level lower, cubic 0 of 550 px a level lower
#   200: nearest 0 of 550 px a level lower, linear 51 of 550 px a level lower, cubic 0 of 550 px a level lower
#   255: nearest 0 of 550 px a level lower, linear 60 of 550 px a level lower, cubic 0 of 550 px a level lower
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @thi.ng/pixel@7.5.37
cat > one.mjs <<'JS'
import assert from "node:assert";
import { GRAY8, intBuffer } from "@thi.ng/pixel";

for (const value of [1, 100, 200, 255]) {
  const flat = intBuffer(32, 8, GRAY8);
  flat.data.fill(value);
  const lower = ["nearest", "linear", "cubic"].map((filter) => {
    const samples = flat.resize(50, 11, filter).data;
    assert.ok(samples.every((sample) => value - sample === 0 || value - sample === 1), "the behaviour has changed");
    return [filter, samples.filter((sample) => sample < value).length];
  });
  console.log(`${value}: ${lower.map(([filter, count]) => `${filter} ${count} of 550 px a level lower`).join(", ")}`);
  assert.deepEqual(lower.map(([, count]) => count > 0), [false, true, false], "the behaviour has changed");
}
JS
node one.mjs
