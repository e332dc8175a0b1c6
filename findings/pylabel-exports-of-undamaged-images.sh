#!/usr/bin/env bash
# pylabel 0.1.55 (ImportCoco, ExportToCoco, ExportToYoloV5) with pandas 2.3.3
# Input: a COCO file of three images, of which the second and third are undamaged, with one annotation, of the category 3, "crack".
# Expected: COCO out as it came in: one annotation; YOLO's class numbers pointing into the names that are written beside them.
# Happens: every image without an annotation repeats the last annotation, under the same id and image, so that one crack becomes three. In
# YOLO the number stays 3, while dataset.yaml has one name, of number 0.
# Output seen on 2026-12-01:
#   COCO annotations (id, image, box): [(0, 1, [10.0, 20.0, 30.0, 20.0]), (0, 1, [10.0, 20.0, 30.0, 20.0]), (0, 1, [10.0, 20.0, 30.0, 20.0])]
#   YOLO line: 3 0.2500 0.3750 0.3000 0.2500 names: ['names:', '- crack', 'nc: 1']
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pylabel==0.1.55 pandas==2.3.3 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import contextlib
import io
import json
from pathlib import Path

from PIL import Image
from pylabel import importer

for number in range(3):
    Image.new("RGB", (100, 80)).save(f"{number}.jpg")
annotation = {"id": 7, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30, 20], "area": 600, "iscrowd": 0}
annotation["segmentation"] = [[10, 20, 40, 20, 40, 40, 10, 40]]
images = [{"id": 1 + number, "file_name": f"{number}.jpg", "width": 100, "height": 80} for number in range(3)]
Path("a.json").write_text(json.dumps({"images": images, "categories": [{"id": 3, "name": "crack"}], "annotations": [annotation]}))
with contextlib.redirect_stderr(io.StringIO()):
    dataset = importer.ImportCoco("a.json", path_to_images=".", name="a")
    dataset.export.ExportToCoco("b.json")
    dataset.export.ExportToYoloV5("yolo/labels", yaml_file="dataset.yaml")
written = [(one["id"], one["image_id"], one["bbox"]) for one in json.loads(Path("b.json").read_text())["annotations"]]
print("COCO annotations (id, image, box):", written)
line, names = Path("yolo/labels/0.txt").read_text().strip(), Path("yolo/dataset.yaml").read_text().splitlines()[:3]
print("YOLO line:", line, "names:", names)
assert len(written) == 3 and len(set(map(str, written))) == 1, "the behaviour has changed"
assert line.startswith("3 ") and names == ["names:", "- crack", "nc: 1"], "the behaviour has changed"
PY
