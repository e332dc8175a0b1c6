#!/usr/bin/env bash
# piqa 1.3.2 (MDSI) with torch 2.13.0; piq 0.8.0 for comparison
# Input: a pair of images with slight noise, scored alone and in a batch with a second pair.
# Expected: the same score in every company, as reduction="none" gives one score for each pair.
# Happens: deviations are taken from the mean of a column over the whole batch instead of that of the image: the score of a good pair more than
# doubles beside a bad one. A loss or a table of figures by it depends on batch size and order. FSIM, GMSD, HaarPSI and VSI are the same alone and
# in a batch, and so is MDSI of piq.
# Output seen on 2026-12-01:
#   MDSI: alone 0.2274, beside a bad pair 0.5918
#   FSIM: alone 0.9819, beside a bad pair 0.9819
#   GMSD: alone 0.0044, beside a bad pair 0.0044
#   HaarPSI: alone 0.9791, beside a bad pair 0.9791
#   VSI: alone 0.9940, beside a bad pair 0.9940
#   MDSI by piq: alone 0.2280, beside a bad pair 0.2280
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile piqa==1.3.2 piq==0.8.0 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from unittest.mock import MagicMock

import numpy as np
import torch
from torch.nn.functional import interpolate

sys.modules["torchvision"] = sys.modules["torchvision.models"] = MagicMock()  # networks, which are not used here
import piq
import piqa

rng = np.random.default_rng(0)
image = interpolate(torch.from_numpy(rng.random((1, 3, 24, 24))).float(), scale_factor=8, mode="bilinear")
noisy = (image + torch.from_numpy(rng.normal(0, 0.02, image.shape)).float()).clip(0, 1)
noise = torch.from_numpy(rng.random(image.shape)).float()
for name in ("MDSI", "FSIM", "GMSD", "HaarPSI", "VSI"):
    metric = getattr(piqa, name)(reduction="none")
    alone = float(metric(image, noisy))
    beside = float(metric(torch.cat([image, image]), torch.cat([noisy, noise]))[0])
    print(f"{name}: alone {alone:.4f}, beside a bad pair {beside:.4f}")
    assert (abs(beside - alone) > 0.1) == (name == "MDSI"), "the behaviour has changed"
other = float(piq.mdsi(torch.cat([image, image]), torch.cat([noisy, noise]), reduction="none")[0])
print(f"MDSI by piq: alone {float(piq.mdsi(image, noisy)):.4f}, beside a bad pair {other:.4f}")
assert abs(other - float(piq.mdsi(image, noisy))) < 1e-3
PY
