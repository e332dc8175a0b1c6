#!/usr/bin/env bash
# pylibtiff 0.7.0 (TIFFfile, its reader in Python; TIFF, its wrapper of LibTIFF); written by tifffile 2026.3.3
# Input: an image of 20 x 30 px, coded by LZW with and without the horizontal predictor, which most writers of LZW use for photographs.
# Expected: the image both times, or an error that the predictor is not known.
# Happens: TIFFfile gives the differences between neighbours as if they were samples: a ramp comes out flat. TIFF is right.
# Output seen on 2026-12-01:
#   predictor False: by TIFF [100, 104, 108, 112, 116], by TIFFfile [100, 104, 108, 112, 116]
#   predictor True: by TIFF [100, 104, 108, 112, 116], by TIFFfile [100, 4, 4, 4, 4]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pylibtiff==0.7.0 tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import tifffile
from libtiff import TIFF, TIFFfile

image = np.tile(np.arange(100, 220, 4, dtype=np.uint8), (20, 1))
for predictor in (False, True):
    tifffile.imwrite("a.tif", image, compression="lzw", predictor=predictor)
    tiff = TIFF.open("a.tif")
    by_library = tiff.read_image()
    tiff.close()
    by_python = np.squeeze(TIFFfile("a.tif").get_samples()[0][0])
    print(f"predictor {predictor}: by TIFF {by_library[0, :5].tolist()}, by TIFFfile {by_python[0, :5].tolist()}")
    assert np.array_equal(by_library, image) and np.array_equal(by_python, image) != predictor, "the behaviour has changed"
PY
