#!/usr/bin/env bash
# piq 0.8.0 (srsim; the other metrics beside it) with torch 2.13.0
# Input: a pair of images, scored alone and in a batch with a second pair; reduction="none" gives one score for each pair.
# Expected: the same score for the first pair.
# Happens: SR-SIM changes with the company: saliency is scaled by the lowest and highest value in the whole batch, so that scores
# depend on batch size and order. fsim, gmsd, vsi, mdsi, haarpsi and dss are the same alone and in a batch.
# Output seen on 2026-11-30:
#   srsim: 0.8461 alone, 0.8533 in a batch
#   fsim: 0.7954 alone, 0.7954 in a batch
#   gmsd: 0.0603 alone, 0.0603 in a batch
#   vsi: 0.9201 alone, 0.9201 in a batch
#   mdsi: 0.4429 alone, 0.4429 in a batch
#   haarpsi: 0.7606 alone, 0.7606 in a batch
#   dss: 0.8786 alone, 0.8786 in a batch
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile piq==0.8.0 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from unittest.mock import MagicMock

import numpy as np
import torch
from torch.nn.functional import interpolate

sys.modules["torchvision"] = sys.modules["torchvision.models"] = MagicMock()  # piq's networks, which are not used here
import piq

rng = np.random.default_rng(0)
first = interpolate(torch.from_numpy(rng.random((1, 3, 24, 20))).float(), scale_factor=8, mode="bilinear")
noisy = (first + torch.from_numpy(rng.normal(0, 0.1, first.shape)).float()).clip(0, 1)
second = torch.from_numpy(rng.random(first.shape)).float() * 0.2
for name in ("srsim", "fsim", "gmsd", "vsi", "mdsi", "haarpsi", "dss"):
    metric = getattr(piq, name)
    alone = float(metric(first, noisy))
    in_batch = float(metric(torch.cat([first, second]), torch.cat([noisy, second * 0.5]), reduction="none")[0])
    print(f"{name}: {alone:.4f} alone, {in_batch:.4f} in a batch")
    assert (abs(alone - in_batch) > 1e-3) == (name == "srsim"), "the behaviour has changed"
PY
