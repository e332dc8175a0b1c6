#!/usr/bin/env bash
# torchmetrics 1.9.0 with torch 2.13.0
# Input: noise as uint8 tensors, and the same values as float.
# Expected: equal results or an error; SSIM and UQI do raise on bytes, and PSNR is right.
# Happens: total_variation, image_gradients and peak_signal_noise_ratio_with_blocked_effect subtract bytes, which wraps
# around, and return wrong numbers without a word: PSNR-B is 20 dB too good.
# Output seen on 2026-11-29:
#   total_variation: uint8 16657254.00, float 11141276.00
#   image_gradients, mean size: uint8 126.75, float 85.02
#   PSNR: uint8 7.76, float 7.76
#   PSNR-B: uint8 27.92, float 7.76
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
from torchmetrics.functional import image as metrics

torch.manual_seed(0)
one, other = torch.randint(0, 256, (2, 1, 1, 256, 256), dtype=torch.uint8)


def values(a: torch.Tensor, b: torch.Tensor) -> dict[str, float]:
    return {
        "total_variation": float(metrics.total_variation(a)),
        "image_gradients, mean size": float(metrics.image_gradients(a)[0].float().abs().mean()),
        "PSNR": float(metrics.peak_signal_noise_ratio(a, b, data_range=255.0)),
        "PSNR-B": float(metrics.peak_signal_noise_ratio_with_blocked_effect(a, b, data_range=255.0)),
    }


of_bytes, of_floats = values(one, other), values(one.float(), other.float())
for name, value in of_bytes.items():
    print(f"{name}: uint8 {value:.2f}, float {of_floats[name]:.2f}")
    same = abs(value - of_floats[name]) < 1e-3
    assert same == (name == "PSNR"), "the behaviour has changed"
PY
