#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (layers.upSampling2d with interpolation "bilinear"; CPU backend)
# Input: a ramp of 4 px, 10 20 30 40, enlarged by 2 and 4 by the layer, and by image.resizeBilinear with half pixel centres.
# Expected: 10 12.5 17.5 22.5 27.5 32.5 37.5 40, what Keras' layer of that name gives (3.15.1 on TensorFlow 2.21.0, run apart from this
# script on 2026-12-01, and the same as half pixel centres at a scale of 4).
# Happens: 10 15 20 25 30 35 40 40: the image is moved by a quarter of an old pixel at a scale of 2, by 0.375 at 4, left and up, and its last
# pixels are repeated. A decoder of four such layers, trained in Keras and converted, is off by 7.5 px of its result,
# and its skip connections join features of other places. The layer has no option for it.
# Output seen on 2026-12-01:
#   layer, scale 2: 10 15 20 25 30 35 40 40
#   half pixel centres, scale 2: 10 12.5 17.5 22.5 27.5 32.5 37.5 40
#   layer, scale 4: 10 12.5 15 17.5 20 22.5 25 27.5 30 32.5 35 37.5 40 40 40 40
#   half pixel centres, scale 4: 10 10 11.25 13.75 16.25 18.75 21.25 23.75 26.25 28.75 31.25 33.75 36.25 38.75 40 40
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @tensorflow/tfjs@4.22.0
cat > one.mjs <<'JS'
import assert from "node:assert";
console.warn = () => {}; // the library prints a hint at its Node.js package
const tf = await import("@tensorflow/tfjs");

await tf.setBackend("cpu");
const ramp = tf.tensor4d([10, 20, 30, 40], [1, 1, 4, 1]);
for (const scale of [2, 4]) {
  const layer = tf.layers.upSampling2d({ size: [1, scale], interpolation: "bilinear" });
  const moved = Array.from(await layer.apply(ramp).data());
  const centred = Array.from(await tf.image.resizeBilinear(ramp, [1, 4 * scale], false, true).data());
  console.log(`layer, scale ${scale}: ${moved.join(" ")}`);
  console.log(`half pixel centres, scale ${scale}: ${centred.join(" ")}`);
  moved.forEach((value, x) => assert.equal(value, Math.min(40, 10 + (10 * x) / scale), "the behaviour has changed"));
  centred.forEach((value, x) => assert.equal(value, Math.max(10, Math.min(40, 10 * (x + 0.5) / scale + 5)), "the behaviour has changed"));
}
JS
node one.mjs
