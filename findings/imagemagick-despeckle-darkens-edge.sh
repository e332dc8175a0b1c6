#!/usr/bin/env bash
# ImageMagick 6.9.11-60 (Debian 8:6.9.11.60+dfsg-1.6+deb12u15), -despeckle
# Input: flat images of 100 and 255, 50 x 40 px.
# Expected: the same image: there are no speckles in it.
# Happens: a frame along the border is darkened, by six levels in the corners and two along the sides, in the corners by more in every further pass: the
# image is hulled with black around it. A white page gets a grey rim.
# Output seen on 2026-12-01:
#   100, despeckled once: 184 pixels differ, corner 94, top 98, middle 100
#   100, despeckled 5 times: 264 pixels differ, corner 78, top 98, middle 100
#   255, despeckled once: 184 pixels differ, corner 249, top 253, middle 255
#   255, despeckled 5 times: 264 pixels differ, corner 233, top 253, middle 255
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


for level in (100, 255):
    for times in (1, 5):
        seen = converted(bytes([level]) * WIDTH * HEIGHT, WIDTH, HEIGHT, *["-despeckle"] * times)
        differ, top, middle = sum(value != level for value in seen), seen[WIDTH // 2], seen[HEIGHT // 2 * WIDTH + WIDTH // 2]
        print(f"{level}, despeckled {'once' if times == 1 else f'{times} times'}: {differ} pixels differ, corner {seen[0]}, top {top}, middle {middle}")
        assert seen[0] <= level - 6 * (1 if times == 1 else 2) and top < level == middle, "the behaviour has changed"
PY
