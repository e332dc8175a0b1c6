#!/usr/bin/env bash
# ImageMagick 6.9.11-60 (Debian 8:6.9.11.60+dfsg-1.6+deb12u15), -linear-stretch; -contrast-stretch for comparison
# Input: a ramp from 40 to 188.
# Expected: with one number, the darkest that part of pixels black and as many of the lightest white, as -contrast-stretch does, to which the manual
# says that it is "very similar".
# Happens: nearly the whole image is white, with 0 all of it: the missing second number is not set to the first.
# Output seen on 2026-12-01:
#   0: mean 255.0, by -contrast-stretch 127.0
#   1%: mean 252.4, by -contrast-stretch 127.0
#   5%: mean 242.2, by -contrast-stretch 127.1
#   1%x1%: mean 127.0, by -contrast-stretch 127.0
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

SIDE = 100


def converted(samples: bytes, width: int, height: int, *options: str) -> bytes:
    Path("in.pgm").write_bytes(b"P5\n%d %d\n255\n" % (width, height) + samples)
    subprocess.run(["convert-im6.q16", "in.pgm", *options, "-depth", "8", "out.pgm"], check=True, capture_output=True)
    return Path("out.pgm").read_bytes()[-width * height :]


ramp = bytes(int(40 + 1.5 * (i % SIDE)) for i in range(SIDE * SIDE))
for part in ("0", "1%", "5%", "1%x1%"):
    linear, contrast = (converted(ramp, SIDE, SIDE, option, part) for option in ("-linear-stretch", "-contrast-stretch"))
    means = [sum(one) / SIDE**2 for one in (linear, contrast)]
    print(f"{part}: mean {means[0]:.1f}, by -contrast-stretch {means[1]:.1f}")
    assert abs(means[1] - 127.5) < 2
    assert (means[0] > 230) == ("x" not in part), "the behaviour has changed"
PY
