#!/usr/bin/env bash
# imagecodecs 2026.3.6 (OpenJPEG 2.5.4); Pillow 13.0.0 and opencv-python 5.0.0.93 for comparison
# Input: RGB noise of 8 bits as lossless JPEG 2000, in a JP2 file with a matrix profile that is not sRGB, and the
# same codestream without the file round it.
# Expected: the same samples from both, which are those that were written: a profile says what samples mean.
# Happens: jpeg2k_decode converts the samples of the JP2 file to sRGB by its profile, without a word; those of the bare
# codestream are exact. Pillow and OpenCV give exact samples from both. Whoever writes the profile back beside the
# converted samples converts the colours twice, and a "lossless" copy is none.
# Output seen on 2026-11-29:
#   bare codestream: imagecodecs 0 off, Pillow 0 off, OpenCV 0 off
#   JP2 with a profile: imagecodecs 83 off, Pillow 0 off, OpenCV 0 off
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile imagecodecs==2026.3.6 numpy==2.4.6 pillow==13.0.0 opencv-python==5.0.0.93
cd "$work"
OPENCV_LOG_LEVEL=SILENT "$work/venv/bin/python" - <<'PY'
import io
import struct

import cv2
import imagecodecs
import numpy as np
from PIL import Image, ImageCms

rgb = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
stream = bytes(imagecodecs.jpeg2k_encode(rgb, codecformat="j2k", reversible=True, resolutions=3))
# A valid matrix profile that is not sRGB: that of sRGB with its red and green primaries' columns drawn towards each other.
icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
places = {}
for number in range(struct.unpack_from(">I", icc, 128)[0]):
    tag, offset, length = struct.unpack_from(">4sII", icc, 132 + 12 * number)
    places[tag] = offset + 8
red, green = (np.array(struct.unpack_from(">3i", icc, places[tag])) for tag in (b"rXYZ", b"gXYZ"))
mixed = ((red * 9 + green) // 10, (red + green * 9) // 10)
for tag, values in zip((b"rXYZ", b"gXYZ"), mixed):
    struct.pack_into(">3i", icc, places[tag], *values.tolist())


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


header = box(b"ihdr", struct.pack(">IIH4B", 40, 50, 3, 7, 7, 0, 0)) + box(b"colr", b"\x02\0\0" + bytes(icc))
jp2 = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header) + box(b"jp2c", stream)
off = {}
for name, data in (("bare codestream", stream), ("JP2 with a profile", jp2)):
    found = {
        "imagecodecs": np.asarray(imagecodecs.jpeg2k_decode(data)),
        "Pillow": np.asarray(Image.open(io.BytesIO(data))),
        "OpenCV": cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[:, :, ::-1],
    }
    off[name] = {library: int(np.abs(samples.astype(int) - rgb).max()) for library, samples in found.items()}
    print(f"{name}: " + ", ".join(f"{library} {error} off" for library, error in off[name].items()))
assert set(off["bare codestream"].values()) == {0}, "the behaviour has changed"
with_profile = off["JP2 with a profile"]
assert with_profile["imagecodecs"] > 5 and with_profile["Pillow"] == with_profile["OpenCV"] == 0, "the behaviour has changed"
PY
