#!/usr/bin/env bash
# mahotas 1.4.19 (convolve, convolve1d); scipy 1.17.1 for comparison
# Input: a single pixel of 1, blurred by the trail of a shake that goes to the right: kernel 3, 2, 1 to the right of the centre.
# Expected: the pixel is drawn out to the right, as by scipy.ndimage.convolve and signal.convolve2d.
# Happens: it is drawn out to the left. The kernel is not turned, which makes it a correlation; "Convolution of `f` and `weights`"
# says the documentation. A blur that is simulated so is the mirror image of the one that a deconvolution takes out.
# Output seen on 2026-11-30:
#   mahotas.convolve: [0, 0, 1, 2, 3, 0, 0, 0, 0]
#   scipy.ndimage.convolve: [0, 0, 0, 0, 3, 2, 1, 0, 0]
#   equal to scipy.ndimage.correlate: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile mahotas==1.4.19 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from mahotas import convolve, convolve1d
from scipy import ndimage

point = np.zeros((5, 9))
point[2, 4] = 1
trail = np.zeros((5, 5))
trail[2, 2:] = 3, 2, 1
by_mahotas, by_scipy = convolve(point, trail), ndimage.convolve(point, trail)
print("mahotas.convolve:", by_mahotas[2].astype(int).tolist())
print("scipy.ndimage.convolve:", by_scipy[2].astype(int).tolist())
image, kernel = np.random.default_rng(0).random((40, 30)), np.arange(9.0).reshape(3, 3)
print("equal to scipy.ndimage.correlate:", bool(np.allclose(convolve(image, kernel), ndimage.correlate(image, kernel))))
one = np.arange(3.0)
assert np.allclose(convolve(image, kernel), ndimage.correlate(image, kernel)), "the behaviour has changed"
assert np.allclose(convolve1d(image, one, 0), ndimage.correlate1d(image, one, 0)), "the behaviour has changed"
assert np.array_equal(by_mahotas, by_scipy[:, ::-1]), "the behaviour has changed"
PY
