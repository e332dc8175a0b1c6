#!/usr/bin/env bash
# nlm-torch 0.1.0 (torch_nlm.nlm2d) with torch 2.13.0; scikit-image 0.26.0 (denoise_nl_means) for comparison
# Input: a clean step from 0 to 1, and a clean line of 1 px.
# Expected: both unchanged: non-local means averages pixels whose surroundings are alike, and along a straight edge there are enough of them that
# are the same.
# Happens: the step becomes a slope and the line has a third of its height and three times its width, at any strength. What is averaged is not the
# pixels but the means of 3 x 3 px around them: the denoiser is a box blur wherever nothing is alike but the same.
# Output seen on 2026-12-01:
#   step: 0, 0, 0.33, 0.67, 1, 1; by scikit-image 0, 0, 0, 1, 1, 1
#   line: 0, 0, 0.33, 0.33, 0.33, 0; by scikit-image 0, 0, 0, 1, 0, 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 einops==0.8.1 tqdm==4.67.1 scikit-image==0.26.0 numpy==2.4.6
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps nlm-torch==0.1.0  # its pins are those of 2023
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import torch
from skimage.restoration import denoise_nl_means
from torch_nlm import nlm2d

step, line = np.zeros((40, 50), np.float32), np.zeros((40, 50), np.float32)
step[:, 25:] = line[:, 25] = 1
for name, image, wanted in (("step", step, [0, 0, 1 / 3, 2 / 3, 1, 1]), ("line", line, [0, 0, 1 / 3, 1 / 3, 1 / 3, 0])):
    for strength in (0.05, 0.1, 0.3):
        seen = nlm2d(torch.from_numpy(image), std=strength, kernel_size=11).numpy()[20, 22:28]
        assert np.allclose(seen, wanted, atol=0.01), "the behaviour has changed"
    other = denoise_nl_means(image, 3, 5, h=0.1, fast_mode=False)[20, 22:28]
    rows = [", ".join(f"{value:.2g}" for value in row.round(2)) for row in (seen, other)]
    print(f"{name}: {rows[0]}; by scikit-image {rows[1]}")
    assert np.allclose(other, image[20, 22:28], atol=0.01)
PY
