#!/usr/bin/env bash
# torchmetrics 1.9.0 (relative_average_spectral_error, window_size), with torch 2.13.0; sewar 0.4.10 (rase) and the formula for comparison
# Input: three channels of values around 0.5 and the same with noise of 5 %, compared with windows of 4, 8 and 16 px.
# Expected: about 10 each time: RASE is the error in per cent of the mean value, and a window only says where it is averaged.
# Happens: 160, 640 and 2560: the result is the true one times the number of pixels of the window. The mean value is divided by that
# number a second time.
# Output seen on 2026-11-30:
#   window 4: torchmetrics 158.5, that is 16 times sewar's 9.9; formula 9.9
#   window 8: torchmetrics 637.2, that is 64 times sewar's 10.0; formula 9.9
#   window 16: torchmetrics 2555.2, that is 256 times sewar's 10.0; formula 9.9
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0 sewar==0.4.10
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import sewar
import torch
from torchmetrics.functional.image import relative_average_spectral_error

rng = np.random.default_rng(0)
true = rng.uniform(0.25, 0.75, (64, 64, 3)).astype(np.float32)
noisy = (true + rng.normal(0, 0.05, true.shape)).astype(np.float32)
one, other = (torch.from_numpy(image.transpose(2, 0, 1)[None].copy()) for image in (noisy, true))
formula = 100 / true.mean() * np.sqrt(((true - noisy) ** 2).mean())
for window in (4, 8, 16):
    seen = float(relative_average_spectral_error(one, other, window))
    compared = sewar.rase(true, noisy, ws=window)
    print(f"window {window}: torchmetrics {seen:.1f}, that is {seen / compared:.0f} times sewar's {compared:.1f}; formula {formula:.1f}")
    assert abs(seen / compared / window**2 - 1) < 0.05 and abs(compared / formula - 1) < 0.05, "the behaviour has changed"
PY
