#!/usr/bin/env bash
# utif2 4.1.0 (decodeImage and toRGBA8; also what jimp reads TIFF with)
# Input: an RGB TIFF of 4 x 2 px, all of 10, 20, 30, stored pixel by pixel (PlanarConfiguration 1) and plane by plane (2).
# Expected: 10, 20, 30 everywhere, both times.
# Happens: plane by plane, as some scanners and imaging tools write, only the first plane is read, and taken as if it were stored
# by pixel: three grey pixels of 10, and the rest is black. Nothing is raised.
# Output seen on 2026-11-30:
#   by pixel: 10 20 30, 10 20 30, 10 20 30, 10 20 30, 10 20 30, 10 20 30, 10 20 30, 10 20 30
#   by plane: 10 10 10, 10 10 10, 10 10 0, 0 0 0, 0 0 0, 0 0 0, 0 0 0, 0 0 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit utif2@4.1.0
cat > one.js <<'JS'
const assert = require("assert");
const UTIF = require("utif2");

function tiff(samples, planar) {
  const bytes = Buffer.alloc(272);
  const offsets = planar === 2 ? [248, 256, 264] : [248];
  bytes.write("II*\0\x08\0\0\0", "latin1");
  const tags = { 256: [4], 257: [2], 258: [8, 8, 8], 259: [1], 262: [2], 273: offsets, 277: [3], 278: [2] };
  Object.assign(tags, { 279: offsets.map(() => 24 / offsets.length), 284: [planar] });
  bytes.writeUInt16LE(Object.keys(tags).length, 8);
  Object.entries(tags).forEach(([tag, values], index) => {
    const at = 10 + 12 * index, far = 150 + 8 * index;
    bytes.writeUInt16LE(Number(tag), at), bytes.writeUInt16LE(3, at + 2), bytes.writeUInt32LE(values.length, at + 4);
    if (values.length > 2) bytes.writeUInt32LE(far, at + 8);
    values.forEach((value, which) => bytes.writeUInt16LE(value, (values.length > 2 ? far : at + 8) + 2 * which));
  });
  Buffer.from(samples).copy(bytes, 248);
  return bytes;
}

const pixels = Array.from({ length: 24 }, (_, index) => [10, 20, 30][index % 3]);
const planes = Array.from({ length: 24 }, (_, index) => [10, 20, 30][Math.floor(index / 8)]);
for (const [name, samples, planar] of [["by pixel", pixels, 1], ["by plane", planes, 2]]) {
  const file = tiff(samples, planar);
  const [page] = UTIF.decode(file);
  UTIF.decodeImage(file, page);
  const rgba = [...UTIF.toRGBA8(page)];
  const shown = Array.from({ length: 8 }, (_, index) => rgba.slice(4 * index, 4 * index + 3).join(" "));
  console.log(`${name}: ${shown.join(", ")}`);
  assert.equal(shown.every((one) => one === "10 20 30"), planar === 1, "the behaviour has changed");
}
JS
node one.js
