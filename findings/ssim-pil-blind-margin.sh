#!/usr/bin/env bash
# SSIM-PIL 1.0.14 (compare_ssim on the CPU, as the graphics card is not asked for); scikit-image 0.26.0 for comparison
# Input: noise of 60 x 67 px and the same with its last four columns, or its last four rows, black: a damaged margin.
# Expected: an SSIM well below 1.
# Happens: 1.0 both times: the image is cut into tiles of 7 px, and what is left over beyond the last whole tile is cropped without a word.
# Output seen on 2026-12-01:
#   four columns: 1.000, by scikit-image 0.971
#   four rows: 1.000, by scikit-image 0.967
#   four columns further left: 0.916, by scikit-image 0.912
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile SSIM-PIL==1.0.14 scikit-image==0.26.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity
from SSIM_PIL import compare_ssim

sound = np.random.default_rng(0).integers(0, 256, (60, 67)).astype(np.uint8)
for title, place in (("columns", np.s_[:, -4:]), ("rows", np.s_[-4:]), ("columns further left", np.s_[:, -9:-5])):
    damaged = sound.copy()
    damaged[place] = 0
    seen = compare_ssim(Image.fromarray(sound), Image.fromarray(damaged), GPU=False)
    compared = structural_similarity(sound, damaged)
    print(f"four {title}: {seen:.3f}, by scikit-image {compared:.3f}")
    assert (seen == 1) == (title != "columns further left") and compared < 0.98, "the behaviour has changed"
PY
