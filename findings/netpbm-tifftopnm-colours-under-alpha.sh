#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), tifftopnm
# Input: an RGB TIFF with unassociated alpha, all of (200, 100, 0), its alpha 0, 1, 64, 128 and 255; and the same with associated alpha.
# Expected: (200, 100, 0) throughout. "If the input image has a transparency channel, tifftopnm simply discards it", says its manual.
# Happens: colours are multiplied by the unassociated alpha before it is discarded: (50, 25, 0) at 64, black at 0. With -byrow they are kept,
# an option for speed by its manual, which does not speak of alpha.
# Output seen on 2026-12-01:
#   unassociated: (0, 0, 0) (1, 0, 0) (50, 25, 0) (100, 50, 0) (200, 100, 0)
#   unassociated, -byrow: (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0)
#   associated: (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0)
#   associated, -byrow: (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0) (200, 100, 0)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile numpy==2.4.6 tifffile==2026.3.3
venv/bin/python - <<'PY'
import subprocess

import numpy as np
import tifffile

image = np.zeros((1, 5, 4), np.uint8)
image[..., :3] = (200, 100, 0)
image[..., 3] = (0, 1, 64, 128, 255)
for kind, name in (("unassalpha", "unassociated"), ("assocalpha", "associated")):
    tifffile.imwrite("in.tif", image, photometric="rgb", extrasamples=[kind])
    for options in ([], ["-byrow"]):
        data = subprocess.run(["tifftopnm", "-quiet", *options, "in.tif"], check=True, capture_output=True).stdout
        assert data.startswith(b"P6")
        pixels = [tuple(data[i : i + 3]) for i in range(len(data) - 15, len(data), 3)]
        print(f"{', '.join([name, *options])}: {' '.join(map(str, pixels))}")
        kept = set(pixels) == {(200, 100, 0)}
        assert kept == (name == "associated" or bool(options)), "the behaviour has changed"
PY
