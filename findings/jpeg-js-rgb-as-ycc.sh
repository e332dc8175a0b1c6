#!/usr/bin/env bash
# jpeg-js 0.4.4 for Node.js and browsers (decode; also what jimp and image-js read JPEG with); the file is written by Pillow 13.0.0
# Input: a JPEG stored as RGB, with an Adobe marker whose colour transform is 0; flat red, and neutral grey.
# Expected: the colours, as Pillow and browsers show them: a transform of 0 says that the samples are RGB.
# Happens: they are converted from YCbCr all the same: red of (250, 20, 20) is read as (98, 255, 58), green. A grey of 128 is right, and one
# of 200 is (255, 123, 255). A 0 is treated like a missing marker. The option colorTransform: false reads it, but spoils other files.
# Output seen on 2026-12-01:
#   (250, 20, 20): by default (98, 255, 58), with colorTransform: false (250, 20, 20)
#   (128, 128, 128): by default (128, 128, 128), with colorTransform: false (128, 128, 128)
#   (200, 200, 200): by default (255, 123, 255), with colorTransform: false (200, 200, 200)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pillow==13.0.0
venv/bin/python - <<'PY'
from PIL import Image

for colour in ((250, 20, 20), (128, 128, 128), (200, 200, 200)):
    name = "-".join(map(str, colour)) + ".jpg"
    Image.new("RGB", (16, 16), colour).save(name, quality=100, subsampling=0, keep_rgb=True)
    with Image.open(name) as image:
        assert image.info["adobe_transform"] == 0 and image.getpixel((8, 8)) == colour
PY
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jpeg-js@0.4.4
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { decode } = require("jpeg-js");

for (const colour of [[250, 20, 20], [128, 128, 128], [200, 200, 200]]) {
  const file = readFileSync(`${colour.join("-")}.jpg`);
  const read = (options) => `(${[...decode(file, { useTArray: true, ...options }).data.subarray(0, 3)].join(", ")})`;
  const name = `(${colour.join(", ")})`;
  const [usual, told] = [read({}), read({ colorTransform: false })];
  console.log(`${name}: by default ${usual}, with colorTransform: false ${told}`);
  assert.equal(told, name);
  assert.equal(usual === name, colour[0] === 128, "the behaviour has changed");
}
JS
node one.cjs
