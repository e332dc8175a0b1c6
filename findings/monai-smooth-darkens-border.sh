#!/usr/bin/env bash
# monai 1.6.1 (transforms) with torch 2.13.0; scikit-image 0.26.0 for comparison
# Input: a flat image of 0.6, of 48 x 60 px, smoothed, sharpened and resized to half or a quarter with anti_aliasing=True.
# Expected: 0.6 everywhere, as without anti-aliasing, and as by scikit-image's resize, to which the parameter's description refers.
# Happens: the Gaussian filter takes what lies beyond the border for black: the smoothed corner is 0.22, the sharpened one 0.85, and a resized
# image has a dark frame: 0.51 in the corner at half of the size, 0.48 at a quarter. MedianSmooth is right.
# Output seen on 2026-12-01:
#   scikit-image's resize: 0.60 to 0.60
#   MedianSmooth: 0.60 inside, 0.60 at the edge, 0.60 in the corner
#   GaussianSmooth: 0.60 inside, 0.36 at the edge, 0.22 in the corner
#   GaussianSharpen: 0.60 inside, 0.84 at the edge, 0.85 in the corner
#   Resize to a half: 0.60 inside, 0.60 at the edge, 0.60 in the corner
#   the same with anti_aliasing: 0.60 inside, 0.55 at the edge, 0.51 in the corner
#   to a quarter with it: 0.60 inside, 0.54 at the edge, 0.48 in the corner
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import torch
from monai import transforms
from skimage.transform import resize

flat = torch.full((1, 48, 60), 0.6)
steps = {
    "MedianSmooth": transforms.MedianSmooth(2),
    "GaussianSmooth": transforms.GaussianSmooth(2.0),
    "GaussianSharpen": transforms.GaussianSharpen(1.0, 0.5, 10.0),
    "Resize to a half": transforms.Resize((24, 30), mode="bilinear"),
    "the same with anti_aliasing": transforms.Resize((24, 30), mode="bilinear", anti_aliasing=True),
    "to a quarter with it": transforms.Resize((12, 15), mode="bilinear", anti_aliasing=True),
}
by_skimage = resize(flat[0].numpy(), (24, 30), anti_aliasing=True)
print(f"scikit-image's resize: {by_skimage.min():.2f} to {by_skimage.max():.2f}")
corners = {}
for name, step in steps.items():
    result = np.asarray(step(flat.clone()))[0]
    corners[name] = float(result[0, 0])
    print(f"{name}: {result[6, 7]:.2f} inside, {result[0, 7]:.2f} at the edge, {corners[name]:.2f} in the corner")
    assert abs(result[6, 7] - 0.6) < 0.01, "the behaviour has changed"
assert np.allclose(by_skimage, 0.6, atol=1e-6) and all(abs(corners[name] - 0.6) < 1e-5 for name in ("MedianSmooth", "Resize to a half"))
assert corners["GaussianSmooth"] < 0.3 and corners["GaussianSharpen"] > 0.8, "the behaviour has changed"
assert corners["the same with anti_aliasing"] < 0.55 and corners["to a quarter with it"] < 0.5, "the behaviour has changed"
PY
