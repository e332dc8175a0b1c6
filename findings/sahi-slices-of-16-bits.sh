#!/usr/bin/env bash
# sahi 0.12.8 (slicing.slice_image) with Pillow 13.0.0
# Input: a grey ramp of 8 and of 16 bits as PNG, cut into slices of PNG.
# Expected: slices with the samples of the image, or an error, since PNG holds both.
# Happens: slices have 8 bits and three channels, and from 16 bits all that lies above 255 is 255: a scan without deep black is cut into white
# slices. Nothing is said.
# Output seen on 2026-12-01:
#   8 bits: slices of uint8, (100, 100, 3), values 20 to 119 and 120 to 219
#   16 bits: slices of uint8, (100, 100, 3), values 255 to 255 and 255 to 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile sahi==0.12.8 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

import numpy as np
from PIL import Image
from sahi.slicing import slice_image

ramp = np.tile(np.arange(20, 220, dtype=np.uint8), (100, 1))
for depth, samples in ((8, ramp), (16, ramp.astype(np.uint16) * 257)):
    Image.fromarray(samples).save("a.png")
    slice_image("a.png", output_file_name="b", output_dir=f"out{depth}", slice_height=100, slice_width=100, overlap_width_ratio=0, out_ext=".png", verbose=False)
    first, second = (np.asarray(Image.open(f"out{depth}/{name}")) for name in sorted(os.listdir(f"out{depth}")))
    print(f"{depth} bits: slices of {first.dtype}, {first.shape}, values {first.min()} to {first.max()} and {second.min()} to {second.max()}")
    assert first.dtype == np.uint8 and first.shape == (100, 100, 3), "the behaviour has changed"
    if depth == 8:
        assert np.array_equal(first[..., 0], ramp[:, :100]) and np.array_equal(second[..., 1], ramp[:, 100:]), "the behaviour has changed"
    else:
        assert first.min() == second.min() == 255, "the behaviour has changed"
PY
