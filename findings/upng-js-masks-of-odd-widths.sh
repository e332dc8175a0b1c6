#!/usr/bin/env bash
# upng-js 2.1.0 for Node.js and browsers (decode and toRGBA8)
# Input: grey PNG of 1, 2, 4 and 8 bits, 16 rows high, with an upright line in column 3; widths of 16, 17 and 50 px.
# Expected: the line stays in column 3, as a row of a PNG begins with a byte of its own.
# Happens: where a row does not fill its last byte, the rest of that byte is taken for pixels, and every row is moved further to the right:
# the line runs slantwise through the image. Masks and scans of 1 bit with a width of 17 or 50 are ruined, and nothing is raised. 8 bits are
# right.
# Output seen on 2026-12-01:
#   1 bit, 16 px wide: line in columns 3 3 3 3 3
#   1 bit, 17 px wide: line in columns 3 10 none 0 7
#   1 bit, 50 px wide: line in columns 3 9 15 21 27
#   2 bits, 16 px wide: line in columns 3 3 3 3 3
#   2 bits, 17 px wide: line in columns 3 6 9 12 15
#   2 bits, 50 px wide: line in columns 3 5 7 9 11
#   4 bits, 16 px wide: line in columns 3 3 3 3 3
#   4 bits, 17 px wide: line in columns 3 4 5 6 7
#   4 bits, 50 px wide: line in columns 3 3 3 3 3
#   8 bits, 16 px wide: line in columns 3 3 3 3 3
#   8 bits, 17 px wide: line in columns 3 3 3 3 3
#   8 bits, 50 px wide: line in columns 3 3 3 3 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit upng-js@2.1.0
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { deflateSync } = require("node:zlib");
const UPNG = require("upng-js");

const table = Uint32Array.from({ length: 256 }, (_, n) => [...Array(8)].reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n));
const checksum = (bytes) => ~bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), ~0) >>> 0;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(checksum(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function line(width, bits) {
  const header = Buffer.from([0, 0, 0, width, 0, 0, 0, 16, bits, 0, 0, 0, 0]);
  const row = Buffer.alloc(1 + Math.ceil((width * bits) / 8)); // a byte for the filter comes first
  for (let bit = 3 * bits; bit < 4 * bits; bit++) row[1 + (bit >> 3)] |= 128 >> (bit & 7);
  const rows = deflateSync(Buffer.concat(Array(16).fill(row)));
  const chunks = [chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

for (const bits of [1, 2, 4, 8]) {
  for (const width of [16, 17, 50]) {
    const samples = new Uint8Array(UPNG.toRGBA8(UPNG.decode(line(width, bits)))[0]).filter((_, i) => i % 4 === 0);
    const columns = [0, 1, 2, 3, 4].map((y) => samples.subarray(y * width, (y + 1) * width).indexOf(255));
    console.log(`${bits} ${bits === 1 ? "bit" : "bits"}, ${width} px wide: line in columns ${columns.join(" ").replace("-1", "none")}`);
    assert.equal(columns.some((x) => x !== 3), (width * bits) % 8 !== 0, "the behaviour has changed");
  }
}
JS
node one.cjs
