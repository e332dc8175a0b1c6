#!/usr/bin/env bash
# opencv-python 5.0.0.93, openimageio 3.2.2.0, rasterio 1.4.4 (GDAL 3.10.3); Pillow 13.0.0 for comparison
# Input: a CIELab TIFF (photometric 8) of one neutral grey, L* 53.7 and a* = b* = 0, of 8 and of 16 bits, by tifffile.
# Expected: equal red, green and blue of about 128; 16 bits stay 16 bits, or are refused.
# Happens: a warm cast of 27 levels, since the white of the file (D50) is not adapted to that of the screen (D65).
# OpenCV and OpenImageIO give 8 bits for 16 without a word; GDAL gives colours for 8 bits, and the raw numbers for 16.
# Output seen on 2026-11-30:
#   uint8, OpenCV: uint8 [142, 131, 115]
#   uint8, OpenImageIO: uint8 [142, 131, 115]
#   uint8, GDAL: uint8 [142, 131, 115]
#   uint8, Pillow by LittleCMS: [128, 128, 128]
#   uint16, OpenCV: uint8 [142, 131, 115]
#   uint16, OpenImageIO: uint8 [142, 131, 115]
#   uint16, GDAL: uint16 [35128, 0, 0]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python==5.0.0.93 openimageio==3.2.2.0 rasterio==1.4.4 pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
import OpenImageIO as oiio
import rasterio
import tifffile
from PIL import Image, ImageCms

for kind, lightness in ((np.uint8, 137), (np.uint16, 35128)):
    samples = np.zeros((4, 4, 3), kind)
    samples[..., 0] = lightness
    tifffile.imwrite("lab.tif", samples, photometric="cielab")
    by_opencv = cv2.imread("lab.tif", cv2.IMREAD_UNCHANGED)[..., ::-1]
    opened = oiio.ImageInput.open("lab.tif")
    by_oiio = opened.read_image(opened.spec().format)
    with rasterio.open("lab.tif") as dataset:
        by_gdal = np.moveaxis(dataset.read(), 0, 2)[..., :3]
    for name, pixels in (("OpenCV", by_opencv), ("OpenImageIO", by_oiio), ("GDAL", by_gdal)):
        print(f"{samples.dtype}, {name}: {pixels.dtype} {pixels[0, 0].tolist()}")
        raw = kind is np.uint16 and name == "GDAL"
        wanted = [lightness, 0, 0] if raw else [142, 131, 115]
        assert pixels[0, 0].tolist() == wanted and pixels.dtype == (kind if raw else np.uint8), "the behaviour has changed"
    if kind is np.uint8:
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        right = ImageCms.profileToProfile(Image.open("lab.tif"), *profiles, outputMode="RGB").getpixel((0, 0))
        print(f"{samples.dtype}, Pillow by LittleCMS: {list(right)}")
        assert max(right) - min(right) <= 1, "the behaviour has changed"
PY
