#!/usr/bin/env bash
# decode-tiff 0.2.1 for Node.js and browsers (decode)
# Input: uncompressed TIFF of 8 bits, 4 x 4 px, each row brighter than the one above: RGB in one strip and in 2 and 4, as most writers cut
# images, and grey in one.
# Expected: rows 0, 40, 80 and 120 from the top, grey as grey; or an error, as comes for compressed files.
# Happens: strips are put together from the last to the first, so that the parts of the image change places, and of a grey image three
# neighbours at a time are taken for red, green and blue. Nothing is raised. RGB in a single strip is right.
# Output seen on 2026-12-01:
#   RGB, 1 strip: 0 0 0, 40 40 40, 80 80 80, 120 120 120 down the first column
#   RGB, 2 strips: 80 80 80, 120 120 120, 0 0 0, 40 40 40 down the first column
#   RGB, 4 strips: 120 120 120, 80 80 80, 40 40 40, 0 0 0 down the first column
#   grey, 1 strip: 0 10 20, 40 50 60, 80 90 100, 120 130 140 down the first column
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit decode-tiff@0.2.1
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { decode } = require("decode-tiff");

const SIZE = 4;

function tiff(samples, channels, strips) {
  const bytes = samples.length / strips; // of one strip; the tables of strips and depths follow the tags
  const tables = 8 + 2 + 12 * 9 + 4;
  const data = tables + 8 * strips + 6;
  const depths = data - 6;
  const file = Buffer.alloc(data);
  file.write("II*\0\x08\0\0\0", "latin1");
  file.writeUInt16LE(9, 8);
  const single = strips === 1;
  const entries = [
    [256, 3, 1, SIZE], [257, 3, 1, SIZE], [258, 3, channels, channels === 1 ? 8 : depths], [259, 3, 1, 1], [262, 3, 1, channels === 1 ? 1 : 2],
    [273, 4, strips, single ? data : tables], [277, 3, 1, channels], [278, 3, 1, SIZE / strips], [279, 4, strips, single ? bytes : tables + 4 * strips],
  ];
  entries.forEach(([tag, type, count, value], i) => {
    file.writeUInt16LE(tag, 10 + 12 * i);
    file.writeUInt16LE(type, 12 + 12 * i);
    file.writeUInt32LE(count, 14 + 12 * i);
    file.writeUInt32LE(value, 18 + 12 * i);
  });
  for (let strip = 0; strip < strips; strip++) {
    file.writeUInt32LE(data + strip * bytes, tables + 4 * strip);
    file.writeUInt32LE(bytes, tables + 4 * (strips + strip));
  }
  for (let channel = 0; channel < 3; channel++) file.writeUInt16LE(8, depths + 2 * channel);
  return Buffer.concat([file, Buffer.from(samples)]);
}

for (const [name, channels, strips] of [["RGB", 3, 1], ["RGB", 3, 2], ["RGB", 3, 4], ["grey", 1, 1]]) {
  const samples = Array.from({ length: SIZE * SIZE * channels }, (_, i) => 10 * Math.floor(i / channels));
  const { data } = decode(tiff(samples, channels, strips));
  const column = [0, 1, 2, 3].map((y) => [...data.subarray(4 * SIZE * y, 4 * SIZE * y + 3)].join(" ")).join(", ");
  console.log(`${name}, ${strips} strip${strips === 1 ? "" : "s"}: ${column} down the first column`);
  assert.equal(column === "0 0 0, 40 40 40, 80 80 80, 120 120 120", name === "RGB" && strips === 1, "the behaviour has changed");
}
JS
node one.cjs
