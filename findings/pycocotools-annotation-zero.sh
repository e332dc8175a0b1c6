#!/usr/bin/env bash
# pycocotools 2.0.11 (COCOeval); globox 2.9.0 as a writer of such files
# Input: ten images with one damage each, and predictions that are the annotations themselves. Their ids begin at 0 or at 1; COCO's
# description asks for whole numbers alone, and globox's save_coco with auto_ids=True begins at 0.
# Expected: an average precision of 1 both times.
# Happens: the annotation of id 0 counts as never found, since 0 stands for "no match" inside: precision is 0.81 of 1, and recall 0.9.
# Nothing is raised.
# Output seen on 2026-12-01:
#   first id by globox: 0
#   ids from 0: average precision 0.811, recall 0.9
#   ids from 1: average precision 1.0, recall 1.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pycocotools==2.0.11 globox==2.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import contextlib
import io
import json
from pathlib import Path

from globox import Annotation, AnnotationSet, BoundingBox
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

box = [10, 20, 30, 20]
corners = dict(zip(("xmin", "ymin", "xmax", "ymax"), (10, 20, 40, 40)))
written = AnnotationSet(Annotation(f"{n}.jpg", (100, 80), [BoundingBox(label="loss", **corners)]) for n in range(10))
written.save_coco(Path("a.json"), auto_ids=True)
print("first id by globox:", min(annotation["id"] for annotation in json.loads(Path("a.json").read_text())["annotations"]))
seen = {}
for first in (0, 1):
    truth = COCO()
    truth.dataset = {
        "images": [{"id": n, "width": 100, "height": 80, "file_name": f"{n}.jpg"} for n in range(1, 11)],
        "categories": [{"id": 1, "name": "loss"}],
        "annotations": [{"id": first + n, "image_id": 1 + n, "category_id": 1, "bbox": box, "area": 600, "iscrowd": 0} for n in range(10)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found = truth.loadRes([{"image_id": n, "category_id": 1, "bbox": box, "score": 0.9} for n in range(1, 11)])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    seen[first] = evaluation.stats[[0, 8]].round(3).tolist()
    print(f"ids from {first}: average precision {seen[first][0]}, recall {seen[first][1]}")
assert seen[1] == [1, 1] and seen[0][0] < 0.95 and seen[0][1] == 0.9, "the behaviour has changed"
PY
