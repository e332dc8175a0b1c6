#!/usr/bin/env bash
# ndarray-convolve 2.0.0 for Node.js (convolve and convolve.correlate)
# Input: one white pixel in an image of 7 x 9 px, and a kernel whose only 1 is right of its middle.
# Expected: a convolution puts a copy one pixel to the right, and a correlation, which does not turn the kernel, one pixel to the left.
# Happens: both put it to the right; `correlate` gives what `convolve` does, for every kernel. Looking for a template finds its mirror
# image, and edges found by a Prewitt kernel have the wrong sign.
# Output seen on 2026-12-01:
#   1 on the right: convolved 1 at 5,2, correlated 1 at 5,2
#   1 above: convolved 1 at 4,1, correlated 1 at 4,1
#   1 to 9: convolved 1 at 3,1; 2 at 4,1; 3 at 5,1, correlated 1 at 3,1; 2 at 4,1; 3 at 5,1
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

const make = (height, width, value) => {
  const samples = Float64Array.from({ length: height * width }, (_, i) => value(i % width, Math.floor(i / width)));
  return ndarray(samples, [height, width]);
};
const image = make(7, 9, (x, y) => Number(x === 4 && y === 2));
const kernels = {
  "1 on the right": (x, y) => Number(x === 2 && y === 1),
  "1 above": (x, y) => Number(x === 1 && y === 0),
  "1 to 9": (x, y) => 1 + x + 3 * y,
};
for (const [name, kernel] of Object.entries(kernels)) {
  const results = [convolve, convolve.correlate].map((method) => {
    const result = make(7, 9, () => 0);
    method(result, image, make(3, 3, kernel));
    return Array.from(result.data, (value) => Math.round(value));
  });
  const places = results.map((result) => result.map((value, i) => (value ? `${value} at ${i % 9},${Math.floor(i / 9)}` : "")).filter(Boolean));
  console.log(`${name}: convolved ${places[0].slice(0, 3).join("; ")}, correlated ${places[1].slice(0, 3).join("; ")}`);
  assert.deepEqual(results[0], results[1], "the behaviour has changed");
}
JS
node one.cjs
