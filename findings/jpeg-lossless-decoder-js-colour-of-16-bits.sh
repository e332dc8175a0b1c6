#!/usr/bin/env bash
# jpeg-lossless-decoder-js 2.1.2 for Node.js and browsers (DICOM viewers), with imagecodecs 2026.3.6 as encoder
# Input: RGB of 24 x 20 px in lossless JPEG (SOF3), all of 10, 20, 30 but for red, which is a ramp, in 8 bits and times 257 in 16.
# Expected: the samples as they were, at both depths.
# Happens: at 16 bits the red samples of all pixels come one after the other, as if the image were grey, in a result of the full size: the
# image is scrambled, and colours are lost. No error is raised. imagecodecs reads its own files exactly.
# Output seen on 2026-12-01:
#   8 bits: 1440 samples, 0 20 30 10 20 30 20 20 30 instead of 0 20 30 10 20 30 20 20 30
#   16 bits: 1440 samples, 0 2570 5140 7710 10280 12850 15420 17990 20560 instead of 0 5140 7710 2570 5140 7710 5140 5140 7710
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

for (const depth of [8, 16]) {
  const file = fs.readFileSync(`${depth}.jpg`);
  const result = new Decoder().decode(file.buffer, file.byteOffset, file.length);
  fs.writeFileSync(`${depth}.raw`, Buffer.from(result.buffer ?? result));
}
JS
cat > one.py <<'PY'
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np

colour = np.full((20, 24, 3), (10, 20, 30), np.uint8)
colour[..., 0] = np.arange(24) * 10
images = {8: colour, 16: colour.astype(np.uint16) * 257}
for depth, image in images.items():
    data = imagecodecs.jpeg8_encode(image, lossless=True, predictor=1, bitspersample=depth)
    Path(f"{depth}.jpg").write_bytes(data)
    assert np.array_equal(imagecodecs.jpeg8_decode(data), image)
subprocess.run(["node", "one.cjs"], check=True)
for depth, image in images.items():
    result = np.frombuffer(Path(f"{depth}.raw").read_bytes(), image.dtype)
    print(f"{depth} bits: {result.size} samples, {' '.join(map(str, result[:9]))} instead of {' '.join(map(str, image.ravel()[:9]))}")
    if depth == 8:
        assert np.array_equal(result, image.ravel()), "the behaviour has changed"
    else:
        assert result.size == image.size and np.array_equal(result[:480], image[..., 0].ravel()), "the behaviour has changed"
PY
venv/bin/python one.py
