#!/usr/bin/env bash
# SimpleITK 2.5.7 (Multiply and Divide of an image by a number, `image * 0.5`)
# Input: bytes of 200 times 0.5, times 1.25, divided by 2.5; the same as float32.
# Expected: 100, 250 and 80, as with floats, or an error.
# Happens: the number is made a byte first: times 0.5 is black, times 1.25 changes nothing, and division by 2.5 is by 2. Nothing
# warns. A mask that is to be weakened, or a scan to be brightened, has to be cast to floats.
# Output seen on 2026-11-30:
#   200 * 0.5: 0 of 8-bit unsigned integer, 100 of floats
#   200 * 1.25: 200 of 8-bit unsigned integer, 250 of floats
#   200 / 2.5: 100 of 64-bit float, 80 of floats
#   200 Multiply by 1.9: 200 of 8-bit unsigned integer, 380 of floats
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile simpleitk==2.5.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import SimpleITK as sitk

image = sitk.GetImageFromArray(np.full((4, 4), 200, np.uint8))
for name, by_bytes, by_floats, wanted in (
    ("* 0.5", image * 0.5, sitk.Cast(image, sitk.sitkFloat32) * 0.5, (0, 100)),
    ("* 1.25", image * 1.25, sitk.Cast(image, sitk.sitkFloat32) * 1.25, (200, 250)),
    ("/ 2.5", image / 2.5, sitk.Cast(image, sitk.sitkFloat32) / 2.5, (100, 80)),
    ("Multiply by 1.9", sitk.Multiply(image, 1.9), sitk.Multiply(sitk.Cast(image, sitk.sitkFloat32), 1.9), (200, 380)),
):
    values = tuple(float(sitk.GetArrayFromImage(one)[0, 0]) for one in (by_bytes, by_floats))
    print(f"200 {name}: {values[0]:g} of {by_bytes.GetPixelIDTypeAsString()}, {values[1]:g} of floats")
    assert np.allclose(values, wanted), "the behaviour has changed"
PY
