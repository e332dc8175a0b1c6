#!/usr/bin/env bash
# pfstools 2.2.0 (Debian 2.2.0-5+b1), pfsinppm and pfsoutppm
# Input: a PPM with all 256 greys, read into a pfs stream and written again with nothing between.
# Expected: the same samples; white is white.
# Happens: the stream holds XYZ, and the way back cuts off instead of rounding: red is a level lower for most greys and blue for nearly all,
# green is right. White is (254, 255, 254), and every grey gets a cast of green. It adds up: each pass takes off another level.
# Output seen on 2026-12-01:
#   201 of 256 greys differ in red, 0 in green, 255 in blue
#   white after 1, 2 and 10 passes: (254, 255, 254) (253, 255, 253) (246, 255, 245)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  pfstools=2.2.0-5+b1 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess
from pathlib import Path


def passed(samples: bytes) -> bytes:
    Path("in.ppm").write_bytes(b"P6\n16 16\n255\n" + samples)
    subprocess.run("pfsinppm in.ppm | pfsoutppm out.ppm", shell=True, check=True, capture_output=True)
    return Path("out.ppm").read_bytes()[-768:]


greys = bytes(value for value in range(256) for _ in range(3))
once = passed(greys)
wrong = [sum(once[i] != greys[i] for i in range(channel, 768, 3)) for channel in range(3)]
print(f"{wrong[0]} of 256 greys differ in red, {wrong[1]} in green, {wrong[2]} in blue")
assert wrong[0] > 150 and wrong[1] == 0 and wrong[2] > 150, "the behaviour has changed"
samples, white = greys, []
for _ in range(10):
    samples = passed(samples)
    white.append(tuple(samples[-3:]))
print(f"white after 1, 2 and 10 passes: {white[0]} {white[1]} {white[9]}")
assert white[0] == (254, 255, 254), "the behaviour has changed"
PY
