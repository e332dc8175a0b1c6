#!/usr/bin/env bash
# pikepdf 10.18.0, PdfImage.as_pil_image and extract_to; pypdfium2 5.15.2 (PDFium) draws the page for comparison
# Input: a PDF page that shows one grey image of value 60 with /Decode [1 0] (white for black), as a JPEG and deflated.
# Expected: 195 both times, as a viewer shows it.
# Happens: Decode is applied to the deflated image, and not to the JPEG, which comes back as its own negative.
# Output seen on 2026-11-30:
#   JPEG: as_pil_image 60, extract_to 60, shown 195
#   deflated: as_pil_image 195, extract_to 195, shown 195
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pikepdf==10.18.0 pypdfium2==5.15.2 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

grey, jpeg = Image.fromarray(np.full((16, 16), 60, np.uint8)), io.BytesIO()
grey.save(jpeg, "JPEG", quality=95)
for name, data, wanted in (("JPEG", jpeg.getvalue(), 60), ("deflated", grey.tobytes(), 195)):
    pdf = pikepdf.new()
    scan = Stream(pdf, data)
    scan.Type, scan.Subtype, scan.Width, scan.Height = Name.XObject, Name.Image, 16, 16
    scan.ColorSpace, scan.BitsPerComponent, scan.Decode = Name.DeviceGray, 8, Array([1, 0])
    if name == "JPEG":
        scan.Filter = Name.DCTDecode
    page = pdf.add_blank_page(page_size=(16, 16))
    page.Resources = Dictionary(XObject=Dictionary(Scan=scan))
    page.Contents = Stream(pdf, b"q 16 0 0 16 0 0 cm /Scan Do Q")
    pdf.save("a.pdf")
    with pikepdf.open("a.pdf") as opened:
        image = pikepdf.PdfImage(opened.pages[0].Resources.XObject.Scan)
        given, extracted = image.as_pil_image().getpixel((5, 5)), io.BytesIO()
        image.extract_to(stream=extracted)
    taken_out = Image.open(extracted).getpixel((5, 5))
    shown = int(pypdfium2.PdfDocument("a.pdf")[0].render(scale=1).to_numpy()[5, 5, 0])
    print(f"{name}: as_pil_image {given}, extract_to {taken_out}, shown {shown}")
    assert given == taken_out == wanted and shown == 195, "the behaviour has changed"
PY
