#!/usr/bin/env bash
# jpeglib 1.0.2; Pillow 13.0.0 makes the file
# Input: a progressive JPEG of RGB, whose coefficients are read and written again by `read_dct` and `write_dct`.
# Expected: the flag "+PROGRESSIVE_MODE", which is taken without a word, makes a progressive file, or is refused.
# Happens: with libjpeg 6b and libjpeg-turbo 2.1.0 the file is sequential with and without the flag; with MozJPEG 4.0.3 it is
# progressive with and without it. Only the library decides. The coefficients are the same in all of them.
# Output seen on 2026-11-29:
#   6b: plain sequential, +PROGRESSIVE_MODE sequential, same coefficients True
#   turbo210: plain sequential, +PROGRESSIVE_MODE sequential, same coefficients True
#   mozjpeg403: plain progressive, +PROGRESSIVE_MODE progressive, same coefficients True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jpeglib==1.0.2 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import jpeglib
import numpy as np
from PIL import Image

ramp = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
Image.fromarray(np.dstack([ramp, ramp.T[::-1], ramp])).save("a.jpg", progressive=True)
assert Image.open("a.jpg").info.get("progressive")


def written(version: str, flags: list[str]) -> tuple[str, bool]:
    with jpeglib.version(version):
        image = jpeglib.read_dct("a.jpg")
        image.load()
        image.write_dct("b.jpg", flags=flags)
        again = jpeglib.read_dct("b.jpg")
        again.load()
    kind = "progressive" if Image.open("b.jpg").info.get("progressive") else "sequential"
    return kind, all(np.array_equal(getattr(image, one), getattr(again, one)) for one in ("Y", "Cb", "Cr"))


for version, kind in (("6b", "sequential"), ("turbo210", "sequential"), ("mozjpeg403", "progressive")):
    (plain, same), (flagged, also) = written(version, []), written(version, ["+PROGRESSIVE_MODE"])
    print(f"{version}: plain {plain}, +PROGRESSIVE_MODE {flagged}, same coefficients {same and also}")
    assert plain == flagged == kind and same and also, "the behaviour has changed"
PY
