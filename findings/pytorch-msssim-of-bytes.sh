#!/usr/bin/env bash
# pytorch-msssim 1.0.0 with torch 2.13.0
# Input: a black image and a white one, and two images of unrelated noise, as uint8 tensors, with data_range=255.
# Expected: the value of the float tensors (near 0), or an error.
# Happens: ssim() returns exactly 1.0 for each pair of uint8 tensors: the window of weights is cast to the images' type and
# becomes 0. A report on bytes straight from a decoder shows perfect scores.
# Output seen on 2026-11-29:
#   black and white: uint8 1.0000, float 0.0001
#   unrelated noise: uint8 1.0000, float 0.0150
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 pytorch-msssim==1.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
from pytorch_msssim import ssim

torch.manual_seed(0)
black = torch.zeros((1, 3, 64, 64), dtype=torch.uint8)
noise = torch.randint(0, 256, (2, 1, 3, 64, 64), dtype=torch.uint8)
pairs = {"black and white": (black, black + 255), "unrelated noise": (noise[0], noise[1])}
for name, (one, other) in pairs.items():
    of_bytes = float(ssim(one, other, data_range=255))
    of_floats = float(ssim(one.float(), other.float(), data_range=255))
    print(f"{name}: uint8 {of_bytes:.4f}, float {of_floats:.4f}")
    assert of_bytes == 1.0 and abs(of_floats) < 0.05, "the behaviour has changed"
PY
