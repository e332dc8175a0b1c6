#!/usr/bin/env bash
# supervision 0.31.2 (mask_to_xyxy, box_iou_batch, DetectionDataset.as_coco); pycocotools 2.0.11 for comparison
# Input: masks of a rectangle of 25 x 10 px, and of scratches 1 px wide.
# Expected: boxes of 25 x 10 and of 39 x 1, as by pycocotools; the overlap of a box with itself is 1.
# Happens: corners are the outermost pixels themselves, while widths and areas everywhere else are differences of corners: a box is a row and a
# column short, in COCO files too. A scratch has a box without area, whose overlap with itself is 0, so that it never matches a prediction.
# Output seen on 2026-12-01:
#   rectangle: box in COCO [5.0, 5.0, 24.0, 9.0], by pycocotools [5.0, 5.0, 25.0, 10.0]; overlap with itself 1
#   scratch: box in COCO [6.0, 30.0, 38.0, 0.0], by pycocotools [6.0, 30.0, 39.0, 1.0]; overlap with itself 0
#   upright scratch: box in COCO [50.0, 6.0, 0.0, 33.0], by pycocotools [50.0, 6.0, 1.0, 34.0]; overlap with itself 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile supervision==0.31.2 opencv-python-headless==5.0.0.93 pycocotools==2.0.11 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json
import logging
import warnings

import numpy as np
import supervision
from PIL import Image
from pycocotools import mask as coco

logging.disable()
warnings.simplefilter("ignore")
y, x = np.mgrid[:40, :60]
masks = {"rectangle": (y >= 5) & (y < 15) & (x >= 5) & (x < 30), "scratch": (y == 30) & (x > 5) & (x < 45), "upright scratch": (x == 50) & (y > 5)}
Image.new("RGB", (60, 40)).save("a.png")
for name, mask in masks.items():
    box = supervision.mask_to_xyxy(mask[None]).astype(float)
    overlap = float(supervision.box_iou_batch(box, box)[0, 0])
    found = supervision.Detections(xyxy=box, mask=mask[None], class_id=np.array([0]))
    supervision.DetectionDataset(["loss"], ["a.png"], {"a.png": found}).as_coco(annotations_path="a.json")
    (annotation,) = json.load(open("a.json"))["annotations"]
    wanted = coco.toBbox(coco.encode(np.asfortranarray(mask.astype(np.uint8)))).tolist()
    print(f"{name}: box in COCO {annotation['bbox']}, by pycocotools {wanted}; overlap with itself {overlap:.0f}")
    assert np.allclose(np.subtract(wanted, annotation["bbox"]), [0, 0, 1, 1]) and overlap == (name == "rectangle"), "the behaviour has changed"
PY
