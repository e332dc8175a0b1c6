#!/usr/bin/env bash
# imagehash 4.3.2 (average_hash, phash, dhash, whash) with Pillow 13.0.0
# Input: two unlike images as PNG of 8 bits and of 16 bits, all above black: a ramp to the right and rings.
# Expected: the hash of an image does not depend on its bit depth, and the two images differ.
# Happens: at 16 bits every sample above 255 counts as 255, so that any scan without deep black is hashed as a white page. Both images have
# one hash, with a distance of 0 to each other, and 26 to 34 bits from their own copies of 8 bits. Nothing is raised.
# Output seen on 2026-12-01:
#   mode I;16 values from 7710
#   average_hash: the two images differ by 34 bits, at 16 bits by 0; rings of 8 and 16 bits by 34: 0000000000000000
#   phash: the two images differ by 31 bits, at 16 bits by 0; rings of 8 and 16 bits by 31: 8000000000000000
#   dhash: the two images differ by 38 bits, at 16 bits by 0; rings of 8 and 16 bits by 26: 0000000000000000
#   whash: the two images differ by 34 bits, at 16 bits by 0; rings of 8 and 16 bits by 32: 0000000000000000
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile imagehash==4.3.2 pillow==13.0.0 numpy==2.4.6 scipy==1.17.1 pywavelets==1.9.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import imagehash
import numpy as np
from PIL import Image

y, x = np.mgrid[:120, :160]
ramp = (20 + x).astype(np.uint8)
rings = (130 + 100 * np.sin(np.hypot(y - 40, x - 100) / 12)).astype(np.uint8)


def stored(samples: np.ndarray) -> Image.Image:
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "PNG")
    return Image.open(file)


deep = [stored(image.astype(np.uint16) * 257) for image in (ramp, rings)]
print("mode", deep[0].mode, "values from", np.asarray(deep[1]).min())
for method in (imagehash.average_hash, imagehash.phash, imagehash.dhash, imagehash.whash):
    bytes_apart = method(stored(ramp)) - method(stored(rings))
    deep_apart = method(deep[0]) - method(deep[1])
    to_bytes = method(deep[1]) - method(stored(rings))
    print(f"{method.__name__}: the two images differ by {bytes_apart} bits, at 16 bits by {deep_apart}; rings of 8 and 16 bits by {to_bytes}: {method(deep[1])}")
    assert bytes_apart > 10 and deep_apart == 0 and to_bytes > 10, "the behaviour has changed"
PY
