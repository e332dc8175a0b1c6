#!/usr/bin/env bash
# simpleitk 2.5.7 (LaplacianSharpening, AdaptiveHistogramEqualization)
# Input: flat images of 100 and 255 as bytes, 60000 as 16 bits and 0.5 as floats; and one with a single sample changed.
# Expected: the flat ones unchanged: they have no edge to sharpen and no contrast to raise.
# Happens: whole numbers turn black, floats into nan, all over. One sample that differs is enough for a sensible result of the sharpening.
# A blank page in a folder of scans, or an even margin cut out for a test, is lost without an error.
# Output seen on 2026-11-30:
#   uint8 of 100: sharpened 0.0 to 0.0, equalized 0.0 to 0.0; with one other sample, sharpened 99.0 to 100.0
#   uint8 of 255: sharpened 0.0 to 0.0, equalized 0.0 to 0.0; with one other sample, sharpened 254.0 to 255.0
#   uint16 of 60000: sharpened 0.0 to 0.0, equalized 0.0 to 0.0; with one other sample, sharpened 59999.0 to 60000.0
#   float32 of 0.5: sharpened nan to nan, equalized nan to nan; with one other sample, sharpened 0.4 to 0.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile simpleitk==2.5.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import SimpleITK as sitk


def run(method, samples: np.ndarray, *options) -> tuple[float, float]:
    result = sitk.GetArrayFromImage(method(sitk.GetImageFromArray(samples), *options))
    return round(float(result.min()), 1), round(float(result.max()), 1)


for kind, value in ((np.uint8, 100), (np.uint8, 255), (np.uint16, 60000), (np.float32, 0.5)):
    flat = np.full((30, 40), value, kind)
    nearly = flat.copy()
    nearly[15, 20] -= kind(1) if kind != np.float32 else kind(0.1)
    sharpened = run(sitk.LaplacianSharpening, flat)
    equalized = run(sitk.AdaptiveHistogramEqualization, flat, (5, 5), 0.3, 0.3)
    other = run(sitk.LaplacianSharpening, nearly)
    print(
        f"{flat.dtype} of {value}: sharpened {sharpened[0]} to {sharpened[1]}, equalized {equalized[0]} to {equalized[1]}; "
        f"with one other sample, sharpened {other[0]} to {other[1]}"
    )
    for low, high in (sharpened, equalized):
        assert np.isnan(low) if kind == np.float32 else low == high == 0, "the behaviour has changed"
    assert abs(other[0] / value - 1) < 0.4 and abs(other[1] / value - 1) < 0.4, "the behaviour has changed"
PY
