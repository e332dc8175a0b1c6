#!/usr/bin/env bash
# GEGL 0.4.42 (Debian 1:0.4.42-2+deb12u2), gegl:noise-reduction at its defaults; also a filter of GIMP
# Input: flat grey PNG of 32 x 24 px, of 100 and 255.
# Expected: the same flat images: there is no noise to reduce.
# Happens: the image gets a dark frame of four pixels: its corners fall to 42 of 100 and 107 of 255, since what lies beyond the border
# counts as black. gegl:mean-curvature-blur, which looks at neighbours too, leaves both images alone.
# Output seen on 2026-12-01:
#   gegl:noise-reduction, 100: row 0 42 67 81 91 97 99 99, row 12 100 100 100 100 100 100 100
#   gegl:mean-curvature-blur, 100: row 0 100 100 100 100 100 100 100, row 12 100 100 100 100 100 100 100
#   gegl:noise-reduction, 255: row 0 107 172 208 234 247 252 254, row 12 255 255 255 255 255 255 255
#   gegl:mean-curvature-blur, 255: row 0 255 255 255 255 255 255 255, row 12 255 255 255 255 255 255 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  gegl=1:0.4.42-2+deb12u2 libgegl-0.4-0=1:0.4.42-2+deb12u2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
export GEGL_PATH="$libraries/gegl-0.4" BABL_PATH="$libraries/babl-0.1" HOME="$work"
cat > one.py <<'PY'
import struct
import subprocess
import zlib
from pathlib import Path


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


for value in (100, 255):
    lines = b"".join(b"\0" + bytes([value] * 32) for _ in range(24))
    header = struct.pack(">IIBBBBB", 32, 24, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    Path("in.png").write_bytes(png)
    for operation in ("gegl:noise-reduction", "gegl:mean-curvature-blur"):
        subprocess.run(["gegl", "in.png", "-o", "out.ppm", "--", operation], check=True, capture_output=True)
        result = Path("out.ppm").read_bytes()
        size = 2 if b"65535" in result[:16] else 1
        samples = result[-32 * 24 * 3 * size :][:: 3 * size]  # of 16 bits the upper byte is enough
        print(f"{operation}, {value}: row 0 {' '.join(map(str, samples[:7]))}, row 12 {' '.join(map(str, samples[384:391]))}")
        assert (samples[0] < value / 2) == (operation == "gegl:noise-reduction") and samples[12 * 32 + 16] == value, "the behaviour has changed"
PY
python3 one.py
