#!/usr/bin/env bash
# @cornerstonejs/codec-openjpeg 1.3.6 (J2KDecoder and J2KEncoder), JPEG 2000 of DICOM viewers, with imagecodecs 2026.3.6
# Input: a ramp of signed 8 bits from -128 to 127, 64 x 64 px, coded without loss by imagecodecs and by the codec itself.
# Expected: the ramp, both times; signed 16 bits come back exactly.
# Happens: the decoder says isSigned and makes all negative values 0; the encoder writes them as 127. The darker half of an image is gone,
# on either way. imagecodecs reads its own file exactly and finds the 127 in the other.
# Output seen on 2026-12-01:
#   decoded: -128 is 0, -65 is 0, -1 is 0, 0 is 0, 127 is 127
#   written: -128 is 127, -65 is 127, -1 is 127, 0 is 0, 127 is 127
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
console.log = () => {};
(async () => {
  const { J2KDecoder, J2KEncoder } = await codec();
  const encoder = new J2KEncoder();
  encoder.getDecodedBuffer({ width: 64, height: 64, bitsPerSample: 8, componentCount: 1, isSigned: true }).set(fs.readFileSync("ramp.raw"));
  encoder.setQuality(true, 0);
  encoder.encode();
  fs.writeFileSync("own.j2k", encoder.getEncodedBuffer().slice());
  const decoder = new J2KDecoder();
  const file = fs.readFileSync("ramp.j2k");
  decoder.getEncodedBuffer(file.length).set(file);
  decoder.decode();
  fs.writeFileSync("decoded.raw", decoder.getDecodedBuffer().slice());
})();
JS
cat > one.py <<'PY'
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np

ramp = np.tile(np.arange(-128, 128).astype(np.int8), 16).reshape(64, 64)
Path("ramp.raw").write_bytes(ramp.tobytes())
Path("ramp.j2k").write_bytes(imagecodecs.jpeg2k_encode(ramp, level=0, codecformat="j2k"))
assert np.array_equal(imagecodecs.jpeg2k_decode(Path("ramp.j2k").read_bytes()), ramp)
subprocess.run(["node", "one.cjs"], check=True, capture_output=True)
decoded = np.frombuffer(Path("decoded.raw").read_bytes(), np.int8).reshape(64, 64)
written = imagecodecs.jpeg2k_decode(Path("own.j2k").read_bytes())
for name, image in (("decoded", decoded), ("written", written)):
    print(f"{name}: {', '.join(f'{ramp[i, j]} is {image[i, j]}' for i, j in ((0, 0), (0, 63), (1, 63), (2, 0), (3, 63)))}")
assert (decoded == np.maximum(ramp, 0)).all() and (written == np.where(ramp < 0, 127, ramp)).all(), "the behaviour has changed"
PY
venv/bin/python one.py
