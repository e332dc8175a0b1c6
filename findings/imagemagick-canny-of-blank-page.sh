#!/usr/bin/env bash
# ImageMagick 6.9.11-60 (Debian 8:6.9.11.60+dfsg-1.6+deb12u15), -canny
# Input: flat images of 0, 100 and 255, and one with a bright square, 50 x 40 px; the manual's own example, -canny 0x1+10%+30%.
# Expected: no edge in a flat image, and a thin line round the square.
# Happens: every pixel of a flat image is an edge: the thresholds are set between the lowest and highest gradient, both 0, and 0 is not below 0.
# A search for damage by its edges marks all of a blank page.
# Output seen on 2026-12-01:
#   flat 0: 2000 of 2000 pixels are edges
#   flat 100: 2000 of 2000 pixels are edges
#   flat 255: 2000 of 2000 pixels are edges
#   square: 64 of 2000 pixels are edges
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
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 50, 40


def converted(samples: bytes, width: int, height: int, *options: str) -> bytes:
    Path("in.pgm").write_bytes(b"P5\n%d %d\n255\n" % (width, height) + samples)
    subprocess.run(["convert-im6.q16", "in.pgm", *options, "-depth", "8", "out.pgm"], check=True, capture_output=True)
    return Path("out.pgm").read_bytes()[-width * height :]


square = bytes(220 if 15 <= i % WIDTH < 32 and 12 <= i // WIDTH < 27 else 40 for i in range(WIDTH * HEIGHT))
for name, samples in [*((f"flat {level}", bytes([level]) * WIDTH * HEIGHT) for level in (0, 100, 255)), ("square", square)]:
    edges = sum(value > 0 for value in converted(samples, WIDTH, HEIGHT, "-canny", "0x1+10%+30%"))
    print(f"{name}: {edges} of {WIDTH * HEIGHT} pixels are edges")
    assert (edges == WIDTH * HEIGHT) == name.startswith("flat"), "the behaviour has changed"
PY
