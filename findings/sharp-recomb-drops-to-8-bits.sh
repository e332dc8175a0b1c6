#!/usr/bin/env bash
# sharp 0.35.5 for Node.js (recomb)
# Input: flat RGBA PNG of 16 bits, 5000, 30000 and 65535 with an alpha of 20000, recombined by the identity matrix.
# Expected: the same samples: every channel is once itself.
# Happens: the result is still one of 16 bits, but goes through 8: 5000 becomes 5119, 30000 becomes 30207 and the alpha 19968. A smooth sky
# of 16 bits has steps after a change of white balance. modulate and linear keep 16 bits.
# Output seen on 2026-12-01:
#   recomb: 5119 30207 65535 19968, depth ushort
#   modulate: 5000 30000 65535 20000, depth ushort
#   linear: 5000 30000 65535 20000, depth ushort
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
const file = await image((channel) => [5000, 30000, 65535, 20000][channel], 4, 16);
const operations = {
  recomb: (one) => one.recomb([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
  modulate: (one) => one.modulate({ brightness: 1 }),
  linear: (one) => one.linear(1, 0),
};
for (const [name, operation] of Object.entries(operations)) {
  const { samples, depth } = await read(operation(sharp(file)), 16, 4);
  const pixel = [...samples.slice(0, 4)];
  console.log(`${name}: ${pixel.join(" ")}, depth ${depth}`);
  const same = pixel.join() === "5000,30000,65535,20000";
  assert.equal(same, name !== "recomb", "the behaviour has changed");
}
JS
node one.mjs
