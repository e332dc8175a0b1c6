#!/usr/bin/env bash
# @rgba-image/lanczos 0.1.1 for Node.js and browsers (lanczos, lanczos2)
# Input: a ramp of 8 and 16 px in steps of 10, "resized" to its own size.
# Expected: the ramp as it was; a Lanczos kernel is 1 at its own pixel and 0 at all others.
# Happens: pixels near all four edges change, by up to 10 of 10: the second and the last but one with lanczos, whose neighbours they nearly
# become, the first and the last with lanczos2. The middle is exact, and so is a reduction by half. A part cut out and put back has seams
# around it.
# Output seen on 2026-12-01:
#   lanczos, 8 px: 0 3 20 30 40 50 67 70
#   lanczos, 16 px: 0 3 20 30 40 50 60 70 80 90 100 110 120 130 147 150
#   lanczos2, 8 px: 10 10 20 30 40 50 60 60
#   lanczos2, 16 px: 10 10 20 30 40 50 60 70 80 90 100 110 120 130 140 140
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @rgba-image/lanczos@0.1.1
cat > one.cjs <<'JS'
const assert = require("node:assert");
const methods = require("@rgba-image/lanczos");

for (const method of ["lanczos", "lanczos2"]) {
  for (const size of [8, 16]) {
    const [source, result] = [0, 1].map(() => ({ width: size, height: size, data: new Uint8ClampedArray(4 * size * size) }));
    for (let i = 0; i < size * size; i++) source.data.set([10 * (i % size), 0, 0, 255], 4 * i);
    methods[method](source, result);
    const row = Array.from({ length: size }, (_, x) => result.data[4 * (size * 4 + x)]);
    console.log(`${method}, ${size} px: ${row.join(" ")}`);
    row.forEach((value, x) => {
      const edge = method === "lanczos" ? [1, size - 2] : [0, size - 1];
      assert.equal(value !== 10 * x, edge.includes(x), "the behaviour has changed");
    });
  }
}
JS
node one.cjs
