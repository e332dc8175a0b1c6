#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pamthreshold and pnmhisteq
# Input: blank pages of one grey each, and a page with one darker pixel.
# Expected: white paper stays white. A pixel whose brightness is "greater than or equal to" the threshold becomes white, says the manual of
# pamthreshold, and pixels of the most luminous bucket "become white", that of pnmhisteq.
# Happens: both turn a blank page black all over, white paper too. One darker pixel makes the same page white. pamthreshold -local, with
# a window, makes every blank page white, a black one too. A mask of dark damage covers the whole of an undamaged page.
# Output seen on 2026-12-01:
#   page of 0: pamthreshold black, with -local white, pnmhisteq black
#   page of 128: pamthreshold black, with -local white, pnmhisteq black
#   page of 250: pamthreshold black, with -local white, pnmhisteq black
#   page of 255: pamthreshold black, with -local white, pnmhisteq black
#   page of 250 with one pixel of 240: pamthreshold white, with -local white, pnmhisteq white
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2 2> /dev/null
for package in *.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess

WIDTH, HEIGHT = 12, 10


def corner(samples: bytes, *command: str) -> str:
    """Give the shade of the first pixel of the command's result."""
    page = b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + samples
    result = subprocess.run(command, input=page, capture_output=True, check=True).stdout
    value = result[-WIDTH * HEIGHT]
    return {0: "black", max(1, value): "white"}[value]


pages = {f"page of {grey}": bytes([grey]) * WIDTH * HEIGHT for grey in (0, 128, 250, 255)}
pages["page of 250 with one pixel of 240"] = bytes([250]) * (WIDTH * HEIGHT - 1) + bytes([240])
for name, samples in pages.items():
    seen = [corner(samples, "pamthreshold"), corner(samples, "pamthreshold", "-local=5x5"), corner(samples, "pnmhisteq")]
    print(f"{name}: pamthreshold {seen[0]}, with -local {seen[1]}, pnmhisteq {seen[2]}")
    blank = "with" not in name
    assert seen == (["black", "white", "black"] if blank else ["white"] * 3), "the behaviour has changed"
PY
