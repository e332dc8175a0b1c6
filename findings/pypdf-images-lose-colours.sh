#!/usr/bin/env bash
# pypdf 7.1.1, page.images and decode_as_image; pypdfium2 5.15.2 (PDFium) draws the page for comparison
# Input: PDF pages that hold one small image each: a palette of 8 bits, deflated and as plain bytes, one of 1 bit with a Decode
# array, and greys in CIELab.
# Expected: the colours that a viewer shows.
# Happens: the palette is looked up after deflate and run lengths alone; after no filter (or ASCII85, or CCITT) the image is
# black, or the numbers of the palette taken for greys. Decode [1 0] is passed over. A Lab image is wholly black.
# Output seen on 2026-11-30:
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pypdf==7.1.1 pypdfium2==5.15.2 pillow==13.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import zlib

import pypdf
import pypdfium2


def page(space: str, samples: bytes, bits: int, more: str) -> None:
    drawing = b"q 40 0 0 10 0 0 cm /I Do Q"
    image = f"/Type/XObject/Subtype/Image/Width 4/Height 1/BitsPerComponent {bits}/ColorSpace{space}{more}"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 10]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<<%s/Length %d>>stream\n%s\nendstream" % (image.encode(), len(samples), samples),
    ]
    data, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    data += table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)
    with open("a.pdf", "wb") as file:
        file.write(data)


palette, numbers = "[/Indexed/DeviceRGB 3 <ff0000 0000ff 00ff00 ffffff>]", bytes([0, 1, 2, 3])
two = "[/Indexed/DeviceRGB 1 <ff0000 0000ff>]"
lab = "[/Lab<</WhitePoint[0.9642 1 0.8249]/Range[-128 127 -128 127]>>]"
packed = "/Filter/FlateDecode"
cases = {
    "palette, deflated": (palette, zlib.compress(numbers), 8, packed, True),
    "palette, plain": (palette, numbers, 8, "", False),
    "palette, Decode": (two, zlib.compress(bytes([0b01100000])), 1, packed + "/Decode[1 0]", False),
    "Lab greys": (lab, zlib.compress(bytes([60, 128, 128, 128, 128, 128, 200, 128, 128, 255, 128, 128])), 8, packed, False),
}
for name, (space, samples, bits, more, right) in cases.items():
    page(space, samples, bits, more)
    image = pypdf.PdfReader("a.pdf").pages[0].images[0].image.convert("RGB")
    given = [image.getpixel((x, 0)) for x in range(4)]
    shown = pypdfium2.PdfDocument("a.pdf")[0].render(scale=1, rev_byteorder=True).to_numpy()[5, 5::10, :3].tolist()
    print(f"{name}: pypdf {given}, PDFium {[tuple(pixel) for pixel in shown]}")
    near = all(abs(a - b) < 3 for one, two in zip(given, shown) for a, b in zip(one, two))
    assert near == right, "the behaviour has changed"
PY
