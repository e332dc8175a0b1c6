#!/usr/bin/env bash
# libvips 8.18 (pyvips-binary 8.18.7, pyvips 3.2.0), resize of 16 bits
# Input: flat images of 320 x 240 px, all of 65535 and 1000 in 16 bits and of 255 in 8, resized by factors of 0.9 to 0.3.
# Expected: flat images of the same value, as at 8 bits and as floats.
# Happens: at 16 bits white becomes a pattern of 65343 to 65535 that repeats over the image, or is darker by up to 128 all over; 1000
# becomes 998 in places. The steps are those of the kernel, whose whole-number weights do not always add up. The pattern shows once contrast
# is stretched, and white paper is no longer white.
# Output seen on 2026-12-01:
#   65535 as uint16 by 0.9, 0.7, 0.5, 0.37 and 0.3: 65471 to 65503, 65439 to 65535, 65535 to 65535, 65343 to 65535, 65407 to 65407
#   1000 as uint16 by 0.9, 0.7, 0.5, 0.37 and 0.3: 1000 to 1000, 998 to 1000, 1000 to 1000, 998 to 1000, 998 to 998
#   255 as uint8 by 0.9, 0.7, 0.5, 0.37 and 0.3: 255 to 255, 255 to 255, 255 to 255, 255 to 255, 255 to 255
#   65535 as float32 by 0.9, 0.7, 0.5, 0.37 and 0.3: 65535 to 65535, 65535 to 65535, 65535 to 65535, 65535 to 65535, 65535 to 65535
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import numpy as np
import pyvips

for value, kind in ((65535, np.uint16), (1000, np.uint16), (255, np.uint8), (65535, np.float32)):
    seen = []
    for factor in (0.9, 0.7, 0.5, 0.37, 0.3):
        result = pyvips.Image.new_from_array(np.full((240, 320), value, kind)).resize(factor).numpy()
        seen.append((int(np.rint(result.min())), int(np.rint(result.max()))))
    print(f"{value} as {kind.__name__} by 0.9, 0.7, 0.5, 0.37 and 0.3: {', '.join(f'{low} to {high}' for low, high in seen)}")
    wrong = [low < value for low, _ in seen]
    assert any(wrong) == (kind is np.uint16), "the behaviour has changed"
    if value == 65535 and kind is np.uint16:
        assert min(seen)[0] < 65400, "the behaviour has changed"
PY
