#!/usr/bin/env bash
# @cornerstonejs/codec-openjpeg 1.3.6 (J2KEncoder) with imagecodecs 2026.3.6
# Input: RGB of 64 x 64 px, all of 10, 20, 30 in 8 bits and of 2570, 5140, 7710 in 16, coded without loss.
# Expected: the colours that were given, at both depths; the encoder takes `bitsPerSample: 16` and `componentCount: 3`.
# Happens: at 16 bits red is the samples of all three channels in turn, as if it were grey, green is taken from elsewhere, and blue is 0:
# the image is scrambled. No error is raised. Grey of 16 bits and colour of 8 are exact.
# Output seen on 2026-12-01:
#   8 bits: 10 20 30, 10 20 30, 10 20 30, 10 20 30
#   16 bits: 2570 7710 0, 5140 2570 0, 7710 5140 0, 2570 7710 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile imagecodecs==2026.3.6 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @cornerstonejs/codec-openjpeg@1.3.6
cat > one.cjs <<'JS'
const fs = require("node:fs");

const codec = require("@cornerstonejs/codec-openjpeg");
(async () => {
  const { J2KEncoder } = await codec();
  for (const bitsPerSample of [8, 16]) {
    const encoder = new J2KEncoder();
    const frame = { width: 64, height: 64, bitsPerSample, componentCount: 3, isSigned: false };
    encoder.getDecodedBuffer(frame).set(fs.readFileSync(`${bitsPerSample}.raw`));
    encoder.setQuality(true, 0);
    encoder.encode();
    fs.writeFileSync(`${bitsPerSample}.j2k`, encoder.getEncodedBuffer().slice());
  }
})();
JS
cat > one.py <<'PY'
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np

colour = np.full((64, 64, 3), (10, 20, 30), np.uint8)
images = {8: colour, 16: colour.astype(np.uint16) * 257}
for depth, image in images.items():
    Path(f"{depth}.raw").write_bytes(image.tobytes())
subprocess.run(["node", "one.cjs"], check=True, capture_output=True)
for depth, image in images.items():
    result = imagecodecs.jpeg2k_decode(Path(f"{depth}.j2k").read_bytes())
    print(f"{depth} bits: {', '.join(' '.join(map(str, pixel)) for pixel in result[0, :4].tolist())}")
    if depth == 8:
        assert np.array_equal(result, image), "the behaviour has changed"
    else:
        assert (result[0, :3, 0] == image[0, 0]).all() and not result[..., 2].any(), "the behaviour has changed"
PY
venv/bin/python one.py
