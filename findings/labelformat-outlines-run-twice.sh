#!/usr/bin/env bash
# labelformat 0.1.17 (MaskPairInstanceSegmentationInput, COCOInstanceSegmentationOutput); pycocotools 2.0.11, OpenCV as readers
# Input: an image of 40 x 30 with a mask: a rectangle of 15 x 10, a disc, or an L, each without a hole.
# Expected: a COCO file whose polygon gives the mask back, but for a pixel along its outline.
# Happens: every outline is traced twice and stored as one polygon. By the even-odd rule of COCO's tools and of OpenCV's fillPoly the
# second round takes away what the first has filled: pycocotools finds no pixel at all, OpenCV the outline. The area that follows from
# the points is twice that of the outline. segmentation_type="rle" is right.
# Output seen on 2026-11-30:
#   rectangle of 150 px: 92 points, 46 of them different; area by points 252; pycocotools 0 px, OpenCV 46 px; as RLE 150 px
#   disc of 305 px: 112 points, 56 of them different; area by points 552; pycocotools 0 px, OpenCV 56 px; as RLE 305 px
#   L of 220 px: 186 points, 93 of them different; area by points 345; pycocotools 0 px, OpenCV 93 px; as RLE 220 px
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile labelformat==0.1.17 pycocotools==2.0.11 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json
from pathlib import Path

import cv2
import numpy as np
from labelformat.formats import COCOInstanceSegmentationOutput, MaskPairInstanceSegmentationInput
from PIL import Image
from pycocotools import mask as coco

y, x = np.mgrid[:30, :40]
shapes = {
    "rectangle": (x >= 5) & (x < 20) & (y >= 5) & (y < 15),
    "disc": (y - 14) ** 2 + (x - 20) ** 2 < 100,
    "L": ((x >= 3) & (x < 8) & (y >= 3) & (y < 25)) | ((x >= 3) & (x < 30) & (y >= 20) & (y < 25)),
}


def converted(kind: str) -> dict:
    pairs = MaskPairInstanceSegmentationInput("a.jpg", "a.png", Path("."), category_names="loss", segmentation_type=kind)
    COCOInstanceSegmentationOutput(Path("a.json")).save(pairs)
    return json.loads(Path("a.json").read_text())["annotations"][0]["segmentation"]


Image.new("RGB", (40, 30)).save("a.jpg")
for name, mask in shapes.items():
    Image.fromarray(mask.astype(np.uint8) * 255).save("a.png")
    (polygon,), runs = converted("polygon"), converted("rle")
    points = np.reshape(polygon, (-1, 2))
    px, py = points.T
    area = abs(float((px * np.roll(py, -1) - py * np.roll(px, -1)).sum())) / 2
    by_coco = int(coco.decode(coco.merge(coco.frPyObjects([polygon], 30, 40))).sum())
    by_opencv = int(cv2.fillPoly(np.zeros((30, 40), np.uint8), [points.astype(np.int32)], 1).sum())
    by_runs = int(coco.decode(coco.frPyObjects(runs, 30, 40)).sum())
    print(
        f"{name} of {mask.sum()} px: {len(points)} points, {len(np.unique(points, axis=0))} of them different; "
        f"area by points {area:.0f}; pycocotools {by_coco} px, OpenCV {by_opencv} px; as RLE {by_runs} px"
    )
    assert by_coco == 0 and by_opencv < mask.sum() / 2 and by_runs == mask.sum(), "the behaviour has changed"
PY
