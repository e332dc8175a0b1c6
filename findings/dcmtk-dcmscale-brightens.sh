#!/usr/bin/env bash
# dcmscale of DCMTK 3.6.7 (Debian 3.6.7-9~deb12u4); img2dcm and dcm2pnm of the same package make the file and show it
# Input: grey images of 8 x 6 px and 8 bits: flat ones of 1, 100 and 255, and one of 10 with a spot of 20, "scaled" by 1.
# Expected: the same image. dcm2pnm shows the file of img2dcm just as it was.
# Happens: BitsStored, the range that viewers show, shrinks to what the values take, so that dark images become bright: 20 is shown as 160. A
# flat image gets 1 bit, and is shown black at 100 and grey at 255. An image that reaches 128 keeps its 8 bits.
# Output seen on 2026-12-01:
#   flat of 1: shown as 128, 1 bit
#   flat of 100: shown as 0, 1 bit
#   flat of 255: shown as 128, 1 bit
#   10 and 20: shown as 80 and 160, 5 bits
#   10 and 200: shown as 10 and 200, 8 bits
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
import re
import struct
import subprocess
from pathlib import Path


def shown(name: str) -> list[int]:
    subprocess.run(["dcm2pnm", "--write-raw-pnm", name, "out.pgm"], check=True, capture_output=True)
    return sorted(set(Path("out.pgm").read_bytes()[-48:]))


for name, values in (("flat of 1", [1]), ("flat of 100", [100]), ("flat of 255", [255]), ("10 and 20", [10, 20]), ("10 and 200", [10, 200])):
    samples = bytes([values[-1]] + [values[0]] * 47)
    palette = b"".join(bytes([i, i, i, 0]) for i in range(256))
    header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 1078 + 48, 0, 0, 1078, 40, 8, -6, 1, 8, 0, 48, 2835, 2835, 256, 0)
    Path("in.bmp").write_bytes(header + palette + samples)
    subprocess.run(["img2dcm", "-i", "BMP", "in.bmp", "in.dcm"], check=True, capture_output=True)
    assert shown("in.dcm") == values
    subprocess.run(["dcmscale", "+Sxf", "1", "in.dcm", "out.dcm"], check=True, capture_output=True)
    dump = subprocess.run(["dcmdump", "+P", "BitsStored", "out.dcm"], check=True, capture_output=True, text=True).stdout
    bits = re.search(r"US (\d+)", dump)[1]
    seen = shown("out.dcm")
    print(f"{name}: shown as {' and '.join(map(str, seen))}, {bits} {'bit' if bits == '1' else 'bits'}")
    assert (seen == values) == (name == "10 and 200"), "the behaviour has changed"
PY
