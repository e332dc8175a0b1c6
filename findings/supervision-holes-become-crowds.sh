#!/usr/bin/env bash
# supervision 0.31.2 (DetectionDataset.as_coco); pycocotools 2.0.11 (COCOeval)
# Input: a data set of three damages, a disc, a ring and a damage of two parts, written as COCO; predictions that find the disc alone.
# Expected: the two that were missed count: the recall is 0.30, a third of what the disc alone has over COCO's thresholds.
# Happens: masks with a hole or of several parts are written with iscrowd=1, which marks crowds of objects that need not be found: COCO's
# evaluation leaves them out, and the recall is 0.90. Nothing is said.
# Output seen on 2026-12-01:
#   disc: iscrowd 0, polygon
#   ring: iscrowd 1, run lengths
#   two parts: iscrowd 1, run lengths
#   iscrowd as written: recall 0.90
#   iscrowd set to 0: recall 0.30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile supervision==0.31.2 opencv-python-headless==5.0.0.93 pycocotools==2.0.11 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import contextlib
import io
import json
import logging

import numpy as np
import supervision
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

logging.disable()
y, x = np.mgrid[:80, :120]
masks = {
    "disc": np.hypot(y - 20, x - 20) < 15,
    "ring": (np.hypot(y - 20, x - 70) < 15) & (np.hypot(y - 20, x - 70) > 6),
    "two parts": (np.hypot(y - 60, x - 20) < 10) | (np.hypot(y - 60, x - 60) < 10),
}
Image.new("RGB", (120, 80)).save("a.png")
stack = np.stack(list(masks.values()))
found = supervision.Detections(xyxy=supervision.mask_to_xyxy(stack).astype(float), mask=stack, class_id=np.zeros(3, int))
supervision.DetectionDataset(["loss"], ["a.png"], {"a.png": found}).as_coco(annotations_path="a.json")
written = json.load(open("a.json"))["annotations"]
for name, annotation in zip(masks, written):
    print(f"{name}: iscrowd {annotation['iscrowd']}, {'polygon' if isinstance(annotation['segmentation'], list) else 'run lengths'}")
runs = coco.encode(np.asfortranarray(masks["disc"].astype(np.uint8)))
prediction = {"image_id": written[0]["image_id"], "category_id": written[0]["category_id"], "segmentation": runs, "score": 0.9}
seen = {}
for crowds in ("as written", "set to 0"):
    truth = COCO()
    truth.dataset = json.load(open("a.json"))
    for annotation in truth.dataset["annotations"]:
        annotation["iscrowd"] *= crowds == "as written"
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes([dict(prediction)]), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    seen[crowds] = float(evaluation.stats[8])
    print(f"iscrowd {crowds}: recall {seen[crowds]:.2f}")
assert [one["iscrowd"] for one in written] == [0, 1, 1], "the behaviour has changed"
assert seen["as written"] > 0.85 and seen["set to 0"] < 0.4, "the behaviour has changed"
PY
