#!/usr/bin/env bash
# pyvips 3.2.0 with pyvips-binary 8.18.7 (libvips 8.18, libheif)
# Input: RGB noise of 16 bits, saved as AVIF with lossless=True.
# Expected: exact samples, or an error, since AVIF has at most 12 bits.
# Happens: the file is written without a word and comes back as 16 bits with the last four bits gone, up to 15 off. 8 bits
# are exact.
# Output seen on 2026-11-29:
#   uint8: read as uint8, largest error 0
#   uint16: read as uint16, largest error 15
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import pyvips

largest = {}
for kind, space in ((np.uint8, "srgb"), (np.uint16, "rgb16")):
    image = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, (32, 32, 3)).astype(kind)
    data = pyvips.Image.new_from_array(image).copy(interpretation=space).write_to_buffer(".avif", lossless=True)
    read = pyvips.Image.new_from_buffer(data, "").numpy()
    largest[kind.__name__] = int(np.abs(read.astype(int) - image).max())
    print(f"{kind.__name__}: read as {read.dtype}, largest error {largest[kind.__name__]}")
    assert read.dtype == kind, "the behaviour has changed"
assert largest == {"uint8": 0, "uint16": 15}, "the behaviour has changed"
PY
