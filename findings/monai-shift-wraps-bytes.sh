#!/usr/bin/env bash
# MONAI 1.6.1 (transforms.ShiftIntensity, ScaleIntensity, StdShiftIntensity), with torch 2.13.0
# Input: bytes of 0, 100, 250 and 255, shifted by 10.
# Expected: 10, 110, and 255 or 260 for the light ones: other intensity transforms give floats for bytes, or stay in range.
# Happens: the sum is taken as bytes and wraps: the lightest pixels become 4 and 9.
# Output seen on 2026-12-01:
#   ShiftIntensity: [10.0, 110.0, 4.0, 9.0] of uint8
#   StdShiftIntensity: [10.7, 110.7, 260.7, 265.7] of float32
#   ScaleIntensity: [0.0, 0.4, 1.0, 1.0] of float32
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from monai.transforms import ScaleIntensity, ShiftIntensity, StdShiftIntensity

image = torch.tensor([[[0, 100, 250, 255]]], dtype=torch.uint8)
for transform in (ShiftIntensity(10), StdShiftIntensity(0.1), ScaleIntensity(0, 1)):
    result = np.asarray(transform(image))
    print(f"{type(transform).__name__}: {result.ravel().astype(float).round(1).tolist()} of {result.dtype}")
    rises = bool((np.diff(result.ravel().astype(float)) >= 0).all())
    assert rises == (type(transform).__name__ != "ShiftIntensity"), "the behaviour has changed"
assert np.asarray(ShiftIntensity(10)(image)).ravel().tolist() == [10, 110, 4, 9], "the behaviour has changed"
PY
