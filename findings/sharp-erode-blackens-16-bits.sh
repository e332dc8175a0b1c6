#!/usr/bin/env bash
# sharp 0.35.5 for Node.js (erode and dilate)
# Input: flat grey PNG, black and white, in 8 and 16 bits.
# Expected: the same image; there is nothing to erode or to dilate in a flat one.
# Happens: at 16 bits white becomes 255 of 65535, nearly black, and so does all that is not black. A mask of 16 bits is lost. At 8 bits both
# come out as they were.
# Output seen on 2026-12-01:
#   8 bits, 0, erode: 0
#   8 bits, 0, dilate: 0
#   8 bits, 255, erode: 255
#   8 bits, 255, dilate: 255
#   16 bits, 0, erode: 0
#   16 bits, 0, dilate: 0
#   16 bits, 65535, erode: 255
#   16 bits, 65535, dilate: 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit sharp@0.35.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import sharp from "sharp";

const [width, height] = [32, 24];
const image = (value, channels, depth) => {
  const kind = depth === 16 ? Uint16Array : Uint8Array;
  const space = channels > 2 ? (depth === 16 ? "rgb16" : "srgb") : depth === 16 ? "grey16" : "b-w";
  const data = kind.from({ length: width * height * channels }, (_, i) => value(i % channels));
  return sharp(data, { raw: { width, height, channels } }).toColourspace(space).png().toBuffer();
};
const read = async (pipeline, depth, channels) => {
  const space = channels > 2 ? (depth === 16 ? "rgb16" : "srgb") : depth === 16 ? "grey16" : "b-w";
  const raw = { depth: depth === 16 ? "ushort" : "uchar" };
  const { data, info } = await pipeline.toColourspace(space).raw(raw).toBuffer({ resolveWithObject: true });
  const samples = depth === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { samples, ...info };
};
for (const depth of [8, 16]) {
  for (const value of [0, 2 ** depth - 1]) {
    const file = await image(() => value, 1, depth);
    for (const name of ["erode", "dilate"]) {
      const { samples } = await read(sharp(file)[name](1), depth, 1);
      const seen = [...new Set(samples)];
      console.log(`${depth} bits, ${value}, ${name}: ${seen.join(" and ")}`);
      assert.equal(seen.length === 1 && seen[0] === value, depth === 8 || value === 0, "the behaviour has changed");
    }
  }
}
JS
node one.mjs
