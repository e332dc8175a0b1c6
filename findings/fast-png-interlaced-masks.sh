#!/usr/bin/env bash
# fast-png 8.0.0 for Node.js and browsers (decode; also what image-js reads PNG with)
# Input: interlaced grey PNG of 1, 2, 4 and 8 bits, 16 x 16 px, with an upright line; and blank ones.
# Expected: the image, as it comes from an interlaced file of 8 bits; the format has interlacing for every bit depth.
# Happens: below 8 bits the rows of a pass are taken for one byte a pixel, and the next row is looked for in the wrong place. Masks are
# refused with "Unsupported filter", as if the file were broken, blank ones too.
# Output seen on 2026-12-01:
#   line, 1 bit: Error: Unsupported filter: 32
#   line, 2 bits: Error: Unsupported filter: 12
#   line, 4 bits: Error: Unsupported filter: 240
#   line, 8 bits: right
#   blank, 1 bit: Error: Unsupported filter: undefined
#   blank, 8 bits: right
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit fast-png@8.0.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { deflateSync } from "node:zlib";
import { decode } from "fast-png";

const SIZE = 16;
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
const table = Uint32Array.from({ length: 256 }, (_, n) => [...Array(8)].reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n));
const checksum = (bytes) => ~bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), ~0) >>> 0;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(checksum(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function packed(samples, bits) {
  const bytes = Buffer.alloc(Math.ceil((samples.length * bits) / 8));
  samples.forEach((sample, i) => (bytes[(i * bits) >> 3] |= sample << (8 - bits - ((i * bits) & 7))));
  return bytes;
}

function interlaced(rows, bits) {
  const lines = PASSES.flatMap(([x0, y0, dx, dy]) =>
    rows.filter((_, y) => y >= y0 && (y - y0) % dy === 0).map((row) => packed(row.filter((_, x) => x >= x0 && (x - x0) % dx === 0), bits)),
  );
  const data = deflateSync(Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from([0]), line]))));
  const header = Buffer.from([0, 0, 0, SIZE, 0, 0, 0, SIZE, bits, 0, 0, 0, 1]);
  const chunks = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

const image = (column, white) => Array.from({ length: SIZE }, () => Array.from({ length: SIZE }, (_, x) => (x === column ? white : 0)));
for (const [name, column, bits] of [["line", 5, 1], ["line", 5, 2], ["line", 5, 4], ["line", 5, 8], ["blank", -1, 1], ["blank", -1, 8]]) {
  const rows = image(column, 2 ** bits - 1);
  let seen = "right";
  try {
    assert.deepEqual(Buffer.from(decode(interlaced(rows, bits)).data), Buffer.concat(rows.map((row) => packed(row, bits))));
  } catch (error) {
    seen = String(error);
  }
  console.log(`${name}, ${bits} ${bits === 1 ? "bit" : "bits"}: ${seen}`);
  assert.equal(seen.startsWith("Error: Unsupported filter"), bits < 8, "the behaviour has changed");
}
JS
node one.mjs
