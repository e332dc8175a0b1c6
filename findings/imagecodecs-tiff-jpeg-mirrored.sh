#!/usr/bin/env bash
# imagecodecs 2026.3.6 (tiff_decode, by libtiff), files by tifffile 2026.3.3
# Input: one grey image as TIFF, coded by LZW and by JPEG, with the tag Orientation at 1, 3 (upside down) and 6 (a quarter).
# Expected: the samples as they are stored, whatever the coding is; or the image as it is shown.
# Happens: LZW is given as stored. JPEG with Orientation 3 is turned, as it is shown; with 6 it is mirrored from left to
# right, which is neither: the shape says that nothing was turned, and every sample lies elsewhere.
# Output seen on 2026-11-29:
#   orientation 1: lzw as stored, jpeg as stored
#   orientation 3: lzw as stored, jpeg turned by 180 degrees
#   orientation 6: lzw as stored, jpeg mirrored left to right
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    imagecodecs==2026.3.6 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import imagecodecs
import numpy as np
import tifffile

rows, columns = np.mgrid[:40, :56]
image = (120 + 60 * np.sin(rows / 9 + columns / 7)).astype(np.uint8)


def found(coding, orientation):
    file = io.BytesIO()
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(file, image, compression=coding, extratags=[tag], metadata=None)
    stored, given = tifffile.imread(io.BytesIO(file.getvalue())), imagecodecs.tiff_decode(file.getvalue())
    ways = {
        "as stored": stored,
        "turned by 180 degrees": stored[::-1, ::-1],
        "mirrored left to right": stored[:, ::-1],
        "turned as shown": np.rot90(stored, -1),
    }
    return next((way for way, samples in ways.items() if np.array_equal(samples, given)), "otherwise")


seen = {orientation: (found("lzw", orientation), found("jpeg", orientation)) for orientation in (1, 3, 6)}
for orientation, (lzw, jpeg) in seen.items():
    print(f"orientation {orientation}: lzw {lzw}, jpeg {jpeg}")
assert [lzw for lzw, _ in seen.values()] == ["as stored"] * 3, "the behaviour has changed"
assert [jpeg for _, jpeg in seen.values()] == ["as stored", "turned by 180 degrees", "mirrored left to right"], "changed"
PY
