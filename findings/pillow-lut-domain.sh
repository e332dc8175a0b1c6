#!/usr/bin/env bash
# pillow-lut 1.1.0 (load_cube_file) with Pillow 13.0.0; OpenColorIO 2.6.0 for comparison
# Input: a .cube file that maps 0 to 2 onto 0 to 1, by DOMAIN_MAX, or by LUT_3D_INPUT_RANGE as Resolve writes it; one pixel.
# Expected: the pixel at half its values, as by OpenColorIO, or an error that the range is not supported.
# Happens: the range is passed over, and the pixel stays as it is. Corrections for film scans, whose inputs go above 1 or are
# log, are applied at the wrong place of their curve.
# Output seen on 2026-11-30:
#   DOMAIN_MAX 1 1 1: (200, 100, 50) becomes (200, 100, 50) by pillow-lut, (200, 100, 50) by OpenColorIO
#   DOMAIN_MAX 2 2 2: (200, 100, 50) becomes (200, 100, 50) by pillow-lut, (100, 50, 25) by OpenColorIO
#   LUT_3D_INPUT_RANGE 0 2: (200, 100, 50) becomes (200, 100, 50) by pillow-lut, (100, 50, 25) by OpenColorIO
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pillow-lut==1.1.0 Pillow==13.0.0 opencolorio==2.6.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import PyOpenColorIO as ocio
from PIL import Image
from pillow_lut import load_cube_file

PIXEL = (200, 100, 50)
table = [f"{red} {green} {blue}" for blue in (0, 1) for green in (0, 1) for red in (0, 1)]
for limits in (["DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"], ["DOMAIN_MIN 0 0 0", "DOMAIN_MAX 2 2 2"], ["LUT_3D_INPUT_RANGE 0 2"]):
    lines = ["LUT_3D_SIZE 2", *limits, *table]
    name = f"{limits[-1].replace(' ', '-')}.cube"
    with open(name, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    by_pillow = Image.new("RGB", (1, 1), PIXEL).filter(load_cube_file(lines)).getpixel((0, 0))
    transform = ocio.FileTransform(name, interpolation=ocio.INTERP_LINEAR)
    processor = ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor()
    by_ocio = tuple(round(255 * value) for value in processor.applyRGB([value / 255 for value in PIXEL]))
    print(f"{limits[-1]}: {PIXEL} becomes {by_pillow} by pillow-lut, {by_ocio} by OpenColorIO")
    assert by_pillow == PIXEL, "the behaviour has changed"
    assert by_ocio == (PIXEL if limits[-1].endswith("1") else (100, 50, 25)), "the behaviour has changed"
PY
