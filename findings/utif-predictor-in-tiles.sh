#!/usr/bin/env bash
# utif 3.1.0 for Node.js and browsers (decode, decodeImage, toRGBA8); files are written by tifffile 2026.3.3
# Input: a smooth RGB image of 40 x 24 px in tiles of 16 x 16, LZW with and without a predictor and deflate with one; the same in strips; and
# grey WhiteIsZero of 8 and 16 bits.
# Expected: the image; a predictor starts anew at each row of each tile.
# Happens: tiles with a predictor are scrambled, two of three pixels are wrong; without one, and in strips, the image is right. WhiteIsZero of
# 16 bits is transparent black throughout. Nothing is raised.
# Output seen on 2026-12-01:
#   tiles, LZW: 0 of 960 pixels differ, first pixel 1 0 0 255
#   tiles, LZW with predictor: 640 of 960 pixels differ, first pixel 1 0 0 255
#   tiles, deflate with predictor: 640 of 960 pixels differ, first pixel 1 0 0 255
#   strips, LZW with predictor: 0 of 960 pixels differ, first pixel 1 0 0 255
#   WhiteIsZero, 8 bits: 0 of 960 pixels differ, first pixel 1 1 1 255
#   WhiteIsZero, 16 bits: 936 of 960 pixels differ, first pixel 0 0 0 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6
venv/bin/python - <<'PY'
import numpy as np
import tifffile

y, x = np.mgrid[:24, :40]
image = np.dstack([5 * x + 1, 9 * y, 3 * x + 3 * y]).astype(np.uint8)
image.tofile("image.raw")
for name, options in {
    "tiles, LZW": {"tile": (16, 16), "compression": "lzw"},
    "tiles, LZW with predictor": {"tile": (16, 16), "compression": "lzw", "predictor": True},
    "tiles, deflate with predictor": {"tile": (16, 16), "compression": "zlib", "predictor": True},
    "strips, LZW with predictor": {"compression": "lzw", "predictor": True},
}.items():
    tifffile.imwrite(f"{name}.tif", image, photometric="rgb", **options)
grey = 255 - image[..., 0]
tifffile.imwrite("WhiteIsZero, 8 bits.tif", grey, photometric="miniswhite")
tifffile.imwrite("WhiteIsZero, 16 bits.tif", grey.astype(np.uint16) * 257, photometric="miniswhite")
PY
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit utif@3.1.0
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const UTIF = require("utif");

const expected = readFileSync("image.raw");
const wrong = ["tiles, LZW with predictor", "tiles, deflate with predictor", "WhiteIsZero, 16 bits"];
const names = ["tiles, LZW", ...wrong.slice(0, 2), "strips, LZW with predictor", "WhiteIsZero, 8 bits", wrong[2]];
for (const name of names) {
  const buffer = Uint8Array.from(readFileSync(`${name}.tif`)).buffer;
  const [page] = UTIF.decode(buffer);
  UTIF.decodeImage(buffer, page);
  const samples = UTIF.toRGBA8(page);
  let off = 0;
  for (let i = 0; i < 40 * 24; i++) off += [0, 1, 2].some((c) => Math.abs(samples[4 * i + c] - expected[3 * i + (name.startsWith("White") ? 0 : c)]) > 1);
  console.log(`${name}: ${off} of 960 pixels differ, first pixel ${[...samples.subarray(0, 4)].join(" ")}`);
  assert.equal(off > 0, wrong.includes(name), "the behaviour has changed");
}
JS
node one.cjs
