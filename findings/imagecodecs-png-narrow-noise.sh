#!/usr/bin/env bash
# imagecodecs 2026.3.6 (png_encode)
# Input: noise 1 px wide: RGB of 8 bits, 360 and 400 rows.
# Expected: a whole PNG for each, since png_encode allocates the output itself.
# Happens: 360 rows give bytes without the IEND chunk at their end and no error; 400 rows raise PngError. The output is
# sized from the samples and leaves too little room for the filter byte of each row. Asked for a larger buffer (out=N),
# png_encode writes both whole.
# Output seen on 2026-11-29:
#   360 rows: cut off
#   400 rows: PngError: png_write_data_fn output stream too small
#   360 rows, larger buffer: whole
#   400 rows, larger buffer: whole
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import imagecodecs
import numpy as np

END = b"IEND\xaeB`\x82"


def encoded(rows: int, **options: int) -> str:
    image = np.random.default_rng(0).integers(0, 256, (rows, 1, 3), dtype=np.uint8)
    try:
        return "whole" if imagecodecs.png_encode(image, level=6, **options).endswith(END) else "cut off"
    except imagecodecs.PngError as error:
        return f"PngError: {error}"


found = [encoded(360), encoded(400), encoded(360, out=4000), encoded(400, out=4000)]
for name, text in zip(("360 rows", "400 rows", "360 rows, larger buffer", "400 rows, larger buffer"), found):
    print(f"{name}: {text}")
assert found[0] == "cut off" and found[1].startswith("PngError"), "the behaviour has changed"
assert found[2:] == ["whole", "whole"], "the behaviour has changed"
PY
