#!/usr/bin/env bash
# pdfminer.six 20260107 (ImageWriter, which pdf2txt.py --output-dir uses); pypdfium2 5.15.2 for comparison
# Input: a PDF page with an RGB image of 8 bits, packed by Flate, that is red on the left and blue on the right; the same in grey.
# Expected: a file with the same colours.
# Happens: the BMP file has red and blue exchanged; no error is raised. The samples of the PDF are R, G, B, those of BMP B, G, R.
# Output seen on 2026-11-30:
#   as rendered by pypdfium2: left [255, 0, 0], right [0, 0, 255]
#   as written by pdfminer (I.bmp): left [0, 0, 255], right [255, 0, 0]
#   grey of 100: [100, 100, 100] and (I.bmp) 100
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pdfminer.six==20260107 pypdfium2==5.15.2 Pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import zlib
from pathlib import Path

import numpy as np
import pypdfium2
from pdfminer.high_level import extract_pages
from pdfminer.image import ImageWriter
from pdfminer.layout import LTFigure, LTImage
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


def written(pdf: bytes, folder: str) -> tuple[str, np.ndarray]:
    for layout in extract_pages(io.BytesIO(pdf)):
        for figure in layout:
            for item in figure if isinstance(figure, LTFigure) else [figure]:
                if isinstance(item, LTImage):
                    ImageWriter(folder).export_image(item)
    (file,) = Path(folder).iterdir()
    return file.name, np.asarray(Image.open(file))


def rendered(pdf: bytes) -> np.ndarray:
    return np.asarray(pypdfium2.PdfDocument(pdf)[0].render(scale=1).to_pil().convert("RGB"))


image = np.zeros((12, 16, 3), int)
image[:, :8, 0] = image[:, 8:, 2] = 255
pdf = page(image, "DeviceRGB", 8)
shown, (name, file) = rendered(pdf), written(pdf, "colour")
print(f"as rendered by pypdfium2: left {shown[6, 2].tolist()}, right {shown[6, 12].tolist()}")
print(f"as written by pdfminer ({name}): left {file[6, 2].tolist()}, right {file[6, 12].tolist()}")
assert np.array_equal(shown, image) and np.array_equal(file, image[..., ::-1]), "the behaviour has changed"
pdf = page(np.full((12, 16), 100), "DeviceGray", 8)
shown, (name, file) = rendered(pdf), written(pdf, "grey")
print(f"grey of 100: {shown[6, 2].tolist()} and ({name}) {file[6, 2]}")
assert (shown == 100).all() and (file == 100).all(), "the behaviour has changed"
PY
