#!/usr/bin/env bash
# ExactImage 1.0.2 (Debian 1.0.2-11+b2), econvert --blur
# Input: flat images of 100 and 255, 16 x 12 px, blurred by 1 and 3.
# Expected: flat, as the border is blurred with what is inside the image.
# Happens: black is taken for what lies beyond. With a blur of 1 the edge of white paper is 178 and its corners are 124; with 3 they are 142 and 82.
# A feathered mask is weak along the edges of its image, and a page has a dark frame.
# Output seen on 2026-12-01:
#   flat of 100, blur of 1: corner 48, edge 69, middle 99
#   flat of 100, blur of 3: corner 32, edge 55, middle 98
#   flat of 255, blur of 1: corner 124, edge 178, middle 255
#   flat of 255, blur of 3: corner 82, edge 142, middle 250
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  exactimage=1.0.2-11+b2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu:$work/root/usr/lib"
python3 - <<'PY'
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 16, 12
for grey in (100, 255):
    Path("flat.pgm").write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes([grey]) * WIDTH * HEIGHT)
    for sigma in (1, 3):
        subprocess.run(["econvert", "-i", "flat.pgm", "--blur", str(sigma), "-o", "out.pgm"], check=True, capture_output=True)
        samples = Path("out.pgm").read_bytes()[-WIDTH * HEIGHT :]
        corner, edge, middle = samples[0], samples[6 * WIDTH], samples[6 * WIDTH + 8]
        print(f"flat of {grey}, blur of {sigma}: corner {corner}, edge {edge}, middle {middle}")
        assert corner < 0.6 * grey and edge < 0.75 * grey and 0.96 * grey < middle, "the behaviour has changed"
PY
