#!/usr/bin/env bash
# MONAI 1.6.1 (metrics.MSEMetric, RMSEMetric, PSNRMetric), with torch 2.13.0
# Input: an image and a noisy copy, as bytes with a largest value of 255, and the same values as floats.
# Expected: the same errors twice; PSNRMetric takes 255 as its max_val, as images of bytes have it, and SSIMMetric is right for them.
# Happens: the difference of bytes is taken as bytes: 10 - 12 is 254. No warning is given, and a better image can have a worse figure.
# Output seen on 2026-12-01:
#   MSEMetric: 28177.79 for bytes, 572.29 for the same as floats
#   RMSEMetric: 167.86 for bytes, 23.92 for the same as floats
#   PSNRMetric: 3.63 for bytes, 20.55 for the same as floats
#   SSIMMetric: 0.94 for bytes, 0.94 for the same as floats
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from monai.metrics import MSEMetric, PSNRMetric, RMSEMetric, SSIMMetric

rng = np.random.default_rng(0)
sound = rng.uniform(0, 255, (1, 1, 32, 32))
noisy = np.clip(sound + rng.normal(0, 25, sound.shape), 0, 255)
pair = [torch.from_numpy(image.astype(np.uint8)) for image in (noisy, sound)]
for metric in (MSEMetric(), RMSEMetric(), PSNRMetric(255), SSIMMetric(2, data_range=255)):
    of_bytes, of_floats = float(metric(*pair)), float(metric(*(image.float() for image in pair)))
    name = type(metric).__name__
    print(f"{name}: {of_bytes:.2f} for bytes, {of_floats:.2f} for the same as floats")
    assert (abs(of_bytes - of_floats) < 0.01 * of_floats) == (name == "SSIMMetric"), "the behaviour has changed"
PY
