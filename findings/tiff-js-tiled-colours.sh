#!/usr/bin/env bash
# tiff 7.1.3 for Node.js and browsers (decode; also what image-js reads TIFF with)
# Input: one image of 32 x 16 px, in grey and in RGB, stored in strips and in two tiles, and the grey one in tiles with a predictor.
# Expected: the same samples from all; tiles are how whole-slide images and pyramids are stored.
# Happens: RGB in tiles comes out scrambled, two of three samples lost, and grey in tiles with a predictor is wrong from the second tile on:
# samples are placed as if there was one a pixel, and differences are summed along the image's row instead of the tile's. Nothing is raised.
# Output seen on 2026-11-30:
#   grey, strips: 0 of 512 samples are wrong
#   grey, tiles: 0 of 512 samples are wrong
#   grey, tiles with a predictor: 256 of 512 samples are wrong
#   RGB, strips: 0 of 1536 samples are wrong
#   RGB, tiles: 1530 of 1536 samples are wrong
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit tiff@7.1.3
cat > one.mjs <<'JS'
import assert from "node:assert";
import zlib from "node:zlib";
import { decode } from "tiff";

const [width, height, side] = [32, 16, 16];

function tiff(chunks, channels, tags) {
  const start = 400;
  const lengths = chunks.map((chunk) => chunk.length);
  const offsets = lengths.map((_, index) => start + lengths.slice(0, index).reduce((sum, length) => sum + length, 0));
  const [offsetTag, lengthTag] = 322 in tags ? [324, 325] : [273, 279];
  const bits = Array(channels).fill(8);
  const photometric = channels === 3 ? 2 : 1;
  const all = { 256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: channels, ...tags, [offsetTag]: offsets, [lengthTag]: lengths };
  const file = Buffer.alloc(start);
  file.write("II*\0\x08\0\0\0", "latin1");
  file.writeUInt16LE(Object.keys(all).length, 8);
  let [entry, outside] = [10, 300];
  for (const [tag, value] of Object.entries(all)) {
    const values = [value].flat();
    const size = [offsetTag, lengthTag].includes(Number(tag)) ? 4 : 2;
    [[tag, 2], [size === 4 ? 4 : 3, 2], [values.length, 4]].reduce((at, [number, bytes]) => file.writeUIntLE(Number(number), at, bytes), entry);
    if (values.length === 1) file.writeUInt32LE(values[0], entry + 8);
    else {
      file.writeUInt32LE(outside, entry + 8);
      values.forEach((one) => (outside = file.writeUIntLE(one, outside, size)));
    }
    entry += 12;
  }
  return Buffer.concat([file, ...chunks]);
}

for (const channels of [1, 3]) {
  const image = Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 7) % 251);
  const tiles = [0, 1].map((tile) => {
    const rows = Array.from({ length: side }, (_, y) => (y * width + tile * side) * channels);
    return Buffer.concat(rows.map((from) => Buffer.from(image.subarray(from, from + side * channels))));
  });
  const packed = tiles.map((tile) => zlib.deflateSync(tile.map((value, at) => value - (at % side ? tile[at - 1] : 0))));
  const layout = { 322: side, 323: side };
  const files = { strips: tiff([Buffer.from(image)], channels, { 278: height }), tiles: tiff(tiles, channels, layout) };
  if (channels === 1) files["tiles with a predictor"] = tiff(packed, channels, { ...layout, 259: 8, 317: 2 });
  for (const [name, file] of Object.entries(files)) {
    const { data } = decode(file)[0];
    const wrong = image.filter((value, index) => value !== data[index]).length;
    console.log(`${channels === 3 ? "RGB" : "grey"}, ${name}: ${wrong} of ${image.length} samples are wrong`);
    assert.equal(wrong > 0, name !== "strips" && (channels === 3 || name !== "tiles"), "the behaviour has changed");
  }
}
JS
node one.mjs
