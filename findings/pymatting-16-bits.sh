#!/usr/bin/env bash
# PyMatting 1.1.16 (load_image, save_image) with Pillow 13.0.0
# Input: a ramp from black to white as PNG of 8 bits and of 16 bits; and floats, saved as an image.
# Expected: values of 0 to 1 from both files, as the documentation says of load_image; floats rounded to the nearest level.
# Happens: a PNG of 16 bits is divided by 255 as well and has values of 0 to 257. With "GRAY", as for an alpha matte or a trimap, all that is
# not black is 1. save_image cuts off: 0.999 becomes 254, and a matte of 0.5 becomes 127.
# Output seen on 2026-12-01:
#   8.png, None: [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
#   8.png, GRAY: [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
#   16.png, None: [0.0, 51.4, 102.8, 154.2, 205.6, 257.0]
#   16.png, GRAY: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
#   0, 0.5, 0.999 and 1 saved: [0, 127, 254, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pymatting==1.1.16 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

import numpy as np
from PIL import Image

os.environ["NUMBA_DISABLE_JIT"] = "1"  # the mattings, which are not used here, are not compiled
import pymatting

ramp = np.arange(0, 256, 51, dtype=np.uint8)[None]
Image.fromarray(ramp).save("8.png")
Image.fromarray(ramp.astype(np.uint16) * 257).save("16.png")
seen = {}
for name in ("8.png", "16.png"):
    for mode in (None, "GRAY"):
        seen[name, mode] = pymatting.load_image(name, mode).ravel()
        print(f"{name}, {mode}: {seen[name, mode].round(2).tolist()}")
pymatting.save_image("a.png", np.array([[0, 0.5, 0.999, 1]]))
saved = np.asarray(Image.open("a.png"))[0].tolist()
print("0, 0.5, 0.999 and 1 saved:", saved)
assert np.allclose(seen["8.png", None], ramp[0] / 255) and np.allclose(seen["8.png", "GRAY"], ramp[0] / 255)
assert seen["16.png", None].max() == 257 and seen["16.png", "GRAY"].tolist() == [0, 1, 1, 1, 1, 1], "the behaviour has changed"
assert saved == [0, 127, 254, 255], "the behaviour has changed"
PY
