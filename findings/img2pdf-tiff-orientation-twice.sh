#!/usr/bin/env bash
# img2pdf 0.6.3 with Pillow 13.0.0; pypdfium2 5.15.2 (PDFium) draws the page
# Input: a scan of 30 x 20 with a black mark in one corner, as JPEG and as TIFF, orientation 3 (by 180 degrees) and 6 (by 90).
# Expected: the page shows the mark where viewers of images show it, as ImageOps.exif_transpose does.
# Happens: right for JPEG. A TIFF is turned twice, once as Pillow reads it and once by the /Rotate of the page: orientation 3
# shows the scan upside down, orientation 6 turned by 180 degrees and in landscape.
# Output seen on 2026-11-30:
#   JPEG, orientation 1: page (20, 30), mark at 2x2; viewers (20, 30), 2x2
#   JPEG, orientation 3: page (20, 30), mark at 16x26; viewers (20, 30), 16x26
#   JPEG, orientation 6: page (30, 20), mark at 2x16; viewers (30, 20), 2x16
#   TIFF, orientation 1: page (20, 30), mark at 2x2; viewers (20, 30), 2x2
#   TIFF, orientation 3: page (20, 30), mark at 2x2; viewers (20, 30), 16x26
#   TIFF, orientation 6: page (20, 30), mark at 16x26; viewers (30, 20), 2x16
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile img2pdf==0.6.3 pillow==13.0.0 pypdfium2==5.15.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import img2pdf
import numpy as np
import pypdfium2
from PIL import Image, ImageOps

stored = np.full((20, 30), 255, np.uint8)
stored[:6, :6] = 0
layout = img2pdf.get_fixed_dpi_layout_fun((72, 72))
for kind in ("JPEG", "TIFF"):
    for orientation in (1, 3, 6):
        exif, data = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        Image.fromarray(stored).save(data, kind, exif=exif)
        pdf = img2pdf.convert(data.getvalue(), layout_fun=layout)
        page = pypdfium2.PdfDocument(pdf)[0].render(scale=1).to_numpy()[..., 0]
        viewer = np.asarray(ImageOps.exif_transpose(Image.open(data)).convert("L"))
        marks = ["x".join(map(str, np.argwhere(one < 128).mean(0).round().astype(int))) for one in (page, viewer)]
        name = f"{kind}, orientation {orientation}"
        print(f"{name}: page {page.shape}, mark at {marks[0]}; viewers {viewer.shape}, {marks[1]}")
        same = page.shape == viewer.shape and marks[0] == marks[1]
        assert same == (kind == "JPEG" or orientation == 1), "the behaviour has changed"
PY
