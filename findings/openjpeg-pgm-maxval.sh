#!/usr/bin/env bash
# opj_compress of OpenJPEG 2.5.0 (Debian 2.5.0-2+deb12u4)
# Input: PGM with a maxval of 1, 3, 100, 255, 1000 and 65535, the last sample white, written as JPEG 2000 and read back by opj_decompress.
# Expected: white stays white: either the depth of the file is kept or the samples are scaled.
# Happens: the maxval is only good for choosing a number of bits, 8 at least, and samples stay as they are. White of a mask of maxval 1 is 1
# of 255, black to the eye; that of a scan of maxval 100 is 100 of 255. PGM allows every maxval below 65536. Nothing is reported.
# Output seen on 2026-12-01:
#   maxval 1: white comes back as 1 of 255
#   maxval 3: white comes back as 3 of 255
#   maxval 100: white comes back as 100 of 255
#   maxval 255: white comes back as 255 of 255
#   maxval 1000: white comes back as 1000 of 1023
#   maxval 65535: white comes back as 65535 of 65535
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  libopenjp2-tools=2.5.0-2+deb12u3 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import struct
import subprocess
from pathlib import Path

for maxval in (1, 3, 100, 255, 1000, 65535):
    samples = [i * maxval // 4095 for i in range(4096)]
    layout = ">4096B" if maxval < 256 else ">4096H"
    Path("in.pgm").write_bytes(b"P5\n64 64\n%d\n" % maxval + struct.pack(layout, *samples))
    subprocess.run(["opj_compress", "-i", "in.pgm", "-o", "out.jp2"], check=True, capture_output=True)
    subprocess.run(["opj_decompress", "-i", "out.jp2", "-o", "out.pgm"], check=True, capture_output=True)
    data = Path("out.pgm").read_bytes()
    fields = [field for line in data.split(b"\n")[:6] if not line.startswith(b"#") for field in line.split()]
    peak = int(fields[3])
    white = struct.unpack(">B" if peak < 256 else ">H", data[-1:] if peak < 256 else data[-2:])[0]
    print(f"maxval {maxval}: white comes back as {white} of {peak}")
    assert white == maxval and (white == peak) == (maxval in (255, 65535)), "the behaviour has changed"
PY
