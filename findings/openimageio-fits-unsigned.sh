#!/usr/bin/env bash
# OpenImageIO 3.2.2.0 (FITS); astropy 8.0.2 for comparison
# Input: FITS of unsigned 16 and 32 and of signed 8 bits, written by astropy, and one of unsigned 16 bits by OpenImageIO. FITS has
# none of these kinds; its standard stores them moved by BZERO.
# Expected: the values back, both ways.
# Happens: OpenImageIO passes over BZERO: 0 of 16 bits is read as -32768, and 8 of 8 bits as 136. What it writes from unsigned
# 16 bits is halved into signed samples, without BZERO. Spectral and astronomical cameras write unsigned 16 bits.
# Output seen on 2026-11-30:
#   uint16 by astropy: [0, 32768, 65535], read as int16: [-32768, 0, 32767]
#   uint32 by astropy: [0, 2147483648, 4294967295], read as int: [-2147483648, 0, 2147483647]
#   int8 by astropy: [-128, 0, 8], read as uint8: [0, 128, 136]
#   uint16 by OpenImageIO: [0, 32768, 65535], by astropy read as int16: [0, 16384, 32767]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openimageio==3.2.2.0 astropy==8.0.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import OpenImageIO as oiio
from astropy.io import fits

for values, kind, moved in (([0, 32768, 65535], "uint16", -32768), ([0, 2**31, 2**32 - 1], "uint32", -(2**31)), ([-128, 0, 8], "int8", 128)):
    image = np.array([values], kind)
    fits.PrimaryHDU(image).writeto("image.fits", overwrite=True)
    assert np.array_equal(fits.getdata("image.fits"), image), "astropy differs"
    file = oiio.ImageInput.open("image.fits")
    read = file.read_image(file.spec().format)[0, :, 0].astype(np.int64)
    print(f"{kind} by astropy: {values}, read as {file.spec().format}: {read.tolist()}")
    assert read.tolist() == [value + moved for value in values], "the behaviour has changed"
image = np.array([[0, 32768, 65535]], np.uint16)
file = oiio.ImageOutput.create("own.fits")
file.open("own.fits", oiio.ImageSpec(3, 1, 1, "uint16"))
file.write_image(image[..., None])
file.close()
stored = fits.getdata("own.fits")
print(f"uint16 by OpenImageIO: {image[0].tolist()}, by astropy read as {stored.dtype.name}: {stored[0].tolist()}")
assert stored[0].tolist() == [0, 16384, 32767], "the behaviour has changed"
PY
