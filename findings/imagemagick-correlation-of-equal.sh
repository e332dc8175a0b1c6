#!/usr/bin/env bash
# ImageMagick 6.9.11-60 (Debian 8:6.9.11.60+dfsg-1.6+deb12u15), compare -metric NCC
# Input: images of noise and flat images, each compared with itself.
# Expected: a normalized cross correlation of 1, whatever the size, as of any image with itself.
# Happens: it is 1 less one part in the number of pixels: 0.75 for 2 x 2 px and 0.94 for 4 x 4. A flat image and itself have 0, the value of images
# that have nothing in common. A threshold that suits large images turns small patches away.
# Output seen on 2026-12-01:
#   noise of 2 x 2 px with itself: 0.75
#   noise of 4 x 4 px with itself: 0.9375
#   noise of 8 x 8 px with itself: 0.984375
#   noise of 64 x 64 px with itself: 0.999756
#   flat of 64 x 64 px with itself: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$libraries:$work/root/lib/$(uname -m)-linux-gnu" HOME="$work"
export MAGICK_CONFIGURE_PATH="$work/root/etc/ImageMagick-6" MAGICK_CODER_MODULE_PATH="$libraries/ImageMagick-6.9.11/modules-Q16/coders"
python3 - <<'PY'
import random
import subprocess
from pathlib import Path

random.seed(0)
for kind, side in (("noise", 2), ("noise", 4), ("noise", 8), ("noise", 64), ("flat", 64)):
    samples = bytes(random.randrange(256) if kind == "noise" else 100 for _ in range(side * side))
    Path("a.pgm").write_bytes(b"P5\n%d %d\n255\n" % (side, side) + samples)
    seen = subprocess.run(["compare-im6.q16", "-metric", "NCC", "a.pgm", "a.pgm", "null:"], capture_output=True, text=True).stderr.strip()
    print(f"{kind} of {side} x {side} px with itself: {seen}")
    wanted = 0 if kind == "flat" else 1 - 1 / side**2
    assert abs(float(seen) - wanted) < 1e-4, "the behaviour has changed"
PY
