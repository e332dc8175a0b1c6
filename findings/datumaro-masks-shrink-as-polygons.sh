#!/usr/bin/env bash
# datumaro 1.13.12 (the transforms masks_to_polygons and polygons_to_masks)
# Input: masks of a rectangle of 25 x 10, of a ring and of a scratch 1 px wide, made into polygons and back.
# Expected: the masks, as they were, or nearly so.
# Happens: polygons run through the middles of the outermost pixels and are filled as if those were corners: a rectangle loses its last row and
# column each time, 14 % of it. The hole of the ring is filled, and the scratch is left out, with no more than a line in the log.
# Output seen on 2026-12-01:
#   rectangle: 250 px, 216 px after one round, 184 px after two
#   ring: 592 px, 748 px after one round, 707 px after two
#   scratch: 39 px, 0 px after one round, 0 px after two
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
from datumaro.components.media import Image

logging.disable()
y, x = np.mgrid[:40, :50]
distance = (y - 20) ** 2 + (x - 25) ** 2
masks = {
    "rectangle": (y >= 5) & (y < 15) & (x >= 5) & (x < 30),
    "ring": (distance < 250) & (distance > 60),
    "scratch": (y == 30) & (x > 5) & (x < 45),
}
for name, mask in masks.items():
    sizes, drawn = [int(mask.sum())], mask
    for _ in range(2):
        image = Image.from_numpy(np.zeros((40, 50, 3), np.uint8))
        annotations = [Mask(drawn.astype(np.uint8), label=0, id=1, group=1)] if drawn.any() else []
        data = Dataset.from_iterable([DatasetItem("a", media=image, annotations=annotations)], categories=["loss"])
        data.transform("masks_to_polygons")
        data.transform("polygons_to_masks")
        drawn = np.zeros((40, 50), bool)
        for annotation in next(iter(data)).annotations:
            drawn |= np.asarray(annotation.image, bool)
        sizes.append(int(drawn.sum()))
    print(f"{name}: {sizes[0]} px, {sizes[1]} px after one round, {sizes[2]} px after two")
    assert sizes == {"rectangle": [250, 216, 184], "ring": [592, 748, sizes[2]], "scratch": [39, 0, 0]}[name], "the behaviour has changed"
PY
