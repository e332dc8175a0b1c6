#!/usr/bin/env bash
# datumaro 1.13.12 (Dataset.export and import_from, "kitti_segmentation"; "voc_segmentation" and "coco_instances" beside it)
# Input: a data set of the categories "loss" and "crack": one image of 50 x 40 with a loss of 250 px, all else sound.
# Expected: 250 px of loss once it is exported and imported again; VOC puts a category "background" before the two.
# Happens: KITTI has no such category and 0 for what has no label, which is the number of "loss" too: the whole sound rest of the image comes
# back as a second loss, of 1750 px. With "crack" the image has a crack and a loss.
# Output seen on 2026-12-01:
#   loss, coco_instances: [('loss', 250)]
#   loss, voc_segmentation: [('loss', 250)]
#   loss, kitti_segmentation: [('loss', 250), ('loss', 1750)]
#   crack, coco_instances: [('crack', 250)]
#   crack, voc_segmentation: [('crack', 250)]
#   crack, kitti_segmentation: [('crack', 250), ('loss', 1750)]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile datumaro==1.13.12 opencv-python-headless==4.14.0.94 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging

import numpy as np
from datumaro import Dataset, DatasetItem, Mask
from datumaro.components.annotation import AnnotationType
from datumaro.components.media import Image

logging.disable()
y, x = np.mgrid[:40, :50]
damage = ((y >= 5) & (y < 15) & (x >= 5) & (x < 30)).astype(np.uint8)
seen = {}
for label, name in enumerate(("loss", "crack")):
    for format in ("coco_instances", "voc_segmentation", "kitti_segmentation"):
        image = Image.from_numpy(np.zeros((40, 50, 3), np.uint8))
        item = DatasetItem("a", subset="train", media=image, annotations=[Mask(damage, label=label, id=1, group=1)])
        Dataset.from_iterable([item], categories=["loss", "crack"]).export(f"{name}_{format}", format, save_media=True)
        read = Dataset.import_from(f"{name}_{format}", format)
        names = [category.name for category in read.categories()[AnnotationType.label]]
        masks = [one for one in next(iter(read)).annotations if one.type == AnnotationType.mask]
        seen[name, format] = sorted((names[one.label], int(np.sum(one.image))) for one in masks)
        print(f"{name}, {format}: {seen[name, format]}")
        if format != "kitti_segmentation":
            assert seen[name, format] == [(name, 250)], "the behaviour has changed"
assert seen["loss", "kitti_segmentation"] == [("loss", 250), ("loss", 1750)], "the behaviour has changed"
assert seen["crack", "kitti_segmentation"] == [("crack", 250), ("loss", 1750)], "the behaviour has changed"
PY
