#!/usr/bin/env bash
# dcmscale of DCMTK 3.6.7 (Debian 3.6.7-9~deb12u4), "+i 3", bilinear
# Input: a ramp of 200, 202 ... 218 across the columns, then down the rows, 10 x 10 px, enlarged by 1.5, 2 and 3.
# Expected: a ramp that ends with 218 at the right, as it does at the bottom.
# Happens: the last column of the result is the last but one of the image: 214 215 216 217 218 216. The ramp falls back at the right edge, and
# a seam shows where enlarged parts are joined. Down the rows it is right, and so is "+i 4".
# Output seen on 2026-12-01:
#   columns, scale 1.5: 212 213 214 216 217 216 at the end
#   rows, scale 1.5: 212 213 214 216 217 218 at the end
#   columns, scale 2: 214 215 216 217 218 216 at the end
#   rows, scale 2: 214 215 216 217 218 218 at the end
#   columns, scale 3: 216 216 217 218 218 216 at the end
#   rows, scale 3: 216 216 217 218 218 218 at the end
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  dcmtk=3.6.7-9~deb12u4 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
export DCMDICTPATH="$work/root/usr/share/libdcmtk17/dicom.dic"
python3 - <<'PY'
import struct
import subprocess
from pathlib import Path

SIZE = 10
ramp = [200 + 2 * i for i in range(SIZE)]
palette = b"".join(bytes([i, i, i, 0]) for i in range(256))
padded = SIZE + 2  # a row of a BMP fills four bytes
header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 1078 + padded * SIZE, 0, 0, 1078, 40, SIZE, -SIZE, 1, 8, 0, padded * SIZE, 2835, 2835, 256, 0)
images = {"columns": [bytes(ramp)] * SIZE, "rows": [bytes([value]) * SIZE for value in ramp]}
for scale in (1.5, 2, 3):
    for name, rows in images.items():
        Path("in.bmp").write_bytes(header + palette + b"".join(row + bytes(2) for row in rows))
        subprocess.run(["img2dcm", "-i", "BMP", "in.bmp", "in.dcm"], check=True, capture_output=True)
        subprocess.run(["dcmscale", "+i", "3", "+Sxf", str(scale), "in.dcm", "out.dcm"], check=True, capture_output=True)
        subprocess.run(["dcm2pnm", "--write-raw-pnm", "out.dcm", "out.pgm"], check=True, capture_output=True)
        side = int(SIZE * scale)
        data = Path("out.pgm").read_bytes()[-side * side :]
        line = data[:side] if name == "columns" else data[::side]
        print(f"{name}, scale {scale}: {' '.join(map(str, line[-6:]))} at the end")
        assert (list(line) != sorted(line)) == (name == "columns"), "the behaviour has changed"
PY
