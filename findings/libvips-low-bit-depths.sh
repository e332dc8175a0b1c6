#!/usr/bin/env bash
# pyvips 3.2.0 with pyvips-binary 8.18.7, pngsave(bitdepth=...) and tiffsave(bitdepth=...); Pillow 13.0.0 reads
# Input: the greys 0 to 255, saved with 1, 2 and 4 bits.
# Expected: the nearest grey that the depth has, in both formats, and the same from libvips and Pillow when read.
# Happens: a PNG of 2 or 4 bits keeps the lowest bits of each sample (4 becomes 0, 5 becomes 1), and one of 1 bit makes
# white of all but 0, where the TIFF makes it from 128 on. A TIFF of 2 or 4 bits is written well,
# as Pillow shows, and libvips itself reads it as black and white.
# Output seen on 2026-11-30:
#   greys: [0, 1, 5, 100, 127, 128, 200, 255]
#   1 bits: PNG [0, 255, 255, 255, 255, 255, 255, 255], TIFF [0, 0, 0, 0, 0, 255, 255, 255], read by libvips [0, 0, 0, 0, 0, 255, 255, 255]
#   2 bits: PNG [0, 85, 85, 0, 255, 0, 0, 255], TIFF [0, 0, 0, 85, 85, 170, 255, 255], read by libvips [0, 0, 0, 0, 0, 255, 255, 255]
#   4 bits: PNG [0, 17, 85, 68, 255, 0, 136, 255], TIFF [0, 0, 0, 102, 119, 136, 204, 255], read by libvips [0, 0, 0, 0, 0, 255, 255, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pyvips==3.2.0 pyvips-binary==8.18.7 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import pyvips
from PIL import Image

greys = np.arange(256, dtype=np.uint8)[np.newaxis]
image, shown = pyvips.Image.new_from_array(greys), [0, 1, 5, 100, 127, 128, 200, 255]
print("greys:", shown)
for bits in (1, 2, 4):
    image.pngsave("a.png", bitdepth=bits)
    image.tiffsave("a.tif", bitdepth=bits)
    png, tiff = (np.asarray(Image.open(name).convert("L"))[0] for name in ("a.png", "a.tif"))
    own = pyvips.Image.new_from_file("a.tif").numpy()[0]
    print(f"{bits} bits: PNG {png[shown].tolist()}, TIFF {tiff[shown].tolist()}, read by libvips {own[shown].tolist()}")
    levels = 2**bits
    lowest = np.where(greys[0] > 0, 255, 0) if bits == 1 else greys[0] % levels * (255 // (levels - 1))
    assert np.array_equal(png, lowest), "the behaviour has changed"
    assert len(np.unique(tiff)) == levels and len(np.unique(own)) == 2, "the behaviour has changed"
PY
