#!/usr/bin/env bash
# siril-cli 1.0.6 (Debian 1.0.6-1+b2), fmedian
# Input: flat FITS images of 60 x 44 px, floats of 0.4 and 16 bits of 50000, filtered by a median of 3, 5 and 9 px.
# Expected: a flat image stays as it is, its border too.
# Happens: a frame of half the filter's width becomes 0, black, but for its four corners, which stay. The corners show that the border was to
# be left alone.
# Output seen on 2026-12-01:
#   floats, 3 px: 200 pixels of 0, rows 0 to 0 and columns 0 to 0 at the upper left, corner 0.4
#   floats, 5 px: 384 pixels of 0, rows 0 to 1 and columns 0 to 1 at the upper left, corner 0.4
#   floats, 9 px: 704 pixels of 0, rows 0 to 3 and columns 0 to 3 at the upper left, corner 0.4
#   16 bits, 3 px: 200 pixels of 0, rows 0 to 0 and columns 0 to 0 at the upper left, corner 50000
#   16 bits, 5 px: 384 pixels of 0, rows 0 to 1 and columns 0 to 1 at the upper left, corner 50000
#   16 bits, 9 px: 704 pixels of 0, rows 0 to 3 and columns 0 to 3 at the upper left, corner 50000
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  siril=1.0.6-1+b2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
export HOME="$work"
python3 - <<'PY'
import struct
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 60, 44
COUNT = WIDTH * HEIGHT


def card(key: str, value: str) -> bytes:
    return f"{key:<8}= {value:>20}".ljust(80).encode()


def write(bits: int, layout: str, stored: float, zero: int) -> None:
    cards = [card("SIMPLE", "T"), card("BITPIX", str(bits)), card("NAXIS", "2"), card("NAXIS1", str(WIDTH)), card("NAXIS2", str(HEIGHT))]
    cards += [card("BZERO", str(zero)), card("BSCALE", "1"), b"END".ljust(80)] if zero else [b"END".ljust(80)]
    data = struct.pack(f">{COUNT}{layout}", *[stored] * COUNT)
    Path("in.fit").write_bytes(b"".join(cards).ljust(2880) + data.ljust(-(-len(data) // 2880) * 2880, b"\0"))


for name, bits, layout, stored, zero in (("floats", -32, "f", 0.4, 0), ("16 bits", 16, "h", 50000 - 32768, 32768)):
    for width in (3, 5, 9):
        write(bits, layout, stored, zero)
        script = f"requires 0.99.0\nload in\nfmedian {width} 1\nsave out\nclose\n"
        subprocess.run(["siril-cli", "-s", "-"], input=script, text=True, check=True, capture_output=True)
        data = Path("out.fit").read_bytes()
        start = (data.index(b"END".ljust(80)) // 2880 + 1) * 2880
        samples = [value + zero for value in struct.unpack_from(f">{COUNT}{layout}", data, start)]
        rows = [samples[y * WIDTH : (y + 1) * WIDTH] for y in range(HEIGHT)]
        black = sum(value == 0 for value in samples)
        middle = [[row[WIDTH // 2] for row in rows], rows[HEIGHT // 2]]
        down, across = (next(i for i, value in enumerate(line) if value) - 1 for line in middle)
        print(f"{name}, {width} px: {black} pixels of 0, rows 0 to {down} and columns 0 to {across} at the upper left, corner {samples[0]:.6g}")
        half = width // 2
        frame = 2 * half * (WIDTH - 2 * half) + 2 * half * (HEIGHT - 2 * half)
        assert black == frame and down == across == half - 1 and samples[0] > 0, "the behaviour has changed"
PY
