#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pnmtorast; its files are read by rasttopnm of the same package and by Pillow 13.0.0
# Input: black PBM pages, 4 rows high, of 8 to 50 px, written as a Sun raster; and a raster of 17 px made here.
# Expected: black pages.
# Happens: where the width is not a multiple of 8, the last byte of each row is left white: up to 7 columns at the right edge are lost, for
# every reader. rasttopnm reads the file made here in full. Nothing is reported. A mask that reaches the right edge no longer does.
# Output seen on 2026-12-01:
#   8 px: white columns none by rasttopnm, none by Pillow
#   9 px: white columns 8 to 8 by rasttopnm, 8 to 8 by Pillow
#   15 px: white columns 8 to 14 by rasttopnm, 8 to 14 by Pillow
#   16 px: white columns none by rasttopnm, none by Pillow
#   50 px: white columns 48 to 49 by rasttopnm, 48 to 49 by Pillow
#   17 px, made here: white columns none by rasttopnm, none by Pillow
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
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pillow==13.0.0
venv/bin/python - <<'PY'
import io
import struct
import subprocess

from PIL import Image

HEIGHT = 4


def run(program: str, data: bytes) -> bytes:
    return subprocess.run([program, *(["-standard"] if program == "pnmtorast" else [])], input=data, capture_output=True, check=True).stdout


def white(row: list[int]) -> str:
    columns = [x for x, value in enumerate(row) if value]
    return f"{columns[0]} to {columns[-1]}" if columns else "none"


def seen(name: str, width: int, raster: bytes) -> bool:
    stride = -(-width // 8)
    line = run("rasttopnm", raster)[-stride * HEIGHT :][:stride]
    netpbm = [1 - (line[x // 8] >> (7 - x % 8) & 1) for x in range(width)]
    with Image.open(io.BytesIO(raster)) as image:
        pillow = [int(image.convert("L").getpixel((x, 0)) > 0) for x in range(width)]
    print(f"{name}: white columns {white(netpbm)} by rasttopnm, {white(pillow)} by Pillow")
    assert netpbm == pillow
    return any(netpbm)


for width in (8, 9, 15, 16, 50):
    page = b"P4\n%d %d\n" % (width, HEIGHT) + b"\xff" * (-(-width // 8) * HEIGHT)
    assert seen(f"{width} px", width, run("pnmtorast", page)) == (width % 8 > 0), "the behaviour has changed"
made = struct.pack(">8I", 0x59A66A95, 17, HEIGHT, 1, 4 * HEIGHT, 1, 0, 0) + b"\xff" * (4 * HEIGHT)
assert not seen("17 px, made here", 17, made)
PY
