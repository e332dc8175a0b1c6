#!/usr/bin/env bash
# libvips 8.18 (pyvips-binary 8.18.7, pyvips 3.2.0), conv with precision="approximate"
# Input: flat images of 40 x 40 px, of 0, 0.5 and 100 as floats and of 1000, 20000 and 65535 in 16 bits, with Gaussian kernels of sigma 1
# and 5.
# Expected: the same values, to the small error of an approximation, as precision "float" gives them.
# Happens: half a unit is added to floats, that which rounds whole numbers: 0 becomes 0.51 and 0.5 becomes 1.01, so that an image of 0 to 1
# is white. Of 16 bits the sums wrap around: 20000 becomes 14686 or 2886. convsep with the same precision is right.
# Output seen on 2026-12-01:
#   0 as float32: 0.5135135 by sigma 1, 0.5006369 by sigma 5
#   0.5 as float32: 1.013514 by sigma 1, 1.000637 by sigma 5
#   100 as float32: 100.5135 by sigma 1, 100.5006 by sigma 5
#   1000 as uint16: 1000 by sigma 1, 1000 by sigma 5
#   20000 as uint16: 14686 by sigma 1, 2886 by sigma 5
#   65535 as uint16: 23025 by sigma 1, 5426 by sigma 5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pyvips==3.2.0 pyvips-binary==8.18.7 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import numpy as np
import pyvips

for kind, values in ((np.float32, (0, 0.5, 100)), (np.uint16, (1000, 20000, 65535))):
    for value in values:
        seen = []
        for sigma in (1, 5):
            kernel = pyvips.Image.gaussmat(sigma, 0.1, precision="integer")
            image = pyvips.Image.new_from_array(np.full((40, 40), value, kind))
            result = image.conv(kernel, precision="approximate").numpy()
            assert result.min() == result.max() and abs(image.conv(kernel, precision="float").numpy() - value).max() < 0.01
            seen.append(float(result[0, 0]))
        print(f"{value} as {kind.__name__}: {seen[0]:.7g} by sigma 1, {seen[1]:.7g} by sigma 5")
        if kind is np.float32:
            assert all(0.5 < one - value < 0.52 for one in seen), "the behaviour has changed"
        else:
            assert all(one == value for one in seen) == (value == 1000), "the behaviour has changed"
PY
