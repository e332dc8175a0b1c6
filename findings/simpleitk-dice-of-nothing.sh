#!/usr/bin/env bash
# SimpleITK 2.5.7 (LabelOverlapMeasuresImageFilter)
# Input: two empty masks: nothing is damaged, and nothing was found.
# Expected: 1, or no number, so that it is left out of a mean.
# Happens: the Dice coefficient is inf and the Jaccard coefficient 1.8e308. The mean of a series with one sound image among them
# is useless, and neither a test for `nan` nor one for `inf` finds the second.
# Output seen on 2026-11-30:
#   whole and half: Dice 0.6667, Jaccard 0.5
#   half and nothing: Dice 0, Jaccard 0
#   both empty: Dice inf, Jaccard 1.798e+308
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile simpleitk==2.5.7 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import SimpleITK as sitk

measures = sitk.LabelOverlapMeasuresImageFilter()
whole, half, nothing = np.ones((8, 8), np.uint8), np.ones((8, 8), np.uint8), np.zeros((8, 8), np.uint8)
half[:, 4:] = 0
pairs = {"whole and half": (whole, half), "half and nothing": (half, nothing), "both empty": (nothing, nothing)}
for name, pair in pairs.items():
    measures.Execute(*(sitk.GetImageFromArray(one) for one in pair))
    dice, jaccard = measures.GetDiceCoefficient(), measures.GetJaccardCoefficient()
    print(f"{name}: Dice {dice:.4g}, Jaccard {jaccard:.4g}")
    assert (dice > 1) == (jaccard > 1) == (name == "both empty"), "the behaviour has changed"
assert dice == np.inf and jaccard == np.finfo(np.float64).max, "the behaviour has changed"
PY
