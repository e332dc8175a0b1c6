#!/usr/bin/env bash
# ndarray-convolve 2.0.0 for Node.js (convolve.wrap)
# Input: one pixel of 9 at x 4, y 2 in an image of 7 x 9 px, and mean kernels of 3 x 3 and 5 x 5.
# Expected: a square of ones around the pixel, as `convolve` gives it; `wrap` follows the "same convention", says the README: the origin of
# the kernel is its middle.
# Happens: the origin is the kernel's corner: the result is moved down and to the right by 1 px with 3 x 3 and by 2 px with 5 x 5, and what
# leaves the image comes in on the other side. A blurred tile no longer fits its mask.
# Output seen on 2026-12-01:
#   3 x 3, convolve: columns 3 to 5, rows 1 to 3
#   3 x 3, convolve.wrap: columns 4 to 6, rows 2 to 4
#   5 x 5, convolve: columns 2 to 6, rows 0 to 4
#   5 x 5, convolve.wrap: columns 4 to 8, rows 2 to 6
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit ndarray-convolve@2.0.0 ndarray@1.0.19
cat > one.cjs <<'JS'
const assert = require("node:assert");
const convolve = require("ndarray-convolve");
const ndarray = require("ndarray");

const image = ndarray(Float64Array.from({ length: 63 }, (_, i) => (i === 22 ? 9 : 0)), [7, 9]);
for (const size of [3, 5]) {
  const kernel = ndarray(new Float64Array(size * size).fill(1 / size ** 2), [size, size]);
  for (const [name, method] of [["convolve", convolve], ["convolve.wrap", convolve.wrap]]) {
    const result = ndarray(new Float64Array(63), [7, 9]);
    method(result, image, kernel);
    const lit = Array.from(result.data, (value, i) => [value > 0.1, i % 9, Math.floor(i / 9)]).filter(([on]) => on);
    const [columns, rows] = [1, 2].map((axis) => lit.map((one) => one[axis]));
    const range = (numbers) => `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
    console.log(`${size} x ${size}, ${name}: columns ${range(columns)}, rows ${range(rows)}`);
    const moved = (Math.min(...columns) + Math.max(...columns)) / 2 - 4;
    assert.equal(Math.round(moved), name === "convolve" ? 0 : (size - 1) / 2, "the behaviour has changed");
  }
}
JS
node one.cjs
