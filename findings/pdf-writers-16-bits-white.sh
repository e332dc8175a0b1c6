#!/usr/bin/env bash
# ReportLab 5.1.0 and fpdf2 2.8.9 (both with Pillow 13.0.0) write; pypdfium2 5.15.2 renders
# Input: a grey ramp as PNG of 8 and of 16 bits, placed on a page of its own.
# Expected: the same ramp from both, or an error.
# Happens: of 16 bits everything but black is white on the page: samples are cut off at 255. A report on scans of 16 bits
# shows empty pages, and nothing is raised.
# Output seen on 2026-11-30:
#   by_reportlab, 8 bits: [0, 36, 73, 109, 146, 182, 219, 255]
#   by_reportlab, 16 bits: [0, 255, 255, 255, 255, 255, 255, 255]
#   by_fpdf2, 8 bits: [0, 36, 73, 109, 146, 182, 219, 255]
#   by_fpdf2, 16 bits: [0, 255, 255, 255, 255, 255, 255, 255]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile reportlab==5.1.0 fpdf2==2.8.9 pypdfium2==5.15.2 Pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import fpdf
import numpy as np
import pypdfium2
from PIL import Image
from reportlab.pdfgen.canvas import Canvas


def by_reportlab(name: str) -> None:
    page = Canvas("page.pdf", pagesize=(80, 80))
    page.drawImage(name, 0, 0, 80, 80)
    page.save()


def by_fpdf2(name: str) -> None:
    page = fpdf.FPDF(unit="pt", format=(80, 80))
    page.add_page()
    page.image(name, 0, 0, 80, 80)
    page.output("page.pdf")


ramp = np.tile(np.linspace(0, 65535, 8).astype(np.uint16), (8, 1))
Image.fromarray((ramp >> 8).astype(np.uint8)).save("8.png")
Image.fromarray(ramp).save("16.png")
for write in (by_reportlab, by_fpdf2):
    shown = {}
    for bits in (8, 16):
        write(f"{bits}.png")
        image = pypdfium2.PdfDocument("page.pdf")[0].render(scale=1).to_pil().convert("L")
        shown[bits] = np.asarray(image)[40, 5::10].tolist()
        print(f"{write.__name__}, {bits} bits: {shown[bits]}")
    assert shown[16] == [0] + 7 * [255] and max(shown[8][1:7]) < 230, "the behaviour has changed"
PY
