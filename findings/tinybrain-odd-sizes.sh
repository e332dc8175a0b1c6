#!/usr/bin/env bash
# tinybrain 1.7.0 (downsample_with_averaging) with numpy 2.4.6
# Input: flat images of 200 in bytes, 16 bits and floats, with even and odd heights and widths, halved.
# Expected: 200 everywhere; a last row or column that stands alone is its own mean. The result has room for it: 5 x 6 px become 3 x 3.
# Happens: at an odd height or width the last row or column of the result is never written: it is black, or whatever the memory held. Even
# sizes are right, and so are the first rows. Each level of a pyramid of a scan of 1001 px has a black edge.
# Output seen on 2026-12-01:
#   uint8, 6 x 6: nothing is wrong
#   uint8, 5 x 6: the last row or column is wrong
#   uint8, 6 x 5: the last row or column is wrong
#   uint16, 6 x 6: nothing is wrong
#   uint16, 5 x 6: the last row or column is wrong
#   uint16, 6 x 5: the last row or column is wrong
#   float32, 6 x 6: nothing is wrong
#   float32, 5 x 6: the last row or column is wrong
#   float32, 6 x 5: the last row or column is wrong
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile tinybrain==1.7.0 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import numpy as np
import tinybrain

for kind in (np.uint8, np.uint16, np.float32):
    for height, width in ((6, 6), (5, 6), (6, 5)):
        seen = []
        for _ in range(20):
            result = tinybrain.downsample_with_averaging(np.full((height, width, 1), 200, kind), (2, 2, 1))[0]
            seen.append(result[..., 0])
        inner = np.array([one[: height // 2, : width // 2] for one in seen])
        edges = np.array([one[2] if height == 5 else one[:, 2] for one in seen])
        wrong = sum(bool((edge != 200).any()) for edge in edges)
        print(f"{np.dtype(kind).name}, {height} x {width}: {'the last row or column is' if wrong else 'nothing is'} wrong")
        assert (inner == 200).all() and bool(wrong) == (height + width == 11), "the behaviour has changed"
PY
