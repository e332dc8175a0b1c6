#!/usr/bin/env bash
# scikit-image 0.26.0, rasterio 1.4.4, Pillow 13.0.0, opencv-python 5.0.0.93, pycocotools 2.0.11
# Input: the same 200 random polygons of seven corners, about 20 px across, as masks of 40 x 40.
# Expected: scikit-image and rasterio agree, as both take pixels whose centre lies inside; Pillow and OpenCV add outlines.
# Happens: scikit-image puts pixel centres at whole numbers and rasterio at halves: 22 px differ for each polygon, and none
# once the corners move by half a pixel. A square from 2 to 5 covers 9 px in two of the five libraries, 16 in the others.
# Output seen on 2026-11-29:
#   scikit-image: 22 px unlike rasterio's, a square of 3 x 3 covers 16 px
#   scikit-image, moved by 1/2: 0 px unlike rasterio's, a square of 3 x 3 covers 9 px
#   rasterio: 0 px unlike rasterio's, a square of 3 x 3 covers 9 px
#   Pillow: 18 px unlike rasterio's, a square of 3 x 3 covers 16 px
#   OpenCV: 30 px unlike rasterio's, a square of 3 x 3 covers 16 px
#   pycocotools: 3 px unlike rasterio's, a square of 3 x 3 covers 9 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scikit-image==0.26.0 rasterio==1.4.4 pillow==13.0.0 opencv-python==5.0.0.93 pycocotools==2.0.11 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import cv2
import numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask as coco
from rasterio.features import rasterize
from skimage.draw import polygon2mask


def masks(corners: np.ndarray) -> dict[str, np.ndarray]:
    canvas = Image.new("1", (40, 40))
    ImageDraw.Draw(canvas).polygon([tuple(corner) for corner in corners.tolist()], fill=1)
    shape = {"type": "Polygon", "coordinates": [[*corners.tolist(), corners[0].tolist()]]}
    return {
        "scikit-image": polygon2mask((40, 40), corners[:, ::-1]),
        "scikit-image, moved by 1/2": polygon2mask((40, 40), corners[:, ::-1] - 0.5),
        "rasterio": rasterize([shape], (40, 40)) > 0,
        "Pillow": np.asarray(canvas),
        "OpenCV": cv2.fillPoly(np.zeros((40, 40), np.uint8), [np.rint(corners).astype(np.int32)], 1) > 0,
        "pycocotools": coco.decode(coco.frPyObjects([corners.ravel().tolist()], 40, 40))[..., 0] > 0,
    }


rng, differing = np.random.default_rng(0), {}
for _ in range(200):
    angle, radius = np.sort(rng.random(7)) * 2 * np.pi, rng.uniform(3, 12, 7)
    found = masks(20 + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    for name, mask in found.items():
        differing.setdefault(name, []).append(int((mask != found["rasterio"]).sum()))
square = {name: int(mask.sum()) for name, mask in masks(np.array([[2.0, 2], [5, 2], [5, 5], [2, 5]])).items()}
means = [round(float(np.mean(counts))) for counts in differing.values()]
for name, mean in zip(differing, means):
    print(f"{name}: {mean} px unlike rasterio's, a square of 3 x 3 covers {square[name]} px")
assert list(square.values()) == [16, 9, 9, 16, 16, 9], "the behaviour has changed"
assert means[0] > 15 and means[1] == means[2] == 0 and min(means[3:5]) > 10, "the behaviour has changed"
PY
