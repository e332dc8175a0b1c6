#!/usr/bin/env bash
# dask-image 2026.5.0 (ndfilters); SciPy 1.17.1 for comparison
# Input: the values 0 to 11, and an image of 60 x 70 px, whole and in chunks, filtered with mode="wrap", as for a panorama or a tileable pattern.
# Expected: as by scipy.ndimage, whose filters these are: the other edge of the image is used beyond an edge, whatever the chunks.
# Happens: the end of the first chunk is used, so that borders are wrong, and depend on the size of the chunks. The other four modes agree.
# Output seen on 2026-11-30:
#   SciPy: [4.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 7.0]
#   chunks of 12: [4.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 7.0]
#   chunks of 6: [2.3, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 8.7]
#   chunks of 25 x 30 px, largest differences: wrap 0.22, constant 0.00, nearest 0.00, reflect 0.00, mirror 0.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile dask-image==2026.5.0 dask==2026.8.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import dask.array
import numpy as np
from dask_image.ndfilters import uniform_filter
from scipy import ndimage

line = np.arange(12.0)
wanted = ndimage.uniform_filter(line, 3, mode="wrap")
print("SciPy:", wanted.round(1).tolist())
for chunk in (12, 6):
    seen = np.asarray(uniform_filter(dask.array.from_array(line, chunks=chunk), 3, mode="wrap"))
    print(f"chunks of {chunk}:", seen.round(1).tolist())
    assert np.allclose(seen, wanted) == (chunk == 12), "the behaviour has changed"
image = np.random.default_rng(0).random((60, 70))
chunks = dask.array.from_array(image, chunks=(25, 30))
differences = {
    mode: np.abs(np.asarray(uniform_filter(chunks, 4, mode=mode)) - ndimage.uniform_filter(image, 4, mode=mode)).max()
    for mode in ("wrap", "constant", "nearest", "reflect", "mirror")
}
print("chunks of 25 x 30 px, largest differences:", ", ".join(f"{mode} {most:.2f}" for mode, most in differences.items()))
assert all((most > 0.1) == (mode == "wrap") and (most < 1e-9) != (mode == "wrap") for mode, most in differences.items()), "the behaviour has changed"
PY
