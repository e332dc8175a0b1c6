#!/usr/bin/env bash
# OpenEXR 3.5.3 (the Python package: OpenEXR.File)
# Input: a float32 image of 20 x 30 x 3, written by channel as image[..., 0] and so on; a part of it, and an image of 3 x 20 x 30
# turned to 20 x 30 x 3 as networks' results are. Each time the same samples once more as a copy that lies in one piece.
# Expected: the samples that were given, or an error.
# Happens: with all three the file has other samples: what lies in memory behind the first one is written, and the strides of the
# array are passed over. Copies by numpy.ascontiguousarray are written rightly.
# Output seen on 2026-11-30:
#   by channel: 1797 of 1800 samples wrong, 0 with copies
#   part of the image: 540 of 600 samples wrong, 0 with copies
#   planes turned: 1798 of 1800 samples wrong, 0 with copies
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile openexr==3.5.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import OpenEXR


def wrong(channels: dict[str, np.ndarray], wanted: np.ndarray) -> int:
    with OpenEXR.File({"type": OpenEXR.scanlineimage}, channels) as file:
        file.write("one.exr")
    with OpenEXR.File("one.exr") as file:
        return int((file.channels()["RGB"].pixels != wanted).sum())


image = np.random.default_rng(0).random((20, 30, 3), dtype=np.float32)
planes = np.ascontiguousarray(image.transpose(2, 0, 1))
for name, channels, wanted in (
    ("by channel", {letter: image[..., number] for number, letter in enumerate("RGB")}, image),
    ("part of the image", {"RGB": image[2:12, 5:25]}, image[2:12, 5:25]),
    ("planes turned", {"RGB": planes.transpose(1, 2, 0)}, image),
):
    of_copies = wrong({key: np.ascontiguousarray(value) for key, value in channels.items()}, wanted)
    of_views = wrong(channels, wanted)
    print(f"{name}: {of_views} of {wanted.size} samples wrong, {of_copies} with copies")
    assert of_views > wanted.size / 2 and of_copies == 0, "the behaviour has changed"
PY
