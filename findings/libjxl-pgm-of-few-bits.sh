#!/usr/bin/env bash
# cjxl of libjxl 0.7.0 (Debian 0.7.0-10+deb12u1), "-d 0", which stands for lossless
# Input: grey ramps as PGM with a maxval of 1 to 65535, written as JPEG XL and read back by djxl of the same package.
# Expected: the same samples; jxlinfo calls each file "(possibly) lossless", with the right number of bits.
# Happens: only 8 and 16 bits are exact. White of a mask of maxval 1, 3 or 7 becomes black. Of 9 to 14 bits tones are off by up to 64 of 511,
# and white lies beyond the maxval, at 513 of 511, which a PNG made by djxl shows as black. No error is raised. PNG of 8 and 16 bits is exact.
# Output seen on 2026-12-01:
#   maxval 1: 1 of 64 samples differ, by up to 1; white is 0 of 1
#   maxval 3: 43 of 64 samples differ, by up to 3; white is 0 of 3
#   maxval 7: 55 of 64 samples differ, by up to 7; white is 0 of 7
#   maxval 127: 1 of 64 samples differ, by up to 1; white is 126 of 127
#   maxval 255: 0 of 64 samples differ, by up to 0; white is 255 of 255
#   maxval 511: 63 of 64 samples differ, by up to 64; white is 513 of 511
#   maxval 1023: 62 of 64 samples differ, by up to 32; white is 1025 of 1023
#   maxval 4095: 60 of 64 samples differ, by up to 8; white is 4097 of 4095
#   maxval 16383: 43 of 64 samples differ, by up to 2; white is 16385 of 16383
#   maxval 65535: 0 of 64 samples differ, by up to 0; white is 65535 of 65535
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  libjxl-tools=0.7.0-10+deb12u1 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import struct
import subprocess
from pathlib import Path

for bits in (1, 2, 3, 7, 8, 9, 10, 12, 14, 16):
    maxval = 2**bits - 1
    samples = [i * maxval // 63 for i in range(64)]
    layout = ">64B" if bits <= 8 else ">64H"
    Path("in.pgm").write_bytes(b"P5\n8 8\n%d\n" % maxval + struct.pack(layout, *samples))
    subprocess.run(["cjxl", "-d", "0", "in.pgm", "out.jxl"], check=True, capture_output=True)
    subprocess.run(["djxl", "out.jxl", "out.pgm"], check=True, capture_output=True)
    data = Path("out.pgm").read_bytes()
    assert data.split()[:4] == [b"P5", b"8", b"8", b"%d" % maxval]
    back = struct.unpack(layout, data[-struct.calcsize(layout) :])
    off = [abs(a - b) for a, b in zip(samples, back, strict=True)]
    print(f"maxval {maxval}: {sum(map(bool, off))} of 64 samples differ, by up to {max(off)}; white is {back[-1]} of {maxval}")
    assert (max(off) > 0) == (bits not in (8, 16)), "the behaviour has changed"
PY
