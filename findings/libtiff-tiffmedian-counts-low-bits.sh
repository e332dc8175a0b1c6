#!/usr/bin/env bash
# tiffmedian of LibTIFF 4.5.0 (Debian libtiff-tools 4.5.0-6+deb12u4)
# Input: RGB TIFF of 64 x 64 px, half and half of two colours, and a flat one, reduced to 256 colours.
# Expected: the colours, or nearly: it keeps five bits of each sample, so that a level may be off by 7.
# Happens: colours are counted by their five lowest bits instead of the highest: pale paper of (250, 240, 230) enters the palette as (208,
# 128, 48), and since no pixel finds its own colour there, the image is black. Black and white come out as 0 and 248, as 255 has all bits set.
# Nothing is reported, and the exit code is 0.
# Output seen on 2026-12-01:
#   (250, 240, 230) and (13, 17, 19): seen as (0, 0, 0) and (0, 0, 0), palette (104, 136, 152) (208, 128, 48)
#   (200, 200, 200): seen as (0, 0, 0), palette (64, 64, 64)
#   (0, 0, 0) and (255, 255, 255): seen as (0, 0, 0) and (248, 248, 248), palette (0, 0, 0) (248, 248, 248)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  libtiff-tools=4.5.0-6+deb12u4 > /dev/null 2>&1
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

PALE, DARK, GREY, BLACK, WHITE = (250, 240, 230), (13, 17, 19), (200,) * 3, (0,) * 3, (255,) * 3
for colours in ((PALE, DARK), (GREY,), (BLACK, WHITE)):
    image = np.zeros((64, 64, 3), np.uint8)
    image[:] = colours[-1]
    image[:, :32] = colours[0]
    tifffile.imwrite("in.tif", image, photometric="rgb")
    subprocess.run(["tiffmedian", "in.tif", "out.tif"], check=True, capture_output=True)
    with tifffile.TiffFile("out.tif") as file:
        palette = [tuple((entry >> 8).tolist()) for entry in file.pages[0].colormap.T]
        row = [palette[index] for index in file.asarray()[0]]
    seen = [row[0], row[-1]][: len(colours)]
    used = sorted(set(palette) - {BLACK}) if BLACK not in colours else sorted(set(palette))
    names = " and ".join(map(str, colours))
    print(f"{names}: seen as {' and '.join(map(str, seen))}, palette {' '.join(map(str, used))}")
    off = max(abs(a - b) for one, other in zip(colours, seen, strict=True) for a, b in zip(one, other, strict=True))
    assert (off > 7) == (BLACK not in colours), "the behaviour has changed"
PY
