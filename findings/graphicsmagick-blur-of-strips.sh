#!/usr/bin/env bash
# GraphicsMagick 1.3.40 (Debian 1.4+really1.3.40-4+deb12u1), gm convert -blur
# Input: a strip of 50 x 40 px, its upper half 200 and its lower half 0, with a sigma of 1, 3 and 5; and a lone pixel of 200 in 9 x 7.
# Expected: the edge is blurred over a few rows and the halves stay; the lone pixel is brightest where it was.
# Happens: where the kernel is longer than the image is high or wide, the blur is nearly a mean of all. A sigma of 5 in 40 rows makes the
# black half grey of 107, and the lone pixel is brightest at both ends of its column. Nothing is reported; -gaussian refuses such images.
# A feathered mask of a narrow crop marks the whole of it.
# Output seen on 2026-12-01:
#   strip of 40 rows, sigma 1: rows 0, 5, 10 ... 35 and 39: 200 200 200 200 61 0 0 0 0
#   strip of 40 rows, sigma 3: rows 0, 5, 10 ... 35 and 39: 200 200 199 186 86 6 0 0 0
#   strip of 40 rows, sigma 5: rows 0, 5, 10 ... 35 and 39: 199 124 109 108 107 107 105 87 29
#   lone pixel in 9 x 7, sigma 1: 26 19 18 18 18 19 26 down its column
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  graphicsmagick=1.4+really1.3.40-4+deb12u1 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$libraries:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess


def blurred(width: int, height: int, sigma: int, samples: bytes) -> list[bytes]:
    image = b"P5\n%d %d\n255\n" % (width, height) + samples
    result = subprocess.run(["gm", "convert", "-", "-blur", f"0x{sigma}", "pgm:-"], input=image, capture_output=True, check=True).stdout
    result = result[-width * height :]
    return [result[y * width : (y + 1) * width] for y in range(height)]


strip = bytes([200]) * 50 * 20 + bytes(50 * 20)
for sigma in (1, 3, 5):
    column = [row[25] for row in blurred(50, 40, sigma, strip)]
    print(f"strip of 40 rows, sigma {sigma}: rows 0, 5, 10 ... 35 and 39: {' '.join(map(str, column[::5]))} {column[-1]}")
    assert (column[5] < 150 and column[30] > 80) == (sigma == 5), "the behaviour has changed"
dot = blurred(9, 7, 1, bytes(200 if i == 3 * 9 + 4 else 0 for i in range(63)))
print(f"lone pixel in 9 x 7, sigma 1: {' '.join(str(row[4]) for row in dot)} down its column")
assert dot[0][4] > dot[3][4] < dot[6][4], "the behaviour has changed"
PY
