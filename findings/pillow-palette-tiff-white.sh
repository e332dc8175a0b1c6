#!/usr/bin/env bash
# Pillow 13.0.0 as writer (TIFF with a palette); OpenImageIO 3.2.2.0, tifffile 2026.3.3, OpenCV 5.0.0.93 and GDAL (rasterio 1.4.4) as readers
# Input: an image of mode P with a palette of the 256 greys, saved as TIFF by Pillow and, for comparison, by GDAL.
# Expected: white is 65535 in the table of 16 bits, as the TIFF specification says, and 255 in every reader.
# Happens: Pillow shifts its levels by 8 bits, so that white is 65280, 0.4 % grey. Readers that scale the table see it: OpenImageIO gives
# 254 for white and one level less for every other grey but black. Those that take the high byte do not.
# Output seen on 2026-11-30:
#   written by pillow: levels [0, 1, 128, 255] are [0, 256, 32768, 65280]; OpenImageIO [0, 0, 127, 254], OpenCV [0, 1, 128, 255], GDAL [0, 1, 128, 255]
#   written by gdal: levels [0, 1, 128, 255] are [0, 257, 32896, 65535]; OpenImageIO [0, 1, 128, 255], OpenCV [0, 1, 128, 255], GDAL [0, 1, 128, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile Pillow==13.0.0 openimageio==3.2.2.0 tifffile==2026.3.3 opencv-python-headless==5.0.0.93 rasterio==1.4.4 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import cv2
import numpy as np
import OpenImageIO as oiio
import rasterio
import tifffile
from PIL import Image

indexes, some = np.tile(np.arange(256, dtype=np.uint8), (4, 1)), [0, 1, 128, 255]
image = Image.fromarray(indexes).convert("L")
image.putpalette([level for level in range(256) for _ in "RGB"])
image.save("pillow.tif")
with rasterio.open("gdal.tif", "w", driver="GTiff", width=256, height=4, count=1, dtype="uint8") as file:
    file.write(indexes[None])
    file.write_colormap(1, {level: (level,) * 3 for level in range(256)})
for name, white in (("pillow", 65280), ("gdal", 65535)):
    with tifffile.TiffFile(f"{name}.tif") as file:
        table = file.pages[0].colormap[0, some].tolist()
    opened = oiio.ImageInput.open(f"{name}.tif")
    by_oiio = np.asarray(opened.read_image("uint8"))[0, some, 0].tolist()
    opened.close()
    by_opencv = cv2.imread(f"{name}.tif")[0, some, 0].tolist()
    with rasterio.open(f"{name}.tif") as file:
        by_gdal = [file.colormap(1)[level][0] for level in some]
    print(f"written by {name}: levels {some} are {table}; OpenImageIO {by_oiio}, OpenCV {by_opencv}, GDAL {by_gdal}")
    assert table[-1] == white and by_oiio[-1] == white // 257 and by_opencv == by_gdal == some, "the behaviour has changed"
PY
