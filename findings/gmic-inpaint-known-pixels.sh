#!/usr/bin/env bash
# G'MIC 2.9.4 (Debian 2.9.4-4+b4): inpaint_pde and inpaint_matchpatch; inpaint and inpaint_morpho for comparison
# Input: flat images of 100 and 255 and a ramp, 40 x 30 px, with a hole of 6 x 6 px; bytes in and bytes out.
# Expected: pixels that the mask leaves out come back as they were.
# Happens: two of the commands lower nearly every known pixel by a level, all over the image: it becomes 99.999992 on the way, and writing it as
# bytes cuts off instead of rounding. White paper is 254 after one pass, 253 after two. The difference to the source, the usual
# check that nothing but the hole was touched, is not empty anywhere.
# Output seen on 2026-12-01:
#   flat of 100, inpaint_pde: 1164 of 1164 known pixels a level lower, after a second pass 1164 by two
#   flat of 100, inpaint_matchpatch: 1164 of 1164 known pixels a level lower, after a second pass 1164 by two
#   flat of 100, inpaint: 0 of 1164 known pixels a level lower, after a second pass 0 by two
#   flat of 100, inpaint_morpho: 0 of 1164 known pixels a level lower, after a second pass 0 by two
#   flat of 255, inpaint_pde: 1164 of 1164 known pixels a level lower, after a second pass 1164 by two
#   flat of 255, inpaint_matchpatch: 1164 of 1164 known pixels a level lower, after a second pass 1164 by two
#   flat of 255, inpaint: 0 of 1164 known pixels a level lower, after a second pass 0 by two
#   flat of 255, inpaint_morpho: 0 of 1164 known pixels a level lower, after a second pass 0 by two
#   ramp, inpaint_pde: 1164 of 1164 known pixels a level lower, after a second pass 1164 by two
#   ramp, inpaint_matchpatch: 1104 of 1164 known pixels a level lower, after a second pass 1074 by two
#   ramp, inpaint: 0 of 1164 known pixels a level lower, after a second pass 0 by two
#   ramp, inpaint_morpho: 0 of 1164 known pixels a level lower, after a second pass 0 by two
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  gmic=2.9.4-4+b4 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH" HOME="$work"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 40, 30
HOLE = [y * WIDTH + x for y in range(8, 14) for x in range(10, 16)]


def write(name: str, samples: bytes) -> None:
    Path(name).write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + samples)


def fill(command: str, samples: bytes) -> bytes:
    write("image.pgm", samples)
    subprocess.run(["gmic", "image.pgm", "mask.pgm", f"{command}[0]", "[1]", "keep[0]", "output", "out.pgm"], check=True, capture_output=True)
    return Path("out.pgm").read_bytes()[-WIDTH * HEIGHT :]


write("mask.pgm", bytes(255 if i in HOLE else 0 for i in range(WIDTH * HEIGHT)))
known = [i for i in range(WIDTH * HEIGHT) if i not in HOLE]
images = {
    "flat of 100": bytes([100]) * WIDTH * HEIGHT,
    "flat of 255": bytes([255]) * WIDTH * HEIGHT,
    "ramp": bytes(20 + 5 * (i % WIDTH) for i in range(WIDTH * HEIGHT)),
}
for name, samples in images.items():
    for command in ("inpaint_pde", "inpaint_matchpatch", "inpaint", "inpaint_morpho"):
        once = fill(command, bytes(0 if i in HOLE else value for i, value in enumerate(samples)))
        twice = fill(command, once)
        lower = sum(once[i] == samples[i] - 1 for i in known)
        second = sum(twice[i] == samples[i] - 2 for i in known)
        print(f"{name}, {command}: {lower} of {len(known)} known pixels a level lower, after a second pass {second} by two")
        if command in ("inpaint_pde", "inpaint_matchpatch"):
            assert lower > 900 and second > 800, "the behaviour has changed"
        else:
            assert all(once[i] == samples[i] for i in known), "the behaviour has changed"
PY
