#!/usr/bin/env bash
# astropy 8.0.2, convolution.interpolate_replace_nans
# Input: an image of 9 x 9 that is 100 everywhere, with one missing (NaN) pixel: inside, at an edge, and in a corner.
# Expected: 100, since every known pixel is 100 and missing ones are interpolated from known ones.
# Happens: at an edge 64, in a corner 39. Places outside of the image count as known zeros: the boundary of the convolution
# below is "fill" with 0 by default, which the page of interpolate_replace_nans does not mention. boundary="extend" helps.
# Output seen on 2026-11-30:
#   inside: 100.0, at an edge: 64.3, in a corner: 39.3; with boundary="extend" in the corner: 100.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile astropy==8.0.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from astropy.convolution import Gaussian2DKernel, interpolate_replace_nans


def filled(place: tuple[int, int], **more: str) -> float:
    image = np.full((9, 9), 100.0)
    image[place] = np.nan
    return float(interpolate_replace_nans(image, Gaussian2DKernel(1), **more)[place])


inside, edge, corner, extended = filled((4, 4)), filled((0, 4)), filled((0, 0)), filled((0, 0), boundary="extend")
print(
    f"inside: {inside:.1f}, at an edge: {edge:.1f}, in a corner: {corner:.1f}; "
    f'with boundary="extend" in the corner: {extended:.1f}'
)
assert abs(inside - 100) < 1e-6 and abs(extended - 100) < 1e-6, "the behaviour has changed"
assert edge < 70 and corner < 45, "the behaviour has changed"
PY
