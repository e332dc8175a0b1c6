#!/usr/bin/env bash
# albumentations 2.0.8 (OpticalDistortion, GridDistortion, SafeRotate; the last release, still widely used)
# Input: an image of 64 x 64 floats whose samples are their own column / 64; distortion of strength 0, and no rotation.
# Expected: the same image, as with Rotate, Affine, Perspective and ElasticTransform of strength 0.
# Happens: it is moved by half a pixel (OpticalDistortion, SafeRotate) or by 0 to 1 px in a saw-tooth (GridDistortion). The two
# distortions also mix the last row and column with black or make them black, and masks lose theirs.
# Output seen on 2026-11-30:
#   Rotate: moved by up to 0.00 px; last column 63.0; 0 px of the mask lost
#   Affine: moved by up to 0.00 px; last column 63.0; 0 px of the mask lost
#   Perspective: moved by up to 0.00 px; last column 63.0; 0 px of the mask lost
#   ElasticTransform: moved by up to 0.00 px; last column 63.0; 0 px of the mask lost
#   OpticalDistortion: moved by up to 0.50 px; last column 31.5; 127 px of the mask lost
#   GridDistortion: moved by up to 1.00 px; last column 0.0; 127 px of the mask lost
#   SafeRotate: moved by up to 0.50 px; last column 62.5; 0 px of the mask lost
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile albumentations==2.0.8 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
NO_ALBUMENTATIONS_UPDATE=1 "$work/venv/bin/python" - <<'PY'
import albumentations as A
import numpy as np

columns = np.tile(np.arange(64, dtype=np.float32), (64, 1))
image, mask = np.repeat(columns[..., None] / 64, 3, axis=2), np.ones((64, 64), np.uint8)
for transform, exact in (
    (A.Rotate((0, 0), p=1), True),
    (A.Affine(rotate=0, p=1), True),
    (A.Perspective((0, 0), p=1), True),
    (A.ElasticTransform(0, p=1), True),
    (A.OpticalDistortion((0, 0), p=1), False),
    (A.GridDistortion(5, (0, 0), p=1), False),
    (A.SafeRotate((0, 0), p=1), False),
):
    done = A.Compose([transform], seed=0)(image=image, mask=mask)
    moved = np.abs(done["image"][20, 2:62, 0] * 64 - columns[20, 2:62])
    lost, last = int((done["mask"] == 0).sum()), done["image"][20, 63, 0] * 64
    name = type(transform).__name__
    print(f"{name}: moved by up to {moved.max():.2f} px; last column {last:.1f}; {lost} px of the mask lost")
    assert (moved.max() < 0.01 and last == 63) == exact, "the behaviour has changed"
PY
