#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pgmdeshadow
# Input: a page of 40 x 20 px whose shadow rises from 120 at the left to 240 at the right, with a stroke of a third of the paper's grey;
# and a flat page of 128.
# Expected: white paper all over: the program "divides each pixel's gray level by the local shadow gray level", says its manual.
# Happens: the outermost row and column on every side keep the shadow; all paper inside becomes 255. A page has a frame of 1 px that was not
# there, half as bright as its paper, and its margins cut for a threshold are damage.
# Output seen on 2026-12-01:
#   shadowed page: frame of 120 to 240 (as before), paper inside 255 to 255
#   flat page of 128: frame of 128 to 128 (as before), paper inside 255 to 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2 2> /dev/null
for package in *.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess

WIDTH, HEIGHT = 40, 20
STROKE = {(x, y) for y in range(8, 11) for x in range(10, 30)}
FRAME = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if x in (0, WIDTH - 1) or y in (0, HEIGHT - 1)]
PAPER = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if (x, y) not in FRAME and (x, y) not in STROKE]


def report(name: str, page: bytes) -> None:
    image = b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + page
    cleaned = subprocess.run(["pgmdeshadow"], input=image, capture_output=True, check=True).stdout[-WIDTH * HEIGHT :]
    frame = [cleaned[y * WIDTH + x] for x, y in FRAME]
    paper = [cleaned[y * WIDTH + x] for x, y in PAPER]
    same = frame == [page[y * WIDTH + x] for x, y in FRAME]
    print(f"{name}: frame of {min(frame)} to {max(frame)} ({'as before' if same else 'changed'}), paper inside {min(paper)} to {max(paper)}")
    assert same and set(paper) == {255}, "the behaviour has changed"


shadow = [min(240, 120 + 6 * x) for x in range(WIDTH)]
report("shadowed page", bytes(shadow[x] // 3 if (x, y) in STROKE else shadow[x] for y in range(HEIGHT) for x in range(WIDTH)))
report("flat page of 128", bytes([128]) * WIDTH * HEIGHT)
PY
