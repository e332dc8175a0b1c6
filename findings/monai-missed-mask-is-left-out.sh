#!/usr/bin/env bash
# monai 1.6.1 (HausdorffDistanceMetric) with torch 2.13.0
# Input: ten masks of a square; four predictions are the square moved by 6 px, six are empty: the model has found nothing there.
# Expected: the mean Hausdorff distance is inf by either setting, since one empty prediction is infinitely far from its mask.
# Happens: inf for the maximum, but 6 for percentile=95. The percentile of distances that are all infinite is nan, and nan is left out
# of the mean, so a model that finds nothing more often has no worse a mean than one that finds each mask.
# Output seen on 2026-11-30:
#   maximum: of the pairs [6.0, 6.0, 6.0, 6.0, inf, inf, inf, inf, inf, inf], mean inf
#   percentile 95: of the pairs [6.0, 6.0, 6.0, 6.0, nan, nan, nan, nan, nan, nan], mean 6.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile monai==1.6.1 torch==2.13.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import torch
from monai.metrics import HausdorffDistanceMetric

truth = torch.zeros(10, 1, 32, 32)
truth[..., 5:15, 5:15] = 1
found = torch.roll(truth, 6, dims=3)
found[4:] = 0
means = []
for name, percentile in (("maximum", None), ("percentile 95", 95)):
    metric = HausdorffDistanceMetric(include_background=True, percentile=percentile, reduction="mean")
    pairs = metric(found, truth).ravel().tolist()
    means.append(float(metric.aggregate()))
    print(f"{name}: of the pairs {pairs}, mean {means[-1]}")
assert means[0] == float("inf") and means[1] == 6, "the behaviour has changed"
PY
