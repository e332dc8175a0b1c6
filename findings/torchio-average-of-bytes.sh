#!/usr/bin/env bash
# torchio 1.2.1 (GridSampler, GridAggregator) with torch 2.13.0
# Input: a flat image of 100, 200 or 255 as bytes or floats, cut into overlapping patches and put together again as it is, by each mode.
# Expected: the flat image, since the patches agree wherever they overlap; an average lies between the values it is made of.
# Happens: with overlap_mode="average" bytes are summed up as bytes and wrap: where patches overlap, 200 becomes 72 or less, 255 becomes 127.
# "crop" and "hann" are right, and so are floats.
# Output seen on 2026-12-01:
#   100 as bytes, crop: [100]
#   100 as bytes, hann: [100]
#   100 as bytes, average: [36, 100]
#   200 as bytes, crop: [200]
#   200 as bytes, hann: [200]
#   200 as bytes, average: [8, 72, 200]
#   255 as bytes, crop: [255]
#   255 as bytes, hann: [255]
#   255 as bytes, average: [63, 127, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torchio==1.2.1 torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import torch
import torchio

for value in (100, 200, 255):
    for kind in (torch.uint8, torch.float32):
        for mode in ("crop", "hann", "average"):
            image = torchio.ScalarImage(tensor=torch.full((1, 16, 16, 1), value, dtype=kind))
            sampler = torchio.GridSampler(torchio.Subject(image=image), (8, 8, 1), (4, 4, 0))
            aggregator = torchio.GridAggregator(sampler, overlap_mode=mode)
            for patch in sampler:
                aggregator.add_batch(patch["image"].data[None], patch[torchio.LOCATION][None])
            values = sorted({round(v) for v in aggregator.get_output_tensor().flatten().tolist()})
            wrong = kind == torch.uint8 and mode == "average"
            if wrong or kind == torch.uint8:
                print(f"{value} as bytes, {mode}: {values}")
            assert (values == [value]) != wrong, "the behaviour has changed"
PY
