#!/usr/bin/env bash
# tga 1.0.7 for Node.js, with Pillow 13.0.0 as writer
# Input: a TGA of grey with alpha, 4 x 1 px, plain and with run lengths: image type 3 or 11, 16 bits per pixel of which 8 are attribute
# bits.
# Expected: the grey in all three colours and the alpha as alpha, as Pillow reads its file.
# Happens: red and blue are the grey, green is the alpha, and the alpha is 255: opaque grey paper turns green, and transparent parts magenta
# and opaque. Grey without alpha and RGBA are right.
# Output seen on 2026-12-01:
#   L: 120 120 120 255, 120 120 120 255, 200 200 200 255, 200 200 200 255: right
#   L, run lengths: 120 120 120 255, 120 120 120 255, 200 200 200 255, 200 200 200 255: right
#   LA: 120 255 120 255, 120 0 120 255, 200 255 200 255, 200 128 200 255: wrong
#   LA, run lengths: 120 255 120 255, 120 0 120 255, 200 255 200 255, 200 128 200 255: wrong
#   RGBA: 120 120 120 255, 120 120 120 0, 200 200 200 255, 200 200 200 128: right
#   RGBA, run lengths: 120 120 120 255, 120 120 120 0, 200 200 200 255, 200 200 200 128: right
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pillow==13.0.0
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit tga@1.0.7
cat > one.cjs <<'JS'
const fs = require("node:fs");
const TGA = require("tga");

for (const name of process.argv.slice(2)) console.log([...new TGA(fs.readFileSync(name)).pixels].join(" "));
JS
cat > one.py <<'PY'
import subprocess

from PIL import Image

image = Image.new("LA", (4, 1))
image.putdata([(120, 255), (120, 0), (200, 255), (200, 128)])
names = []
for mode in ("L", "LA", "RGBA"):
    for packing in (None, "tga_rle"):
        names.append(f"{mode}{', run lengths' if packing else ''}")
        image.convert(mode).save(names[-1], "tga", compression=packing)
lines = subprocess.run(["node", "one.cjs", *names], check=True, capture_output=True, text=True).stdout.splitlines()
for name, line in zip(names, lines, strict=True):
    samples = list(map(int, line.split()))
    pixels = [tuple(samples[i : i + 4]) for i in range(0, 16, 4)]
    right = pixels == list(Image.open(name).convert("RGBA").get_flattened_data())
    print(f"{name}: {', '.join(' '.join(map(str, pixel)) for pixel in pixels)}: {'right' if right else 'wrong'}")
    assert right == (not name.startswith("LA")), "the behaviour has changed"
PY
venv/bin/python one.py
