#!/usr/bin/env bash
# bm3d 4.0.3 (bm3d_rgb, default colorspace="opp")
# Input: a noisy grey image of 48 x 48 in three equal channels, as scanners save grey originals; the same with faint colour.
# Expected: a denoised image, as with faint colour, or with colorspace="YCbCr".
# Happens: all samples are nan, without an error: the two opponent channels are constant and are divided by their range of 0.
# Output seen on 2026-11-30:
#   equal channels, opp: 6912 of 6912 samples are nan; mean error nan
#   equal channels, YCbCr: 0 of 6912 samples are nan; mean error 0.019
#   faint colour, opp: 0 of 6912 samples are nan; mean error 0.027
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile bm3d==4.0.3 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import warnings

import numpy as np
from bm3d import bm3d_rgb

rng = np.random.default_rng(0)
clean = np.repeat(0.5 + 0.3 * np.sin(np.arange(48)[None, :, None] / 5) * np.ones((48, 1, 1)), 3, axis=2)
grey = clean + np.repeat(rng.normal(0, 0.05, (48, 48, 1)), 3, axis=2)
warnings.simplefilter("ignore", RuntimeWarning)
for name, image, space in (
    ("equal channels, opp", grey, "opp"),
    ("equal channels, YCbCr", grey, "YCbCr"),
    ("faint colour, opp", grey + rng.normal(0, 1e-6, grey.shape), "opp"),
):
    done = bm3d_rgb(image, 0.05, colorspace=space)
    bad, error = int(np.isnan(done).sum()), np.abs(done - clean).mean()
    print(f"{name}: {bad} of {done.size} samples are nan; mean error {error:.3f}")
    assert np.isnan(done).all() == (name == "equal channels, opp"), "the behaviour has changed"
PY
