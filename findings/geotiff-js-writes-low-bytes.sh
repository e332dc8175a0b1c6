#!/usr/bin/env bash
# geotiff.js 3.0.5 for Node.js and browsers (writeArrayBuffer, fromArrayBuffer)
# Input: an image of 16 x 8 px as Uint16Array, Int16Array, Int32Array, Int8Array and Float32Array.
# Expected: the samples back.
# Happens: of signed 16 and 32 bits the lowest byte of each sample is stored, though the file says that it has all bits: what is read is
# pairs or fours of bytes taken for one sample, then nothing. Elevations and residuals are ruined without an error.
# Output seen on 2026-11-30:
#   Uint16Array: 0 of 128 samples are wrong
#   Int16Array: 128 of 128 samples are wrong
#   Int32Array: 128 of 128 samples are wrong
#   Int8Array: 0 of 128 samples are wrong
#   Float32Array: 0 of 128 samples are wrong
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit geotiff@3.0.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import { fromArrayBuffer, writeArrayBuffer } from "geotiff";

const [width, height] = [16, 8];
for (const Kind of [Uint16Array, Int16Array, Int32Array, Int8Array, Float32Array]) {
  const samples = Kind.from({ length: width * height }, (_, index) => 517 * index + 300);
  const file = await fromArrayBuffer(await writeArrayBuffer(samples, { width, height }));
  const [read] = await (await file.getImage()).readRasters();
  const wrong = Array.from(samples).filter((value, index) => value !== read[index]).length;
  console.log(`${Kind.name}: ${wrong} of ${samples.length} samples are wrong`);
  assert.equal(wrong > 100, [Int16Array, Int32Array].includes(Kind), "the behaviour has changed");
  assert.ok(wrong === 0 || wrong > 100, "the behaviour has changed");
}
JS
node one.mjs
