#!/usr/bin/env bash
# @silvia-odwyer/photon-node 0.3.4 (box_blur, sharpen, identity, noise_reduction)
# Input: an opaque flat grey of 100, 8 x 6 px, filtered once and twice; and a lone pixel of 200 for the noise reduction.
# Expected: the flat image as it was: "identity" is documented as "an identity kernel convolution". A noise reduction treats all sides alike.
# Happens: the outermost pixels of every side become transparent black, by the identity too. A second filter takes that black into the image.
# The noise reduction spreads a pixel to the left and mostly up, which moves the image by 0.7 px to the left.
# Output seen on 2026-12-01:
#   box_blur: rows 0 and 1 0 0 0 0 0 0 0 0 / 0 100 100 100 100 100 100 0, of alpha 0 and 255; row 1 the second time 0 44 66 66 66 66 44 0
#   sharpen: rows 0 and 1 0 0 0 0 0 0 0 0 / 0 100 100 100 100 100 100 0, of alpha 0 and 255; row 1 the second time 0 255 200 200 200 200 255 0
#   identity: rows 0 and 1 0 0 0 0 0 0 0 0 / 0 100 100 100 100 100 100 0, of alpha 0 and 255; row 1 the second time 0 100 100 100 100 100 100 0
#   noise_reduction: rows 0 and 1 0 0 0 0 0 0 0 0 / 0 100 100 100 100 100 100 0, of alpha 0 and 255; row 1 the second time 0 85 82 82 82 82 31 0
#   lone pixel at 4, 3, noise reduced: centre at 3.32, 2.76
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @silvia-odwyer/photon-node@0.3.4
cat > one.js <<'JS'
const assert = require("assert");
const photon = require("@silvia-odwyer/photon-node");

const width = 8, height = 6;
const make = (value) => {
  const pixels = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) pixels.set([value(i), value(i), value(i), 255], 4 * i);
  return new photon.PhotonImage(pixels, width, height);
};
const rows = (image, channel) => {
  const samples = image.get_raw_pixels();
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => samples[4 * (y * width + x) + channel]).join(" "));
};

for (const name of ["box_blur", "sharpen", "identity", "noise_reduction"]) {
  const image = make(() => 100);
  photon[name](image);
  const once = rows(image, 0), alpha = rows(image, 3);
  photon[name](image);
  console.log(`${name}: rows 0 and 1 ${once[0]} / ${once[1]}, of alpha ${alpha[0][0]} and ${alpha[1].split(" ")[1]}; ` +
    `row 1 the second time ${rows(image, 0)[1]}`);
  assert.deepEqual([once[0], once[1]], ["0 0 0 0 0 0 0 0", "0 100 100 100 100 100 100 0"], "the behaviour has changed");
  assert.equal(alpha[0], "0 0 0 0 0 0 0 0", "the behaviour has changed");
}
const dot = make((i) => (i === 3 * width + 4 ? 200 : 0));
photon.noise_reduction(dot);
let sum = 0, across = 0, down = 0;
rows(dot, 0).forEach((row, y) => row.split(" ").forEach((value, x) => { sum += +value; across += x * value; down += y * value; }));
console.log(`lone pixel at 4, 3, noise reduced: centre at ${(across / sum).toFixed(2)}, ${(down / sum).toFixed(2)}`);
assert.ok(across / sum < 3.5 && down / sum < 2.9, "the behaviour has changed");
JS
node one.js
