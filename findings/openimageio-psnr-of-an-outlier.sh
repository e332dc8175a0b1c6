#!/usr/bin/env bash
# OpenImageIO 3.2.2.0 (ImageBufAlgo.compare)
# Input: a flat image of floats and a noisy copy, in which one pixel of 1,600 is as well 5, 10 or 100.
# Expected: a PSNR that falls as the pixel gets worse: 16.5, 11.8 and -7.9 dB for values of 0 to 1.
# Happens: it rises, from 20.1 to 32.1 dB, since the peak is the largest value found in either image. A restored image of floats that
# overshoots anywhere is scored better than one that does not.
# Output seen on 2026-11-30:
#   one pixel of None: PSNR 20.12 dB, for a peak of 1 20.12 dB
#   one pixel of 5: PSNR 30.48 dB, for a peak of 1 16.50 dB
#   one pixel of 10: PSNR 31.80 dB, for a peak of 1 11.80 dB
#   one pixel of 100: PSNR 32.08 dB, for a peak of 1 -7.92 dB
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openimageio==3.2.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import OpenImageIO as oiio


def buffer(image: np.ndarray) -> oiio.ImageBuf:
    result = oiio.ImageBuf(oiio.ImageSpec(image.shape[1], image.shape[0], 1, "float"))
    result.set_pixels(oiio.ROI(), image[..., None])
    return result


flat = np.full((40, 40), 0.5, np.float32)
noisy = flat + np.random.default_rng(0).normal(0, 0.1, flat.shape).astype(np.float32)
scores = []
for outlier in (None, 5, 10, 100):
    restored = noisy.copy()
    if outlier:
        restored[5, 5] = outlier
    scores.append(oiio.ImageBufAlgo.compare(buffer(restored), buffer(flat), 0.01, 0.01).PSNR)
    of_one = 10 * np.log10(1 / np.mean((restored.astype(float) - flat) ** 2))
    print(f"one pixel of {outlier}: PSNR {scores[-1]:.2f} dB, for a peak of 1 {of_one:.2f} dB")
assert scores == sorted(scores) and scores[-1] > scores[0] + 10, "the behaviour has changed"
PY
