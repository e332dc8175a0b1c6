#!/usr/bin/env bash
# labelme2coco 0.2.6 (convert); pycocotools 2.0.11 as reader
# Input: a labelme file with one rectangle of 30 x 20, or one polygon whose corners lie at fractions of pixels, as labelme writes them.
# Expected: COCO annotations with the outline of the rectangle and with the corners of the polygon as they are.
# Happens: a rectangle has an empty segmentation, so that it has no mask, though its box and area are there. Corners lose their
# fractions: they are cut off, which moves a polygon by half a pixel on average. Nothing is said of either.
# Output seen on 2026-12-01:
#   rectangle: box [10.0, 10.0, 30.0, 20.0], area 600, segmentation [], 0 px of mask
#   polygon: box [10.75, 10.75, 30.0, 20.0], area 600, segmentation [[10, 10, 40, 10, 40, 30, 10, 30]], 600 px of mask
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile labelme2coco==0.2.6 pycocotools==2.0.11 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import contextlib
import io
import json
import logging
from pathlib import Path

import labelme2coco
from PIL import Image
from pycocotools import mask as coco

logging.disable()
Path("in").mkdir()
Image.new("RGB", (100, 80)).save("in/a.jpg")
shapes = {
    "rectangle": [[10, 10], [40, 30]],
    "polygon": [[10.75, 10.75], [40.75, 10.75], [40.75, 30.75], [10.75, 30.75]],
}
seen = {}
for kind, points in shapes.items():
    shape = {"label": "loss", "points": points, "shape_type": kind, "group_id": None, "flags": {}}
    file = {"version": "5.5.0", "flags": {}, "shapes": [shape], "imagePath": "a.jpg", "imageData": None, "imageHeight": 80, "imageWidth": 100}
    Path("in/a.json").write_text(json.dumps(file))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        labelme2coco.convert("in", "out")
    (annotation,) = json.loads(Path("out/dataset.json").read_text())["annotations"]
    outlines = annotation["segmentation"]
    area = int(coco.area(coco.merge(coco.frPyObjects(outlines, 80, 100)))) if outlines else 0
    seen[kind] = outlines
    print(f"{kind}: box {annotation['bbox']}, area {annotation['area']}, segmentation {outlines}, {area} px of mask")
assert seen["rectangle"] == [] and seen["polygon"] == [[10, 10, 40, 10, 40, 30, 10, 30]], "the behaviour has changed"
PY
