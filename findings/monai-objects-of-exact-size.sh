#!/usr/bin/env bash
# MONAI 1.6.1 (transforms.RemoveSmallObjects), with torch 2.13.0 and scikit-image 0.26.0
# Input: a mask of scratches of 15, 16 and 17 px, with min_size=16.
# Expected: the scratch of 15 px goes; the documentation says "objects smaller than this size are removed".
# Happens: that of 16 px goes, too. scikit-image 0.26 has a new argument, max_size, that includes its value; MONAI passes min_size on to it.
# Output seen on 2026-12-01:
#   sizes left: [17]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from monai.transforms import RemoveSmallObjects

mask = np.zeros((1, 12, 24), np.float32)
for row, length in ((2, 15), (5, 16), (8, 17)):
    mask[0, row, 2 : 2 + length] = 1
left = np.asarray(RemoveSmallObjects(min_size=16)(torch.from_numpy(mask)))[0].sum(1)
sizes = [int(count) for count in left if count]
print("sizes left:", sizes)
assert sizes == [17], "the behaviour has changed"
PY
