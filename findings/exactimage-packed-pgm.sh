#!/usr/bin/env bash
# ExactImage 1.0.2 (Debian 1.0.2-11+b2), econvert --colorspace gray2 and gray4, written as PGM
# Input: a ramp of 16 x 4 px, made 2 and 4 bits a sample.
# Expected: PGM of maxval 3 and 15 with one byte a sample, 64 bytes, as the format has it for every maxval below 256.
# Happens: the header is right, but samples are packed four and two to a byte: 16 and 32 bytes follow. Readers refuse the file as cut off, or read
# samples above its maxval. econvert exits with 0. gray1 (PBM, packed by right) and gray8 are correct.
# Output seen on 2026-12-01:
#   gray1: P4, 8 bytes of samples, 8 expected
#   gray2: P5 of maxval 3, 16 bytes of samples, 64 expected, first 0x00 0x55
#   gray4: P5 of maxval 15, 32 bytes of samples, 64 expected, first 0x01 0x23
#   gray8: P5 of maxval 255, 64 bytes of samples, 64 expected, first 0x0a 0x19
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  exactimage=1.0.2-11+b2 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu:$work/root/usr/lib"
python3 - <<'PY'
import re
import subprocess
from pathlib import Path

WIDTH, HEIGHT = 16, 4
Path("ramp.pgm").write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(range(10, 250, 15)) * HEIGHT)
for kind, expected in (("gray1", 8), ("gray2", 64), ("gray4", 64), ("gray8", 64)):
    subprocess.run(["econvert", "-i", "ramp.pgm", "--colorspace", kind, "-o", "out.pgm"], check=True, capture_output=True)
    header = re.compile(rb"(P4)\n(?:#.*\n)*16 4\n|(P5)\n(?:#.*\n)*16 4\n(\d+)\n").match(data := Path("out.pgm").read_bytes())
    samples = data[header.end() :]
    name = "P4" if header[1] else f"P5 of maxval {int(header[3])}"
    first = "" if header[1] else f", first {samples[0]:#04x} {samples[1]:#04x}"
    print(f"{kind}: {name}, {len(samples)} bytes of samples, {expected} expected{first}")
    assert (len(samples) < expected) == (kind in ("gray2", "gray4")), "the behaviour has changed"
PY
