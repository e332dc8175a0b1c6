#!/usr/bin/env bash
# torchmetrics 1.9.0 (universal_image_quality_index, structural_similarity_index_measure), with torch 2.13.0
# Input: a page of 128 x 128 with a flat margin of black, grey or white round a picture of 50 x 40, compared with itself.
# Expected: 1, the index of equal images, as by SSIM, and as for the picture alone.
# Happens: 0.1 to 0.2: wherever a window is flat the index is 0 instead of 1, so scans with margins look bad whatever is compared. A
# margin of little noise lifts it to 1.
# Output seen on 2026-11-30:
#   picture alone: index 1.00, SSIM 1.00
#   black margin: index 0.19, SSIM 1.00
#   grey margin: index 0.11, SSIM 1.00
#   white margin: index 0.22, SSIM 1.00
#   margin with noise: index 1.00, SSIM 1.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import torch
from torchmetrics.functional.image import structural_similarity_index_measure, universal_image_quality_index

random = torch.Generator().manual_seed(0)
picture = torch.rand(1, 3, 40, 50, generator=random)


def compared(name: str, image: torch.Tensor, low: bool) -> None:
    index = float(universal_image_quality_index(image, image))
    ssim = float(structural_similarity_index_measure(image, image, data_range=1.0))
    print(f"{name}: index {index:.2f}, SSIM {ssim:.2f}")
    assert (index < 0.3) == low and (low or index > 0.99) and ssim > 0.99, "the behaviour has changed"


compared("picture alone", picture, False)
for name, grey in (("black", 0.0), ("grey", 0.3), ("white", 1.0)):
    page = torch.full((1, 3, 128, 128), grey)
    page[..., 40:80, 40:90] = picture
    compared(f"{name} margin", page, True)
page = 0.9 + 0.1 * torch.rand(1, 3, 128, 128, generator=random)
page[..., 40:80, 40:90] = picture
compared("margin with noise", page, False)
PY
