#!/usr/bin/env bash
# scikit-image 0.26.0 (filters.rank.gradient_percentile, with gradient, percentile and mean_percentile for comparison)
# Input: a flat image of 100, and noise of 90 to 109; a disc of radius 3 as neighbourhood.
# Expected: with the default percentiles 0 and 1 the whole neighbourhood counts, so the result is that of gradient: 0 for a flat image,
# at most 19 for the noise.
# Happens: 255 everywhere, for any image. An end of the interval at 0 or 1 counts as black or white instead of the lowest or highest
# value that is there: from 0 to 0.5 a flat image gives its own grey. From 0.1 to 0.9 the result is right, and so are percentile and
# mean_percentile at 0 and 1.
# Output seen on 2026-11-30:
#   flat 100: gradient 0 to 0; by percentiles 0 to 1: 255 to 255; 0 to 0.5: 100 to 100; 0.1 to 0.9: 0 to 0
#   noise: gradient 14 to 19; by percentiles 0 to 1: 255 to 255; 0 to 0.5: 94 to 105; 0.1 to 0.9: 10 to 19
#   percentile 0 is the minimum: True; 1 is the maximum: True; mean_percentile from 0 to 1 is the mean: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from skimage.filters import rank
from skimage.morphology import disk

round_ = disk(3)
noise = np.random.default_rng(0).integers(90, 110, (30, 40)).astype(np.uint8)
for name, image in (("flat 100", np.full((30, 40), 100, np.uint8)), ("noise", noise)):
    plain, whole, lower, inner = (
        rank.gradient(image, round_),
        rank.gradient_percentile(image, round_),
        rank.gradient_percentile(image, round_, p0=0, p1=0.5),
        rank.gradient_percentile(image, round_, p0=0.1, p1=0.9),
    )
    print(
        f"{name}: gradient {plain.min()} to {plain.max()}; by percentiles 0 to 1: {whole.min()} to {whole.max()}; "
        f"0 to 0.5: {lower.min()} to {lower.max()}; 0.1 to 0.9: {inner.min()} to {inner.max()}"
    )
    assert (whole == 255).all() and plain.max() < 20 and lower.min() > 90 and inner.max() < 20, "the behaviour has changed"
same = [
    bool(np.array_equal(one, other))
    for one, other in (
        (rank.percentile(noise, round_, p0=0), rank.minimum(noise, round_)),
        (rank.percentile(noise, round_, p0=1), rank.maximum(noise, round_)),
        (rank.mean_percentile(noise, round_, p0=0, p1=1), rank.mean(noise, round_)),
    )
]
print(
    f"percentile 0 is the minimum: {same[0]}; 1 is the maximum: {same[1]}; "
    f"mean_percentile from 0 to 1 is the mean: {same[2]}"
)
assert all(same), "the behaviour has changed"
PY
