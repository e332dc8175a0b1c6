#!/usr/bin/env bash
# Leptonica 1.82.0 (Debian leptonica-progs 1.82.0-3+b3), convertformat
# Input: grey samples 0, 1, 255, 256, 513 and 65535 as PGM of 16 bits, turned to TIFF; and as TIFF, turned to PGM.
# Expected: the same samples; PGM has the most significant byte first.
# Happens: the bytes of each sample are exchanged in both directions: 1 becomes 256 and 256 becomes 1, and what is written says 256 for 1. A
# smooth scan turns into noise. Leptonica reads its own files right, so that a round trip does not show it. A maxval of 255 is right.
# Output seen on 2026-12-01:
#   16 bits, read from PGM: 0 1 255 256 513 65535 as 0 256 65280 1 258 65535
#   16 bits, written to PGM: 0 1 255 256 513 65535 as 0 256 65280 1 258 65535
#   8 bits, read from PGM: 0 1 2 128 254 255 as 0 1 2 128 254 255
#   8 bits, written to PGM: 0 1 2 128 254 255 as 0 1 2 128 254 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  leptonica-progs=1.82.0-3+b3 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile numpy==2.4.6 tifffile==2026.3.3
venv/bin/python - <<'PY'
import subprocess
from pathlib import Path

import numpy as np
import tifffile

for bits, values in ((16, [0, 1, 255, 256, 513, 65535]), (8, [0, 1, 2, 128, 254, 255])):
    samples = np.array([values, values], f">u{bits // 8}")
    Path("in.pgm").write_bytes(b"P5\n6 2\n%d\n" % (2**bits - 1) + samples.tobytes())
    tifffile.imwrite("in.tif", samples.astype(f"u{bits // 8}"), photometric="minisblack")
    subprocess.run(["convertformat", "in.pgm", "out.png", "PNG"], check=True, capture_output=True)
    subprocess.run(["convertformat", "in.pgm", "out.tif", "TIFF"], check=True, capture_output=True)
    subprocess.run(["convertformat", "in.tif", "out.pgm", "PNM"], check=True, capture_output=True)
    read = tifffile.imread("out.tif")[0].tolist()
    written = np.frombuffer(Path("out.pgm").read_bytes()[-samples.nbytes :], samples.dtype)[:6].tolist()
    for name, seen in (("read from", read), ("written to", written)):
        print(f"{bits} bits, {name} PGM: {' '.join(map(str, values))} as {' '.join(map(str, seen))}")
        expected = np.array(values, "u2").byteswap().tolist() if bits == 16 else values
        assert seen == expected, "the behaviour has changed"
PY
