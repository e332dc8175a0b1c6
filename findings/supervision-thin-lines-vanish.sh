#!/usr/bin/env bash
# supervision 0.31.2 (mask_to_polygons, polygon_to_mask)
# Input: masks of a disc, of a scratch one pixel wide, and of a single pixel.
# Expected: polygons that give each mask back when they are drawn.
# Happens: the disc comes back exactly; the scratch and the pixel give an empty list, since outlines of less than three
# points are dropped. Fine cracks and dust vanish from a data set on the way through polygons.
# Output seen on 2026-11-29:
#   disc: 1245 px, 1 polygons, 1245 px after the round trip
#   scratch: 44 px, 0 polygons, 0 px after the round trip
#   pixel: 1 px, 0 polygons, 0 px after the round trip
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile supervision==0.31.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import supervision

rows, columns = np.mgrid[:60, :60]
masks = {
    "disc": (rows - 30) ** 2 + (columns - 30) ** 2 < 20**2,
    "scratch": (rows == 30) & (columns > 5) & (columns < 50),
    "pixel": (rows == 30) & (columns == 30),
}
kept = {}
for name, mask in masks.items():
    drawn = np.zeros(mask.shape, bool)
    polygons = supervision.mask_to_polygons(mask)
    for polygon in polygons:
        drawn |= supervision.polygon_to_mask(polygon, (60, 60)) > 0
    kept[name] = int((drawn & mask).sum())
    print(f"{name}: {mask.sum()} px, {len(polygons)} polygons, {kept[name]} px after the round trip")
assert kept == {"disc": int(masks["disc"].sum()), "scratch": 0, "pixel": 0}, "the behaviour has changed"
PY
