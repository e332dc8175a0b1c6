#!/usr/bin/env bash
# GDAL 3.6.2 (Debian 3.6.2+dfsg-1+b2), gdal_translate -scale
# Input: all 256 values of a byte; -scale 0 255, with and without the range "0 255" of the result written out.
# Expected: the same values both times. "If omitted the output range is 0 to 255", says the manual.
# Happens: without it, the 127 values from 128 to 254 are a level higher, as the range is 0 to 255.999. An image that is "stretched" from 0 to
# 255 is not its source, and gets brighter with each further pass.
# Output seen on 2026-12-01:
#   -scale 0 255: 127 of 256 values differ, from 128 to 254; 200 is 201, after ten passes 210
#   -scale 0 255 0 255: 0 of 256 values differ; 200 is 200, after ten passes 200
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
import subprocess
from pathlib import Path


def scaled(samples: bytes, *options: str) -> bytes:
    Path("in.hdr").write_text("ENVI\nsamples = 16\nlines = 16\nbands = 1\nfile type = ENVI Standard\ndata type = 1\ninterleave = bsq\n")
    Path("in.raw").write_bytes(samples)
    command = ["gdal_translate", "-q", "-of", "ENVI", "-scale", *options, "in.raw", "out.raw"]
    subprocess.run(command, check=True, capture_output=True)
    return Path("out.raw").read_bytes()


ramp = bytes(range(256))
for options in (("0", "255"), ("0", "255", "0", "255")):
    once = scaled(ramp, *options)
    changed = [value for value in range(256) if once[value] != value]
    repeated = ramp
    for _ in range(10):
        repeated = scaled(repeated, *options)
    where = f", from {changed[0]} to {changed[-1]}" if changed else ""
    print(f"-scale {' '.join(options)}: {len(changed)} of 256 values differ{where}; 200 is {once[200]}, after ten passes {repeated[200]}")
    assert len(changed) == (127 if len(options) == 2 else 0), "the behaviour has changed"
PY
