#!/usr/bin/env bash
# bmp-ts 1.0.9, and jimp 1.6.1, which reads BMP by it; bmp-js 0.1.0 for comparison
# Input: BMP of 4 bits with a palette of 16 greys, 3 to 8 px wide and 4 px high; and one of 16 bits with a white and a red pixel.
# Expected: every row, as bmp-js reads them; white is 255.
# Happens: of images with an odd width one row alone is read, the lowest, with which the file begins; the rest is black. White of 16 bits,
# 31 of 31 in each colour, is 248, in bmp-js too. A scan of few greys is lost without an error.
# Output seen on 2026-12-01:
#   4 bits, 3 px wide: rows read right of 4: bmp-ts 1, jimp 1, bmp-js 4
#   4 bits, 4 px wide: rows read right of 4: bmp-ts 4, jimp 4, bmp-js 4
#   4 bits, 5 px wide: rows read right of 4: bmp-ts 1, jimp 1, bmp-js 4
#   4 bits, 6 px wide: rows read right of 4: bmp-ts 4, jimp 4, bmp-js 4
#   4 bits, 7 px wide: rows read right of 4: bmp-ts 1, jimp 1, bmp-js 4
#   4 bits, 8 px wide: rows read right of 4: bmp-ts 4, jimp 4, bmp-js 4
#   16 bits: white is 248 248 248
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit bmp-ts@1.0.9 jimp@1.6.1 bmp-js@0.1.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import bmpJs from "bmp-js";
import { decode } from "bmp-ts";
import { Jimp } from "jimp";

const height = 4;
function bmp(width, bits, rows, palette) {
  const stride = Math.ceil((width * bits) / 32) * 4, start = 54 + 4 * palette.length;
  const file = Buffer.alloc(start + stride * rows.length);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(rows.length, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  palette.forEach((grey, i) => file.fill(grey, 54 + 4 * i, 57 + 4 * i));
  rows.forEach((row, y) => file.set(row, start + stride * (rows.length - 1 - y)));
  return file;
}

const greys = Array.from({ length: 16 }, (_, i) => 17 * i);
for (let width = 3; width <= 8; width++) {
  const value = (x, y) => 1 + ((x + y) % 15);
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: Math.ceil(width / 2) }, (_, i) => (value(2 * i, y) << 4) | (2 * i + 1 < width ? value(2 * i + 1, y) : 0)));
  const file = bmp(width, 4, rows, greys);
  // bmp-ts and bmp-js give alpha, blue, green, red; jimp gives red, green, blue, alpha.
  const right = (data) => Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => data[4 * (y * width + x) + 1] === 17 * value(x, y)))
    .filter((row) => row.every(Boolean)).length;
  const found = { "bmp-ts": right(decode(file).data), jimp: right((await Jimp.read(file)).bitmap.data), "bmp-js": right(bmpJs.decode(file).data) };
  console.log(`4 bits, ${width} px wide: rows read right of ${height}: ${Object.entries(found).map(([name, count]) => `${name} ${count}`).join(", ")}`);
  assert.deepEqual(Object.values(found), width % 2 ? [1, 1, 4] : [4, 4, 4], "the behaviour has changed");
}
const deep = bmp(2, 16, [[0xff, 0x7f, 0x00, 0x7c]], []);
const whites = [decode(deep), bmpJs.decode(deep)].map(({ data }) => [...data.subarray(1, 4)]);
console.log(`16 bits: white is ${whites[0].join(" ")}`);
for (const white of whites) assert.deepEqual(white, [248, 248, 248], "the behaviour has changed");
JS
node one.mjs
