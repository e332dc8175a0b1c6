#!/usr/bin/env bash
# simple-lama-inpainting 0.1.2 with torch 2.13.0, opencv-python 5.0.0.93 and Pillow 13.0.0
# Input: images whose sides are no multiples of 8, and a stand-in model (TorchScript, loaded by LAMA_MODEL) that fills grey.
# Expected: a result of the image's size.
# Happens: the padding to multiples of 8 stays: 50 x 61 becomes 56 x 64, with mirrored rows at the bottom and the right.
# Results do not line up with their masks or originals.
# Output seen on 2026-11-29:
#   image (64, 64) result (64, 64)
#   image (50, 61) result (56, 64)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 opencv-python==5.0.0.93 pillow==13.0.0 requests==2.34.2
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps simple-lama-inpainting==0.1.2
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

import numpy as np
import torch
from PIL import Image
from simple_lama_inpainting import SimpleLama


def grey(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return image * (1 - mask) + 0.5 * mask


torch.jit.trace(grey, (torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)), check_trace=False).save("grey.pt")
os.environ["LAMA_MODEL"] = "grey.pt"

model = SimpleLama(device=torch.device("cpu"))
for shape, wanted in (((64, 64), (64, 64)), ((50, 61), (56, 64))):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    mask = np.zeros(shape, np.uint8)
    mask[5:9, 5:9] = 255
    result = np.asarray(model(Image.fromarray(image), Image.fromarray(mask)))
    print("image", shape, "result", result.shape[:2])
    assert result.shape[:2] == wanted, "the behaviour has changed"
PY
