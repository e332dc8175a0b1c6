#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pnmremap -floyd -norandom
# Input: flat greys of 64 x 64 px, mapped to black and white.
# Expected: as much white as the grey is bright. With -floyd "the average color of a region is the same in the output as in the input", says
# the manual.
# Happens: greys of 13 % and less are all black, of 78 % and more all white, and 39 % has 50 %. Errors are not passed on in full: tones near
# the two ends are lost. Colours do the same, by channel.
# Output seen on 2026-12-01:
#   grey: 6 %: 0 %, 13 %: 0 %, 25 %: 24 %, 39 %: 50 %, 50 %: 50 %, 63 %: 74 %, 78 %: 100 %, 90 %: 100 %
#   colour: 6 %: 0 %, 13 %: 0 %, 25 %: 24 %, 39 %: 50 %, 50 %: 50 %, 63 %: 74 %, 78 %: 100 %, 90 %: 100 %
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
python3 - <<'PY'
import subprocess
from pathlib import Path

SIDE = 64


def white(value: int, channels: int) -> float:
    magic = b"P5" if channels == 1 else b"P6"
    Path("map.pnm").write_bytes(magic + b"\n2 1\n255\n" + bytes([0] * channels + [255] * channels))
    image = magic + b"\n%d %d\n255\n" % (SIDE, SIDE) + bytes([value]) * SIDE * SIDE * channels
    command = ["pnmremap", "-mapfile=map.pnm", "-floyd", "-norandom"]
    result = subprocess.run(command, input=image, capture_output=True, check=True).stdout
    samples = result[-SIDE * SIDE * channels :]
    assert set(samples) <= {0, 255}
    return 100 * samples.count(255) / len(samples)


for name, channels in (("grey", 1), ("colour", 3)):
    seen = {value: white(value, channels) for value in (16, 32, 64, 100, 128, 160, 200, 230)}
    print(f"{name}: " + ", ".join(f"{100 * value / 255:.0f} %: {share:.0f} %" for value, share in seen.items()))
    assert seen[32] == 0 and seen[200] == 100, "the behaviour has changed"
    assert abs(seen[100] - 39.2) > 5, "the behaviour has changed"
PY
