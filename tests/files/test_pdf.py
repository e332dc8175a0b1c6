"""Scans in PDF: taken out as they are where a page is a scan and nothing else."""

import io
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.images import read_image
from tests.optional import needed

RNG = np.random.default_rng(0)


def pdf_of(folder: Path, objects: list[bytes], contents: bytes, *, pages: int = 1, more: bytes = b"") -> Path:
    """A PDF whose page draws an image named ``/Im0``, object 5, and what ``contents`` says."""
    body = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + b"3 0 R " * pages + b"] /Count %d >>" % pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] /Contents 4 0 R "
        b"/Resources << /XObject << /Im0 5 0 R >> >> " + more + b">>",
        b"<< /Length %d >>\nstream\n" % len(contents) + contents + b"\nendstream",
        *objects,
    ]
    data, places = b"%PDF-1.7\n", []
    for number, one in enumerate(body, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(body) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(body) + 1, len(data))
    (folder / "a.pdf").write_bytes(data)
    return folder / "a.pdf"


def stream(data: bytes, name: str, *, space: str = "/DeviceRGB", bits: int = 8, more: str = "") -> bytes:
    head = f"<< /Type /XObject /Subtype /Image /Width 48 /Height 24 /ColorSpace {space} /BitsPerComponent {bits} "
    return (head + f"/Filter {name} {more} /Length {len(data)} >>\nstream\n").encode() + data + b"\nendstream"


DRAW = b"q 72 0 0 36 0 0 cm /Im0 Do Q"


def test_the_scan_of_a_pdf_page_is_taken_out_as_it_is(tmp_path: Path) -> None:
    needed("pypdf")
    rgb = RNG.integers(0, 256, (24, 48, 3)).astype(np.uint8)
    flate = pdf_of(tmp_path, [stream(zlib.compress(rgb.tobytes()), "/FlateDecode")], DRAW)
    image = read_image(flate)
    np.testing.assert_array_equal(image.samples, rgb)
    assert image.metadata.dpi == pytest.approx((48, 48))
    jpeg = io.BytesIO()
    Image.fromarray(rgb).save(jpeg, "JPEG", quality=90)
    invisible = b" BT 3 Tr (words) Tj ET"
    image = read_image(pdf_of(tmp_path, [stream(jpeg.getvalue(), "/DCTDecode")], DRAW + invisible))
    np.testing.assert_array_equal(image.samples, np.asarray(Image.open(jpeg)))
    deep = RNG.integers(0, 4096, (24, 48, 3)).astype(np.uint16)
    packed = bytes(imagecodecs.jpeg2k_encode(deep, codecformat="jp2", reversible=True, bitspersample=12, resolutions=3))
    image = read_image(pdf_of(tmp_path, [stream(packed, "/JPXDecode")], DRAW))
    assert image.bits == 12
    np.testing.assert_array_equal(image.samples, deep)
    bits = zlib.compress(np.packbits(rgb[:, :, 0] > 99, axis=1).tobytes())
    grey = stream(bits, "/FlateDecode", space="/DeviceGray", bits=1)
    np.testing.assert_array_equal(read_image(pdf_of(tmp_path, [grey], DRAW)).samples[:, :, 0] > 0, rgb[:, :, 0] > 99)


def test_matrices_of_pdf_lie_within_one_another(tmp_path: Path) -> None:
    needed("pypdf")
    scan = stream(zlib.compress(bytes(3456)), "/FlateDecode")
    nested = b"q 0.5 0 0 0.5 0 0 cm q 9 0 0 9 0 0 cm Q q 144 0 0 72 5 5 cm /Im0 Do Q Q"
    assert read_image(pdf_of(tmp_path, [scan], nested)).metadata.dpi == pytest.approx((48, 48))
    upright = b"0 1 -1 0 0 0 cm 0 -72 36 0 0 0 cm /Im0 Do"  # a quarter turn, and back
    assert read_image(pdf_of(tmp_path, [scan], upright)).metadata.dpi == pytest.approx((48, 48))


def test_a_jpeg_in_a_pdf_may_be_packed_again_and_turned(tmp_path: Path) -> None:
    needed("pypdf")
    jpeg = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (24, 48, 3)).astype(np.uint8)).save(jpeg, "JPEG", quality=90)
    filters, wanted = "[/FlateDecode /DCTDecode]", np.asarray(Image.open(jpeg))
    packed = zlib.compress(jpeg.getvalue())
    np.testing.assert_array_equal(read_image(pdf_of(tmp_path, [stream(packed, filters)], DRAW)).samples, wanted)
    turned = stream(packed, filters, more="/Decode [1 0 1 0 1 0]")
    np.testing.assert_array_equal(read_image(pdf_of(tmp_path, [turned], DRAW)).samples, 255 - wanted)
    mapped = stream(packed, filters, more="/Decode [0 0.5 0 1 0 1]")
    with pytest.raises(ImageError, match="whose values stand for others"):
        read_image(pdf_of(tmp_path, [mapped], DRAW))


def test_a_palette_in_a_pdf_is_looked_up(tmp_path: Path) -> None:
    needed("pypdf")
    numbers = RNG.integers(0, 2, (24, 48))
    packed = zlib.compress(np.packbits(numbers, axis=1).tobytes())
    scan = stream(packed, "/FlateDecode", space="[/Indexed /DeviceRGB 1 <ff0000 0000ff>]", bits=1)
    wanted = np.array([[255, 0, 0], [0, 0, 255]])[numbers]
    np.testing.assert_array_equal(read_image(pdf_of(tmp_path, [scan], DRAW)).samples, wanted)


INK = "[/Separation /Sepia /DeviceRGB << /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [.4 .2 0] /N 1 >>]"
#: Colours that pypdf gives as black, as greys, or as the numbers of a palette: what is refused, and why.
COLOURS = {
    "Lab": ("[/Lab << /WhitePoint [.96 1 .82] >>]", "/FlateDecode", "", "holds a scan in Lab"),
    "ink": (INK, "/FlateDecode", "", "holds a scan in Separation"),
    "palette of Lab": (
        "[/Indexed [/Lab << /WhitePoint [.96 1 .82] >>] 1 <ff0000 0000ff>]",
        "/FlateDecode",
        "",
        "in Lab",
    ),
    "filter": ("[/Indexed /DeviceGray 1 <ff00>]", "/ASCIIHexDecode", "", "palette that is packed in a rare way"),
    "Decode": ("[/Indexed /DeviceGray 1 <ff00>]", "/FlateDecode", "/Decode [255 0]", "palette that is packed"),
}


@pytest.mark.parametrize("kind", COLOURS)
def test_colours_in_a_pdf_that_would_come_out_as_others_are_refused(tmp_path: Path, kind: str) -> None:
    needed("pypdf")
    space, filters, more, message = COLOURS[kind]
    data = bytes(3456).hex().encode() + b">" if filters == "/ASCIIHexDecode" else zlib.compress(bytes(3456))
    with pytest.raises(ImageError, match=message):
        read_image(pdf_of(tmp_path, [stream(data, filters, space=space, more=more)], DRAW))


PDFS = {
    "vector": (DRAW + b" 0 0 9 9 re f", 1, "is more than a scan on a page"),
    "text": (DRAW + b" BT (words) Tj ET", 1, "is more than a scan on a page"),
    "restored": (DRAW + b" q 3 Tr Q BT (words) Tj ET", 1, "is more than a scan on a page"),
    "twice": (DRAW + b" " + DRAW, 1, "draws its scan 2 times"),
    "never": (b"q Q", 1, "draws its scan 0 times"),
    "operand": (b"q /a 0 0 36 0 0 cm /Im0 Do Q", 1, "what its page draws is damaged"),
    "few": (b"q 72 cm /Im0 Do Q", 1, "what its page draws is damaged"),
    "pages": (DRAW, 2, "has 2 pages; save each page as a PDF of its own"),
}


@pytest.mark.parametrize("name", PDFS)
def test_pdf_pages_that_are_more_than_a_scan_are_refused(tmp_path: Path, name: str) -> None:
    needed("pypdf")
    contents, pages, words = PDFS[name]
    with pytest.raises(ImageError, match=words):
        read_image(pdf_of(tmp_path, [stream(bytes(3456), "/FlateDecode")], contents, pages=pages))


def test_annotations_that_show_are_refused_and_links_are_not(tmp_path: Path) -> None:
    needed("pypdf")
    scan = stream(zlib.compress(bytes(3456)), "/FlateDecode")
    link = b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>] "
    assert read_image(pdf_of(tmp_path, [scan], DRAW, more=link)).size == (24, 48)
    stamp = b"/Annots [<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /AP << /N 5 0 R >> >>] "
    with pytest.raises(ImageError, match="has annotations on its scan"):
        read_image(pdf_of(tmp_path, [scan], DRAW, more=stamp))


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "/DCTDecode"), ("JPEG2000", "/JPXDecode")])
def test_an_image_of_another_size_than_its_pdf_says_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    needed("pypdf")
    packed = io.BytesIO()
    Image.fromarray(np.zeros((24, 50, 3), np.uint8)).save(packed, kind)
    with pytest.raises(ImageError, match="holds an image of 50x24 pixels, and says 48x24"):
        read_image(pdf_of(tmp_path, [stream(packed.getvalue(), name)], DRAW))


def test_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    pypdf = needed("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("word", algorithm="RC4-128")
    writer.write(tmp_path / "a.pdf")
    with pytest.raises(ImageError, match="is encrypted; save it without a password"):
        read_image(tmp_path / "a.pdf")
