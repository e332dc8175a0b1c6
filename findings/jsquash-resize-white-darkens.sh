#!/usr/bin/env bash
# @jsquash/resize 2.1.1 (resize with its default options), the codec of Squoosh
# Input: flat opaque images of 16 x 12 px, of 1, 128 and 255, "resized" to their own size, to half and to twice of it.
# Expected: the same value; all filters of the library have weights whose sum is 1.
# Happens: with `linearRGB`, on by default, values are cut off instead of rounded on the way back: white becomes 254, 128 becomes 127 and 1
# becomes 0, at the image's own size too. White paper is not white after it, and a mask of 0 and 255 is one of 0 and 254. Without
# `linearRGB` the same images stay as they are at 16 x 12.
# Output seen on 2026-12-01:
#   1, default: 0 at the same size, 0 at a half, 0 at twice the size
#   1, linearRGB: false: 1 at the same size, 0 and 1 at a half, 1 at twice the size
#   128, default: 127 at the same size, 127 and 128 at a half, 127 and 128 at twice the size
#   128, linearRGB: false: 128 at the same size, 127 and 128 at a half, 128 at twice the size
#   255, default: 254 at the same size, 254 at a half, 254 at twice the size
#   255, linearRGB: false: 255 at the same size, 255 at a half, 255 at twice the size
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @jsquash/resize@2.1.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";

globalThis.ImageData = class {
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
};
const { default: resize, initResize } = await import("@jsquash/resize/index.js");
const module = await WebAssembly.compile(readFileSync("node_modules/@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm"));
await initResize(module);
for (const value of [1, 128, 255]) {
  for (const [name, options] of [["default", {}], ["linearRGB: false", { linearRGB: false }]]) {
    const seen = [];
    for (const [width, height] of [[16, 12], [8, 6], [32, 24]]) {
      const data = Uint8ClampedArray.from({ length: 768 }, (_, i) => (i % 4 === 3 ? 255 : value));
      const result = await resize(new ImageData(data, 16, 12), { width, height, ...options });
      seen.push([...new Set(result.data.filter((_, i) => i % 4 < 3))].sort((a, b) => a - b).join(" and "));
    }
    console.log(`${value}, ${name}: ${seen[0]} at the same size, ${seen[1]} at a half, ${seen[2]} at twice the size`);
    assert.equal(seen[0], String(name === "default" ? value - 1 : value), "the behaviour has changed");
  }
}
JS
node one.mjs
