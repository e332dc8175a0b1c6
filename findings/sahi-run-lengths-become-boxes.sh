#!/usr/bin/env bash
# sahi 0.12.8 (slicing.slice_coco); pycocotools 2.0.11 as writer and reader
# Input: a COCO file of one image with a disc, as a polygon or as run lengths, which COCO has for masks with holes; cut into one slice.
# Expected: the disc both times; or, as the log says of run lengths, "Segmentation annotation ... is skipped", none the second time.
# Happens: the disc of run lengths is not left out but becomes its bounding box, written as a polygon: a mask is larger by 28 %, and a thin
# diagonal crack becomes a whole rectangle.
# Output seen on 2026-12-01:
#   disc of 5024 px as polygon: 5028 px, 60 corners
#   disc of 5024 px as run lengths: 6400 px, 4 corners
#   crack of 237 px as run lengths: 6399 px, 4 corners
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile sahi==0.12.8 pycocotools==2.0.11 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json
import logging
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as coco
from sahi.slicing import slice_coco

logging.disable()
Image.new("RGB", (128, 128)).save("a.png")
y, x = np.mgrid[:128, :128]
turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
round_polygon = np.stack([64 + 40 * np.cos(turn), 64 + 40 * np.sin(turn)], 1).ravel().round(2).tolist()
masks = {"disc": np.hypot(x - 63.5, y - 63.5) < 40, "crack": (abs(x - y) < 2) & (x > 20) & (x < 100)}


def sliced(segmentation: object, mask: np.ndarray) -> tuple[int, list]:
    rows, columns = np.nonzero(mask)
    box = [int(v) for v in (columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1)]
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": box, "area": int(mask.sum()), "iscrowd": 0, "segmentation": segmentation}
    images = [{"id": 1, "file_name": "a.png", "width": 128, "height": 128}]
    Path("a.json").write_text(json.dumps({"images": images, "categories": [{"id": 1, "name": "loss"}], "annotations": [annotation]}))
    result, _ = slice_coco("a.json", ".", "b", output_dir="out", slice_height=128, slice_width=128, verbose=False)
    polygons = result["annotations"][0]["segmentation"]
    return int(coco.area(coco.merge(coco.frPyObjects(polygons, 128, 128)))), polygons


area, polygons = sliced([round_polygon], masks["disc"])
print(f"disc of {masks['disc'].sum()} px as polygon: {area} px, {len(polygons[0]) // 2} corners")
assert abs(area - masks["disc"].sum()) < 60, "the behaviour has changed"
for name, mask in masks.items():
    runs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    area, polygons = sliced({"size": runs["size"], "counts": runs["counts"].decode()}, mask)
    print(f"{name} of {mask.sum()} px as run lengths: {area} px, {len(polygons[0]) // 2} corners")
    assert len(polygons[0]) == 8 and area > 1.25 * mask.sum(), "the behaviour has changed"
PY
