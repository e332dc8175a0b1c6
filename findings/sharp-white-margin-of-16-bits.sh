#!/usr/bin/env bash
# sharp 0.35.5 for Node.js (extend, rotate and resize with a background of "#fff")
# Input: white RGBA PNG of 32 x 24 px in 8 and 16 bits, opaque.
# Expected: white and opaque everywhere, at both depths.
# Happens: at 16 bits the margin is 65280, 255 x 256, for paper of 65535, in its alpha and, but for `rotate`, in its colours: a seam that
# shows once contrast is stretched, and a margin that is not opaque. At 8 bits it is 255.
# Output seen on 2026-12-01:
#   8 bits, extend: margin 255 255 255 255, paper 255 255 255 255
#   8 bits, rotate by 10: margin 255 255 255 255, paper 255 255 255 255
#   8 bits, resize to contain: margin 255 255 255 255, paper 255 255 255 255
#   16 bits, extend: margin 65280 65280 65280 65280, paper 65535 65535 65535 65535
#   16 bits, rotate by 10: margin 65535 65535 65535 65280, paper 65535 65535 65535 65535
#   16 bits, resize to contain: margin 65280 65280 65280 65280, paper 65535 65535 65535 65535
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit sharp@0.35.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import sharp from "sharp";

const image = (value, channels, depth) => {
  const kind = depth === 16 ? Uint16Array : Uint8Array;
  const space = channels > 2 ? (depth === 16 ? "rgb16" : "srgb") : depth === 16 ? "grey16" : "b-w";
  const data = kind.from({ length: 32 * 24 * channels }, (_, i) => value(i % channels));
  return sharp(data, { raw: { width: 32, height: 24, channels } }).toColourspace(space).png().toBuffer();
};
const read = async (pipeline, depth, channels) => {
  const space = channels > 2 ? (depth === 16 ? "rgb16" : "srgb") : depth === 16 ? "grey16" : "b-w";
  const raw = { depth: depth === 16 ? "ushort" : "uchar" };
  const { data, info } = await pipeline.toColourspace(space).raw(raw).toBuffer({ resolveWithObject: true });
  const samples = depth === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { samples, ...info };
};
const background = "#fff";
const operations = {
  extend: (one) => one.extend({ left: 4, background }),
  "rotate by 10": (one) => one.rotate(10, { background }),
  "resize to contain": (one) => one.resize(48, 24, { fit: "contain", background }),
};
for (const depth of [8, 16]) {
  const white = await image(() => 2 ** depth - 1, 4, depth);
  for (const [name, operation] of Object.entries(operations)) {
    const { samples, width, height } = await read(operation(sharp(white)), depth, 4);
    const middle = 4 * (width * Math.floor(height / 2) + Math.floor(width / 2));
    console.log(`${depth} bits, ${name}: margin ${[...samples.slice(0, 4)].join(" ")}, paper ${[...samples.slice(middle, middle + 4)].join(" ")}`);
    assert.equal(samples[3], depth === 16 ? 65280 : 255, "the behaviour has changed");
    assert.equal(samples[middle + 3], 2 ** depth - 1, "the behaviour has changed");
  }
}
JS
node one.mjs
