#!/usr/bin/env bash
# pngnq 1.1 (Debian 1.1+ds-1.1)
# Input: grey ramps of 2 to 256 values as RGB PNG, reduced to 256 colours, more than any of them has.
# Expected: every grey is kept; pngquant 2.17.0 kept 250 of 250, run apart from this script.
# Happens: of 200 greys 86 are left, off by up to 6 levels, of 256 178, and white becomes 253. The colours are learned from a sample, even
# where all would fit.
# Output seen on 2026-12-01:
#   4 greys: 4 left, off by up to 1, white is 255
#   64 greys: 62 left, off by up to 4, white is 255
#   128 greys: 126 left, off by up to 1, white is 254
#   200 greys: 86 left, off by up to 6, white is 255
#   256 greys: 178 left, off by up to 2, white is 253
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  pngnq=1.1+ds-1.1 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pillow==13.0.0
venv/bin/python -W ignore - <<'PY'
import subprocess

from PIL import Image

for count in (4, 64, 128, 200, 256):
    greys = [i * 255 // (count - 1) for i in range(count)]
    image = Image.new("RGB", (count, 16))
    image.putdata([(grey,) * 3 for grey in greys] * 16)
    image.save("in.png")
    subprocess.run(["pngnq", "-f", "-n", "256", "-e", "-nq.png", "in.png"], check=True, capture_output=True)
    with Image.open("in-nq.png") as result:
        row = [result.convert("RGB").getpixel((x, 0))[0] for x in range(count)]
    off = max(abs(a - b) for a, b in zip(greys, row, strict=True))
    print(f"{count} greys: {len(set(row))} left, off by up to {off}, white is {row[-1]}")
    assert (len(set(row)) < count) == (count > 4), "the behaviour has changed"
PY
