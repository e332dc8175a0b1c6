#!/usr/bin/env bash
# fabio 2026.6.0 (open, for Netpbm's plain formats P1 and P2); Pillow 13.0.0 for comparison
# Input: a mask of 4 x 3 px as plain PBM and the same values as plain PGM, written with one line of text for each row.
# Expected: the rows as written (PBM may come inverted, since its 1 is black).
# Happens: every line overwrites the first row, and the others stay 0: only the last row of the mask is left, in the wrong place.
# Output seen on 2026-12-01:
#   mask.pbm: [[1, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], by Pillow [[0, 1, 0, 0], [1, 0, 1, 1], [0, 0, 1, 0]]
#   mask.pgm: [[1, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], by Pillow [[1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 0, 1]]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile fabio==2026.6.0 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
from pathlib import Path

import fabio
import numpy as np
from PIL import Image

rows = "1 0 1 1\n0 1 0 0\n1 1 0 1\n"
Path("mask.pbm").write_text("P1\n4 3\n" + rows)
Path("mask.pgm").write_text("P2\n4 3\n1\n" + rows)
for name in ("mask.pbm", "mask.pgm"):
    seen = fabio.open(name).data.astype(int).tolist()
    with Image.open(name) as image:
        compared = (np.asarray(image) > 0).astype(int).tolist()
    print(f"{name}: {seen}, by Pillow {compared}")
    assert seen == [[1, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], "the behaviour has changed"
PY
