#!/usr/bin/env bash
# opencv-python 5.0.0.93 and glymur 0.14.8 (both over OpenJPEG); Pillow 13.0.0 for comparison
# (glymur imports packaging and does not ask for it.)
# Input: noise of 31 x 40 and of 32 x 40, written as JPEG 2000 with each library's default settings.
# Expected: both are written.
# Happens: an image below 32 px on one side fails ("Number of resolutions is too high in comparison to the size of
# tiles"): the default of six resolutions is not lowered to what the image allows. Pillow lowers it. A folder of crops or
# patches stops at its first small one.
# Output seen on 2026-11-29:
#   32 x 40: {'OpenCV': True, 'glymur': True, 'Pillow': True}
#   glymur: OpenJPEG library error:  Number of resolutions is too high in comparison to the size of tiles
#   31 x 40: {'OpenCV': False, 'glymur': False, 'Pillow': True}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile opencv-python==5.0.0.93 numpy==2.4.6 glymur==0.14.8 packaging==26.4 pillow==13.0.0
cd "$work"
OPENCV_LOG_LEVEL=SILENT "$work/venv/bin/python" - <<'PY'
import io
import pathlib

import cv2
import glymur
import numpy as np
from PIL import Image


def written(rows: int) -> dict[str, bool]:
    image = np.random.default_rng(0).integers(0, 256, (rows, 40), dtype=np.uint8)
    done = {"OpenCV": bool(cv2.imencode(".jp2", image)[0])}
    try:
        glymur.Jp2k(pathlib.Path(f"{rows}.jp2"), data=image)
        done["glymur"] = True
    except Exception as error:  # OpenJPEGLibraryError is not a public name
        print("glymur:", error)
        done["glymur"] = False
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG2000")
    done["Pillow"] = np.array_equal(np.asarray(Image.open(io.BytesIO(file.getvalue()))), image)
    print(f"{rows} x 40:", done)
    return done


assert written(32) == {"OpenCV": True, "glymur": True, "Pillow": True}, "the behaviour has changed"
assert written(31) == {"OpenCV": False, "glymur": False, "Pillow": True}, "the behaviour has changed"
PY
