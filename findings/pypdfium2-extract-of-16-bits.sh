#!/usr/bin/env bash
# pypdfium2 5.15.2 (PdfImage.extract and PdfImage.get_bitmap)
# Input: a PDF page with a grey image of 16 bits, packed by Flate, that runs from 0 at its top to 65535 at its bottom; and one of 8 bits
# with Decode [1 0], which turns it into its negative.
# Expected: extract gives what the page shows, in 16 bits or cut to 8; its page says that it keeps higher bit depths.
# Happens: of 16 bits the upper half alone is written: high and low bytes are pixels in turn, so each row fills two. Decode is passed
# over. No error is raised; get_bitmap and render are right.
# Output seen on 2026-11-30:
#   8 bits: rows 0, 5, 10 and 15 by get_bitmap [[0, 0], [85, 85], [170, 170], [255, 255]], by extract [[0, 0], [85, 85], [170, 170], [255, 255]]
#   8 bits, Decode [1 0]: rows 0, 5, 10 and 15 by get_bitmap [[255, 255], [170, 170], [85, 85], [0, 0]], by extract [[0, 0], [85, 85], [170, 170], [255, 255]]
#   16 bits: rows 0, 5, 10 and 15 by get_bitmap [[0, 0], [84, 84], [169, 169], [254, 254]], by extract [[0, 7], [34, 7], [85, 7], [119, 7]]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pypdfium2==5.15.2 Pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import io
import zlib

import numpy as np
import pypdfium2
from PIL import Image


def page(samples: np.ndarray, colours: str, bits: int, more: str = "") -> bytes:
    height, width = samples.shape[:2]
    data = zlib.compress(samples.astype(">u2" if bits == 16 else np.uint8).tobytes())
    drawn = f"q {width} 0 0 {height} 0 0 cm /I Do Q".encode()
    box = f"/MediaBox[0 0 {width} {height}]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    size = f"/Width {width}/Height {height}/ColorSpace/{colours}/BitsPerComponent {bits}{more}"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R{box}>>".encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        f"<</Type/XObject/Subtype/Image{size}/Filter/FlateDecode/Length {len(data)}>>stream\n".encode() + data + b"\nendstream",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


ramp = np.linspace(0, 255, 16).round().astype(int)[:, None].repeat(12, axis=1)
for name, pdf, wrong in (
    ("8 bits", page(ramp, "DeviceGray", 8), False),
    ("8 bits, Decode [1 0]", page(ramp, "DeviceGray", 8, "/Decode[1 0]"), True),
    ("16 bits", page(ramp * 256 + 7, "DeviceGray", 16), True),
):
    (image,) = pypdfium2.PdfDocument(pdf)[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    image.extract(file := io.BytesIO(), fb_format="png")
    extracted = np.asarray(Image.open(file)).astype(int)
    bitmap = np.asarray(image.get_bitmap().to_pil().convert("L")).astype(int)
    columns = [values[[0, 5, 10, 15], :2].tolist() for values in (bitmap, extracted)]
    print(f"{name}: rows 0, 5, 10 and 15 by get_bitmap {columns[0]}, by extract {columns[1]}")
    assert (np.abs(extracted - bitmap).max() > 2) == wrong, "the behaviour has changed"
PY
