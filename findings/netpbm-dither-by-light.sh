#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pamditherbw and pgmtopbm
# Input: flat greys of 64, 128 and 200 in 200 x 200 px, as bitonal copies of scans are made.
# Expected: one share of white for one grey, by each method of the program and by its forerunner: 25, 50 and 78 %, as the samples have it.
# Happens: error diffusion and the ordered methods of pamditherbw go by linear light, so that 128 has 27 % of white, while its Hilbert curve
# goes by the samples, and so do all methods of pgmtopbm. Atkinson's loses a third more, and shades of 64 altogether.
# The manual says nothing of gamma. A copy shrunk to greys again, as the manual advises to undo it, is half as bright as its source.
# Output seen on 2026-12-01:
#   grey of 64: pamditherbw fs 8 %, dither8 8 %, cluster8 9 %, atkinson 0 %, hilbert 25 %; pgmtopbm fs 25 %, dither8 25 %, hilbert 25 %
#   grey of 128: pamditherbw fs 26 %, dither8 27 %, cluster8 27 %, atkinson 17 %, hilbert 50 %; pgmtopbm fs 50 %, dither8 50 %, hilbert 50 %
#   grey of 200: pamditherbw fs 62 %, dither8 62 %, cluster8 62 %, atkinson 66 %, hilbert 78 %; pgmtopbm fs 79 %, dither8 78 %, hilbert 78 %
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2 2> /dev/null
for package in *.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess

SIDE = 200


def white(program: str, method: str, grey: int) -> int:
    """Give the share of white pixels of the bitonal copy, in per cent."""
    image = b"P5\n%d %d\n255\n" % (SIDE, SIDE) + bytes([grey]) * SIDE**2
    seed = ["-randomseed=1"] if program == "pamditherbw" and method in ("fs", "atkinson") else []
    bits = subprocess.run([program, f"-{method}", *seed], input=image, capture_output=True, check=True).stdout
    if program == "pamditherbw":  # a PAM of one byte a pixel, 1 is white
        return round(100 * bits[-(SIDE**2) :].count(1) / SIDE**2)
    packed = bits[-(SIDE**2) // 8 :]  # a PBM of one bit a pixel, 1 is black
    return 100 - round(100 * sum(byte.bit_count() for byte in packed) / SIDE**2)


for grey in (64, 128, 200):
    light = {method: white("pamditherbw", method, grey) for method in ("fs", "dither8", "cluster8", "atkinson", "hilbert")}
    plain = {method: white("pgmtopbm", method, grey) for method in ("fs", "dither8", "hilbert")}
    listed = [", ".join(f"{method} {share} %" for method, share in shares.items()) for shares in (light, plain)]
    print(f"grey of {grey}: pamditherbw {listed[0]}; pgmtopbm {listed[1]}")
    share, linear = 100 * grey / 255, 100 * (grey / 255) ** 2.2
    assert all(abs(plain[method] - share) < 2 for method in plain) and abs(light["hilbert"] - share) < 2, "the behaviour has changed"
    assert all(light[method] < share - 13 and light[method] < linear + 6 for method in ("fs", "dither8", "cluster8")), "the behaviour has changed"
    assert light["atkinson"] < share - 11, "the behaviour has changed"
PY
