#!/usr/bin/env bash
# @jsquash/resize 2.1.1 (resize by the methods "magicKernel", "lanczos3" and "triangle")
# Input: 16 x 12 px, the left half transparent, the right half opaque and all of 200, made 10 px wide with `premultiply: true`, the default.
# Expected: 200 wherever the result is not transparent, as the other methods give it (to a level); that is what `premultiply` is for.
# Happens: by magicKernel the black under the transparent pixels is mixed in: 29 and 170 at alpha 37 and 217. A cut-out fragment gets a dark
# fringe. The option is taken and passed over, and so is `linearRGB`.
# Output seen on 2026-12-01:
#   triangle, premultiply true: colour 200 200 200 200 200 200, alpha 31 224 255 255 255 255
#   triangle, premultiply false: colour 74 188 200 200 200 200, alpha 31 224 255 255 255 255
#   lanczos3, premultiply true: colour 200 200 200 200 200 200, alpha 11 244 255 254 255 255
#   lanczos3, premultiply false: colour 44 195 201 199 200 200, alpha 11 244 255 254 255 255
#   magicKernel, premultiply true: colour 29 170 200 200 199 200, alpha 37 217 255 255 255 255
#   magicKernel, premultiply false: colour 29 170 200 200 199 200, alpha 37 217 255 255 255 255
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
const { default: resize, initMagicKernel, initResize } = await import("@jsquash/resize/index.js");
const load = (name) => WebAssembly.compile(readFileSync(`node_modules/@jsquash/resize/lib/${name}_bg.wasm`));
await initResize(await load("resize/pkg/squoosh_resize"));
await initMagicKernel(await load("magic-kernel/pkg/jsquash_magic_kernel"));
for (const method of ["triangle", "lanczos3", "magicKernel"]) {
  for (const premultiply of [true, false]) {
    const data = Uint8ClampedArray.from({ length: 768 }, (_, i) => ((i >> 2) % 16 < 8 ? 0 : i % 4 === 3 ? 255 : 200));
    const result = await resize(new ImageData(data, 16, 12), { width: 10, height: 12, method, premultiply });
    const row = Array.from({ length: 10 }, (_, x) => result.data.slice(4 * (50 + x), 4 * (50 + x) + 4)).filter((pixel) => pixel[3] > 5);
    console.log(`${method}, premultiply ${premultiply}: colour ${row.map((p) => p[0]).join(" ")}, alpha ${row.map((p) => p[3]).join(" ")}`);
    const flat = row.every((pixel) => Math.abs(pixel[0] - 200) < 2);
    assert.equal(flat, method !== "magicKernel" && premultiply, "the behaviour has changed");
  }
}
JS
node one.mjs
