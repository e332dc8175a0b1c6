#!/usr/bin/env bash
# torchmetrics 1.9.0 with torch 2.13.0 (visual_information_fidelity)
# Input: one pair of images, as values of 0 to 255 and the same divided by 255.
# Expected: one score, or an argument for the range, as PSNR and SSIM have.
# Happens: the scores differ by more than a factor of two. The noise variance of 2 is meant for 0 to 255, and the function
# takes 0 to 1, torch's usual range, without a word; scores of the two kinds get mixed in one table.
# Output seen on 2026-11-29:
#   0 to 1: 0.942, 0 to 255: 0.322
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
from torchmetrics.functional.image import visual_information_fidelity

generator = torch.Generator().manual_seed(0)
image = torch.rand((1, 3, 128, 128), generator=generator)
noisy = (image + 0.1 * torch.randn(image.shape, generator=generator)).clamp(0, 1)
of_units = float(visual_information_fidelity(noisy, image))
of_bytes = float(visual_information_fidelity(noisy * 255, image * 255))
print(f"0 to 1: {of_units:.3f}, 0 to 255: {of_bytes:.3f}")
assert of_units > 1.5 * of_bytes, "the behaviour has changed"
PY
