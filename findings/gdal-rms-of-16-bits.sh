#!/usr/bin/env bash
# GDAL 3.6.2 (Debian 3.6.2+dfsg-1+b2), gdal_translate -r rms, on x86-64; rasterio 1.4.4 with GDAL 3.10.3 is right
# Input: flat images of 64 x 40 px of 16 bits, at other sizes by the root of the mean of squares.
# Expected: the same value.
# Happens: from 32768 on the result is a level too high in most sizes, and white of 65535 wraps to 0: a white page becomes black, or is strewn
# with black pixels, by the size. A reduction by exactly a half is right.
# Output seen on 2026-12-01:
#   30000: 30000, 30000, 30000 at 32 x 20, 20 x 15, 128 x 80
#   50000: 50000, 50000 and 50001, 50001 at 32 x 20, 20 x 15, 128 x 80
#   65534: 65534, 65534 and 65535, 65535 at 32 x 20, 20 x 15, 128 x 80
#   65535: 65535, 0 and 65535, 0 at 32 x 20, 20 x 15, 128 x 80
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  gdal-bin=3.6.2+dfsg-1+b2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
export GDAL_DATA="$work/root/usr/share/gdal" PROJ_LIB="$work/root/usr/share/proj"
python3 - <<'PY'
import array
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 64, 40
header = f"ENVI\nsamples = {WIDTH}\nlines = {HEIGHT}\nbands = 1\nfile type = ENVI Standard\ndata type = 12\n"
Path("in.hdr").write_text(header + "interleave = bsq\nbyte order = 0\n")
for value in (30000, 50000, 65534, 65535):
    seen = []
    for size in ((32, 20), (20, 15), (128, 80)):
        Path("in.raw").write_bytes(array.array("H", [value] * WIDTH * HEIGHT).tobytes())
        size_options = ["-outsize", *map(str, size)]
        subprocess.run(["gdal_translate", "-q", "-of", "ENVI", "-r", "rms", *size_options, "in.raw", "out.raw"], check=True, capture_output=True)
        result = array.array("H", Path("out.raw").read_bytes())
        seen.append(sorted(set(result)))
    print(f"{value}: {', '.join(' and '.join(map(str, values)) for values in seen)} at 32 x 20, 20 x 15, 128 x 80")
    wrong = [values != [value] for values in seen]
    assert wrong == ([False] * 3 if value == 30000 else [False, True, True]), "the behaviour has changed"
assert seen[2] == [0], "the behaviour has changed"
PY
