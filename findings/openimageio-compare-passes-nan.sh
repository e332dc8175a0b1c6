#!/usr/bin/env bash
# OpenImageIO 3.2.2.0 (ImageBufAlgo.compare)
# Input: an image of floats against a copy of which half is nan, and against one of which half differs by 0.01; both thresholds 1e-6.
# Expected: each pixel that is nan in one image alone counts as failed, as the other half does.
# Happens: no pixel fails or warns, and `error` is false; the mean error alone is nan. A test that a restored
# EXR equals its original outside of the holes passes.
# Output seen on 2026-11-30:
#   half of it nan: 0 px failed, 0 warned, error False, mean error nan
#   half of it 0.51: 800 px failed, 800 warned, error True, mean error 0.005
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
for name, value in (("nan", np.nan), ("0.51", 0.51)):
    other = flat.copy()
    other[:20] = value
    result = oiio.ImageBufAlgo.compare(buffer(other), buffer(flat), 1e-6, 1e-6)
    print(f"half of it {name}: {result.nfail} px failed, {result.nwarn} warned, error {result.error}, mean error {result.meanerror:.3f}")
    assert result.nfail == result.nwarn == (0 if name == "nan" else 800), "the behaviour has changed"
    assert not (name == "nan" and result.error), "the behaviour has changed"
PY
