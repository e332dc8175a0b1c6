#!/usr/bin/env bash
# jpeg-lossless-decoder-js 2.1.2 for Node.js and browsers (DICOM viewers), with imagecodecs 2026.3.6 as encoder
# Input: noise of 64 x 64 px in lossless JPEG (SOF3) with each of its seven predictors, in 8, 12 and 16 bits.
# Expected: the samples as they were: the process is lossless, and predictor 7, the mean of the left and the upper sample, is cut off to a
# whole number (ITU-T T.81, H.1.2.1).
# Happens: with predictor 7 at 16 bits some samples are a level too high, and since each is predicted from the others the error goes on to
# the right and downwards. Everything else is exact, and so is imagecodecs.
# Output seen on 2026-12-01:
#   8 bits: wrong samples by predictor 1 to 7: 0 0 0 0 0 0 0, by up to 0
#   12 bits: wrong samples by predictor 1 to 7: 0 0 0 0 0 0 0, by up to 0
#   16 bits: wrong samples by predictor 1 to 7: 0 0 0 0 0 0 3046, by up to 32765
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile imagecodecs==2026.3.6 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jpeg-lossless-decoder-js@2.1.2
cat > one.cjs <<'JS'
const fs = require("node:fs");
const { Decoder } = require("jpeg-lossless-decoder-js");

for (const name of fs.readdirSync(".").filter((file) => file.endsWith(".jpg"))) {
  const file = fs.readFileSync(name);
  const result = new Decoder().decode(file.buffer, file.byteOffset, file.length);
  fs.writeFileSync(name.replace("jpg", "raw"), Buffer.from(result.buffer ?? result));
}
JS
cat > one.py <<'PY'
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np

noise = np.random.default_rng(0).integers(0, 65536, (64, 64)).astype(np.uint16)
images = {8: (noise >> 8).astype(np.uint8), 12: noise >> 4, 16: noise}
for depth, image in images.items():
    for predictor in range(1, 8):
        data = imagecodecs.jpeg8_encode(image, lossless=True, predictor=predictor, bitspersample=depth)
        Path(f"{depth}-{predictor}.jpg").write_bytes(data)
        assert np.array_equal(imagecodecs.jpeg8_decode(data), image)
subprocess.run(["node", "one.cjs"], check=True)
for depth, image in images.items():
    seen = []
    for predictor in range(1, 8):
        result = np.frombuffer(Path(f"{depth}-{predictor}.raw").read_bytes(), image.dtype).reshape(64, 64)
        error = (result.astype(int) - image + 32768) % 65536 - 32768
        seen.append(int((error != 0).sum()))
    print(f"{depth} bits: wrong samples by predictor 1 to 7: {' '.join(map(str, seen))}, by up to {abs(error).max()}")
    assert seen[:6] == [0] * 6 and (seen[6] > 1000) == (depth == 16), "the behaviour has changed"
PY
venv/bin/python one.py
