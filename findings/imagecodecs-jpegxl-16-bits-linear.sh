#!/usr/bin/env bash
# imagecodecs 2026.3.6 (libjxl 0.11.2); read by pillow-jxl-plugin 1.3.8 with Pillow 13.0.0
# Input: the same grey ramp in RGB of 8 and of 16 bits, written as JPEG XL without loss.
# Expected: both files say sRGB, as nothing else was asked for, and look alike.
# Happens: the file of 8 bits says sRGB, the one of 16 bits says linear light: a viewer shows its mid grey as 188 instead of
# 128. The samples themselves come back exactly, so that a round trip does not show it.
# Output seen on 2026-11-29:
#   8 bits: samples exact, profile sRGB, mid grey is shown as 128
#   16 bits: samples exact, profile RGB_D65_SRG_Rel_Lin, mid grey is shown as 188
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile imagecodecs==2026.3.6 numpy==2.4.6 pillow==13.0.0 pillow-jxl-plugin==1.3.8
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import imagecodecs
import numpy as np
import pillow_jxl  # noqa: F401  (registers JPEG XL with Pillow)
from PIL import Image, ImageCms

ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(8, axis=0)
shown = {}
for bits, samples in ((8, ramp), (16, ramp.astype(np.uint16) * 257)):
    data = bytes(imagecodecs.jpegxl_encode(samples, lossless=True))
    exact = np.array_equal(imagecodecs.jpegxl_decode(data), samples)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(Image.open(io.BytesIO(data)).info["icc_profile"]))
    seen = ImageCms.profileToProfile(Image.fromarray(ramp), profile, ImageCms.createProfile("sRGB"))
    shown[bits] = int(np.asarray(seen)[0, 128, 1])
    name = ImageCms.getProfileDescription(profile).strip()
    print(f"{bits} bits: samples {'exact' if exact else 'differ'}, profile {name}, mid grey is shown as {shown[bits]}")
    assert exact, "the behaviour has changed"
assert abs(shown[8] - 128) <= 1 and abs(shown[16] - 188) <= 2, "the behaviour has changed"
PY
