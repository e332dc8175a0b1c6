#!/usr/bin/env bash
# tiff 7.1.3 for Node.js and browsers (decode; also what image-js reads TIFF with)
# Input: one row of -2, -1, 0, 1 as signed samples of 8 and 16 bits, and of 0, 0.5, 1, 2 as floats of 16 and 32 bits.
# Expected: the values, or an error, as comes for many other kinds that it does not know.
# Happens: signed samples are read as unsigned (-1 as 255 and 65535), and half floats as whole numbers (1 as 15360); floats of 32
# bits are right. Depths and differences below 0 become white, and nothing is raised.
# Output seen on 2026-11-30:
#   signed, 8 bits: -2, -1, 0, 1 read as Uint8Array 254, 255, 0, 1
#   signed, 16 bits: -2, -1, 0, 1 read as Uint16Array 65534, 65535, 0, 1
#   floats, 16 bits: 0, 0.5, 1, 2 read as Uint16Array 0, 14336, 15360, 16384
#   floats, 32 bits: 0, 0.5, 1, 2 read as Float32Array 0, 0.5, 1, 2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit tiff@7.1.3
cat > one.mjs <<'JS'
import assert from "node:assert";
import { decode } from "tiff";

function tiff(samples, bits, format) {
  const tags = { 256: 4, 257: 1, 258: bits, 259: 1, 262: 1, 273: 200, 277: 1, 278: 1, 279: samples.byteLength, 339: format };
  const file = Buffer.alloc(200);
  file.write("II*\0\x08\0\0\0", "latin1");
  file.writeUInt16LE(Object.keys(tags).length, 8);
  Object.entries(tags).forEach(([tag, value], index) => {
    [Number(tag), 3, 1, 0, value].forEach((word, which) => file.writeUInt16LE(word, 10 + 12 * index + 2 * which));
  });
  return Buffer.concat([file, Buffer.from(samples.buffer)]);
}

const whole = [-2, -1, 0, 1];
const broken = [0, 0.5, 1, 2];
const cases = [
  ["signed, 8 bits", whole, Int8Array.from(whole), 8, 2],
  ["signed, 16 bits", whole, Int16Array.from(whole), 16, 2],
  ["floats, 16 bits", broken, Uint16Array.of(0, 0x3800, 0x3c00, 0x4000), 16, 3],
  ["floats, 32 bits", broken, Float32Array.from(broken), 32, 3],
];
for (const [name, values, samples, bits, format] of cases) {
  const { data } = decode(tiff(samples, bits, format))[0];
  console.log(`${name}: ${values.join(", ")} read as ${data.constructor.name} ${data.join(", ")}`);
  assert.equal([...data].join() === values.join(), bits === 32, "the behaviour has changed");
}
JS
node one.mjs
