"""Formats that are read and not written: PSD, GIF, PNM always; HEIC, PDF, EXR and raw where their packages are."""

import contextlib
import io
import struct
import sys
import types
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.jobs.folder import inpaint_folder

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RNG = np.random.default_rng(0)


def block(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


def psd(
    planes: NDArray[Any],
    mode: int = 3,
    *,
    version: int = 1,
    packed: bool = True,
    layers: int = 0,
    table: bytes = b"",
    flattened: bool = True,
) -> bytes:
    """A file of channels ``(C, H, W)``, with a profile, a resolution, and as many layers as asked (none is there)."""
    channels, height, width = planes.shape
    depth = 8 * planes.dtype.itemsize
    resolution = struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1)
    resources = block(1005, resolution) + block(1039, ICC) + block(1057, struct.pack(">IB", 1, flattened) + bytes(12))
    form = ">Q" if version == 2 else ">I"
    info = struct.pack(form, 2) + struct.pack(">h", layers) if layers else b""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", version, channels, height, width, depth, mode)
    head += struct.pack(">I", len(table)) + table + struct.pack(">I", len(resources)) + resources
    head += struct.pack(form, len(info)) + info
    stored = planes.astype(planes.dtype.newbyteorder(">"))
    if not packed:
        return head + b"\0\0" + stored.tobytes()
    rows = [bytes(imagecodecs.packbits_encode(row.tobytes())) for plane in stored for row in plane]
    count = ">I" if version == 2 else ">H"
    return head + b"\0\1" + b"".join(struct.pack(count, len(row)) for row in rows) + b"".join(rows)


def planes_of(kind: str, channels: int) -> NDArray[Any]:
    values = RNG.random((channels, 19, 27))
    return values.astype(kind) if kind == "float32" else (values * np.iinfo(kind).max).astype(kind)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("kind", "mode"), [("uint8", 1), ("uint8", 3), ("uint16", 3), ("float32", 3), ("uint8", 9)])
def test_the_flattened_image_of_psd_and_psb(tmp_path: Path, kind: str, mode: int, packed: bool, version: int) -> None:
    planes = planes_of(kind, 1 if mode == 1 else 3)
    (tmp_path / "a.psd").write_bytes(psd(planes, mode, packed=packed, version=version))
    image = read_image(tmp_path / "a.psd")
    np.testing.assert_array_equal(image.samples, np.moveaxis(planes, 0, 2))
    assert (image.samples.dtype, image.format, image.lab) == (kind, ImageFormat.TIFF, 9 if mode == 9 else 0)
    assert image.metadata.icc == ICC
    assert image.metadata.dpi == (300, 300)
    assert image.notes[0] == "is read, and not written, as psd"
    write_image(tmp_path / "b.tif", image)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif").reshape(image.samples.shape), image.samples)
    tools = pytest.importorskip("psd_tools")
    document = tools.PSDImage.open(tmp_path / "a.psd")
    data = document._record.image_data.get_data(document._record.header)
    found = np.stack([np.frombuffer(one, np.dtype(kind).newbyteorder(">")).reshape(19, 27) for one in data])
    np.testing.assert_array_equal(found, planes)


def test_transparency_and_saved_selections_of_psd_are_kept_apart(tmp_path: Path) -> None:
    planes = planes_of("uint8", 5)
    (tmp_path / "alpha.psd").write_bytes(psd(planes, layers=-1))
    (tmp_path / "plain.psd").write_bytes(psd(planes, layers=1))
    alpha, plain = (read_image(tmp_path / f"{name}.psd") for name in ("alpha", "plain"))
    np.testing.assert_array_equal(alpha.samples, np.moveaxis(planes[:4], 0, 2))
    np.testing.assert_array_equal(plain.samples, np.moveaxis(planes[:3], 0, 2))
    assert [read_header(tmp_path / f"{name}.psd").has_alpha for name in ("alpha", "plain")] == [True, False]
    assert "1 further channels" in " ".join(alpha.notes)
    assert "2 further channels" in " ".join(plain.notes)


def test_palettes_of_psd(tmp_path: Path) -> None:
    table, indices = RNG.integers(0, 256, (3, 256)).astype(np.uint8), RNG.integers(0, 256, (1, 19, 27)).astype(np.uint8)
    (tmp_path / "a.psd").write_bytes(psd(indices, 2, table=table.tobytes()))
    np.testing.assert_array_equal(read_image(tmp_path / "a.psd").samples, table.T[indices[0]])


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "cmyk.psd": (lambda: psd(planes_of("uint8", 4), 4), "is in CMYK, which is not read"),
    "multi.psd": (lambda: psd(planes_of("uint8", 4), 7), r"mode 7 \(multichannel\)"),
    "lab.psd": (lambda: psd(planes_of("uint16", 3), 9), "Lab samples of 16 bits"),
    "layers.psd": (lambda: psd(planes_of("uint8", 3), flattened=False), "holds no flattened image"),
    "cut.psd": (lambda: psd(planes_of("uint8", 3))[:-99], "is cut short"),
    "raw.psd": (lambda: psd(planes_of("uint8", 3), packed=False)[:-99], "is cut short"),
    "short.psd": (lambda: psd(planes_of("uint8", 3))[:20], "its header is cut short"),
    "head.psd": (lambda: psd(planes_of("uint8", 3))[:28], "its header is cut short"),
    "table.psd": (lambda: psd(np.zeros((3, 19, 27), np.uint8))[:-200], "it is cut short"),
    "few.pgm": (lambda: b"P5 9 9 255\n" + bytes(80), "is cut short"),
    "text.ppm": (lambda: b"P3 2 2 255\n1 2 3", "is cut short"),
    "high.pgm": (lambda: b"P5 1 1 7\n\x09", "above the largest"),
    "none.pgm": (lambda: b"P5 0 1 7\n\x09", "makes no image"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plain_image_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(ImageError, match=words) as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_gif_of_one_frame_is_read_and_of_several_refused(tmp_path: Path) -> None:
    image = Image.fromarray(RNG.integers(0, 256, (19, 27, 3)).astype(np.uint8)).quantize(32)
    image.save(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif").samples, np.asarray(image.convert("RGB")))
    image.save(tmp_path / "b.gif", save_all=True, append_images=[image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)])
    with pytest.raises(ImageError, match="is an animated GIF"):
        read_image(tmp_path / "b.gif")


def test_grey_gif_keeps_its_transparency(tmp_path: Path) -> None:
    grey = RNG.integers(0, 256, (19, 27)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.gif", optimize=False)
    Image.fromarray(grey).save(tmp_path / "b.gif", optimize=False, transparency=int(grey[3, 4]))
    plain, clear = read_image(tmp_path / "a.gif"), read_image(tmp_path / "b.gif")
    np.testing.assert_array_equal(plain.samples[:, :, 0], grey)
    np.testing.assert_array_equal(clear.samples, np.stack([grey, np.where(grey == grey[3, 4], 0, 255)], axis=2))
    assert [read_header(tmp_path / f"{name}.gif").has_alpha for name in "ab"] == [False, True]
    assert plain.notes == clear.notes == ("is read, and not written, as gif",)  # no palette is expanded
    coloured = Image.fromarray(np.dstack([grey, grey // 2, grey // 3])).quantize(8)
    coloured.save(tmp_path / "c.gif", transparency=0)
    assert read_image(tmp_path / "c.gif").notes[1] == "the palette is expanded: written as RGBA"


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(("most", "channels"), [(255, 1), (255, 3), (65535, 3), (4095, 1), (1, 1), (100, 3)])
def test_pnm_in_its_own_scale(tmp_path: Path, most: int, channels: int, text: bool) -> None:
    values = RNG.integers(0, most + 1, (5, 7, channels))
    kind = {1: ("P2", "P5"), 3: ("P3", "P6")}[channels][not text]
    head = f"{kind} # made here\n7 5\n{most}\n".encode()
    packed = values.astype(">u1" if most < 256 else ">u2").tobytes()
    stored = " ".join(map(str, values.ravel())).encode() if text else packed
    (tmp_path / "a.pnm").write_bytes(head + stored)
    image = read_image(tmp_path / "a.pnm")
    if most in (1, 100):
        np.testing.assert_array_equal(image.samples, np.floor(values * 255 / most + 0.5 + 1e-9))
        assert f"0 to {most} are spread over 255" in image.notes[1]
    else:
        np.testing.assert_array_equal(image.samples, values)
        assert image.bits == (12 if most == 4095 else 0)
    if most == 65535 and not text:  # by OpenCV, which does not look at other values of the greatest
        found = cv2.imread(str(tmp_path / "a.pnm"), cv2.IMREAD_UNCHANGED)
        assert found is not None
        np.testing.assert_array_equal(found[:, :, ::-1], image.samples)


def test_bitmaps_and_float_maps(tmp_path: Path) -> None:
    bits = RNG.random((5, 19)) > 0.5
    (tmp_path / "a.pbm").write_bytes(b"P4\n19 5\n" + np.packbits(bits, axis=1).tobytes())
    (tmp_path / "b.pbm").write_bytes(b"P1\n19 5\n" + "".join("01"[int(bit)] for bit in bits.ravel()).encode())
    for name in ("a.pbm", "b.pbm"):
        np.testing.assert_array_equal(read_image(tmp_path / name).samples[:, :, 0], np.where(bits, 0, 255))
    floats = RNG.random((5, 7, 3)).astype(np.float32)
    for name, order, scale in (("a.pfm", "<f4", "-1.0"), ("b.pfm", ">f4", "1.0")):
        (tmp_path / name).write_bytes(f"PF\n7 5\n{scale}\n".encode() + floats[::-1].astype(order).tobytes())
        np.testing.assert_array_equal(read_image(tmp_path / name).samples, floats)
        found = cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)
        assert found is not None
        np.testing.assert_array_equal(found[:, :, ::-1], floats)


def test_a_folder_of_them_is_written_as_tiff_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    samples = {name: planes_of("uint8", 3) for name in ("a.psd", "b.psd")}
    for name, planes in samples.items():
        (tmp_path / "in" / name).write_bytes(psd(planes))
    (tmp_path / "in/c.pgm").write_bytes(b"P5 27 19 4095\n" + RNG.integers(0, 4096, (19, 27)).astype(">u2").tobytes())
    tifffile.imwrite(tmp_path / "in/a.tif", np.moveaxis(samples["a.psd"], 0, 2), photometric="rgb")
    hole = np.zeros((19, 27), bool)
    hole[4:9, 5:11] = True
    (tmp_path / "m.pbm").write_bytes(b"P4\n27 19\n" + np.packbits(~hole, axis=1).tobytes())
    assert (read_mask(tmp_path / "m.pbm") == ~hole).all()
    report = inpaint_folder(tmp_path / "in", tmp_path / "m.pbm", tmp_path / "out", method="telea")
    assert report.failed == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".jsonl") == [
        "a.psd.tif", "a.tif", "b.tif", "c.tif",
    ]  # fmt: skip
    with tifffile.TiffFile(tmp_path / "out/c.tif") as file:
        assert file.pages.first.bitspersample == 12
    for name, out in (("a.psd", "a.psd.tif"), ("b.psd", "b.tif")):
        found = tifffile.imread(tmp_path / "out" / out)
        np.testing.assert_array_equal(found[~hole], np.moveaxis(samples[name], 0, 2)[~hole])
    inpaint_folder(tmp_path / "in", tmp_path / "m.pbm", tmp_path / "png", method="telea", format="png")
    assert {path.suffix for path in (tmp_path / "png").iterdir()} == {".png", ".jsonl"}


def test_an_image_without_holes_is_written_and_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.psd").write_bytes(psd(planes_of("uint8", 3)))
    Image.fromarray(np.zeros((19, 27), bool)).save(tmp_path / "m.png")
    inpaint_folder(tmp_path / "a.psd", tmp_path / "m.png", tmp_path / "out", method="telea")
    assert tifffile.imread(tmp_path / "out/a.tif").shape == (19, 27, 3)


PACKAGES = [("heic", "pillow-heif"), ("pdf", "pypdf"), ("exr", "OpenEXR"), ("dng", "rawpy")]


@pytest.mark.parametrize(("suffix", "package"), PACKAGES)
def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, package: str) -> None:
    starts = {"heic": b"\0\0\0\x18ftypheic", "pdf": b"%PDF-1.7", "exr": b"\x76\x2f\x31\x01", "dng": b"II*\0"}
    (tmp_path / f"a.{suffix}").write_bytes(starts[suffix] + bytes(99))
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(ImageError, match=f"need the package {package}; pip install {package}"):
        read_image(tmp_path / f"a.{suffix}")


def test_a_dng_that_is_named_as_a_tiff_is_no_thumbnail(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 9, 3), np.uint8), extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    with pytest.raises(ImageError, match=r"is a DNG \(camera raw\) by its tags; name it .dng"):
        read_image(tmp_path / "a.tif")


def test_camera_raw_is_developed(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    matrix = [int(v * 10000) for v in (3.24, -1.54, -0.5, -0.97, 1.88, 0.04, 0.06, -0.2, 1.06)]
    tags = [
        (271, 2, 0, "pconv", True), (50706, 1, 4, bytes((1, 4, 0, 0)), True), (50707, 1, 4, bytes((1, 1, 0, 0)), True),
        (50708, 2, 0, "pconv test", True), (33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes((0, 1, 1, 2)), True),
        (50717, 4, 1, 4095, True), (50721, 10, 9, tuple(x for v in matrix for x in (v, 10000)), True),
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True), (50778, 3, 1, 21, True),
    ]  # fmt: skip
    mosaic = np.full((64, 96), 1000, np.uint16)
    tifffile.imwrite(tmp_path / "a.dng", mosaic, photometric=32803, metadata=None, extratags=tags)
    image = read_image(tmp_path / "a.dng")
    assert (image.samples.dtype, image.samples.shape[2]) == (np.uint16, 3)
    assert image.size == read_header(tmp_path / "a.dng").size
    assert image.samples.std(axis=(0, 1)).max() < 10  # grey stays grey
    assert "developed from camera raw" in image.notes[1]


def test_heic_keeps_its_depth_and_profile(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    rgb = RNG.integers(0, 256, (64, 96, 3)).astype(np.uint8)
    heif.from_bytes("RGB", (96, 64), rgb.tobytes()).save(
        tmp_path / "a.heic", quality=-1, chroma=444, matrix_coefficients=0, icc_profile=ICC
    )
    image = read_image(tmp_path / "a.heic")
    np.testing.assert_array_equal(image.samples, rgb)
    assert image.metadata.icc == ICC
    assert read_header(tmp_path / "a.heic").size == (64, 96)
    deep = RNG.integers(0, 1024, (64, 96, 3)).astype(np.uint16)
    heif.from_bytes("RGB;10", (96, 64), deep.tobytes()).save(
        tmp_path / "b.heic", quality=-1, chroma=444, matrix_coefficients=0
    )
    image = read_image(tmp_path / "b.heic")
    assert image.bits == 10
    np.testing.assert_array_equal(image.samples, deep)


def test_of_several_images_of_heic_the_main_one_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in of the package, which has what is used of it."""
    images = RNG.integers(0, 256, (3, 64, 96, 3)).astype(np.uint8)

    class Opened(list[Any]):
        primary_index = 2

    class Shown:
        size, has_alpha, premultiplied_alpha, info = (96, 64), False, False, {"bit_depth": 8}

        def __init__(self, samples: NDArray[np.uint8]) -> None:
            self.__array_interface__ = samples.__array_interface__
            self.samples = samples

    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(99))
    module = types.SimpleNamespace(open_heif=lambda _path, **_options: Opened(map(Shown, images)))
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "pillow_heif", module)
        image = read_image(tmp_path / "a.heic")
    np.testing.assert_array_equal(image.samples, images[2])
    assert image.notes[-1] == "its main image is read, and its 2 further images are left out"


def test_the_package_for_heic_says_which_image_is_the_main_one(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    images = RNG.integers(0, 256, (3, 64, 96, 3)).astype(np.uint8)
    several = heif.from_bytes("RGB", (96, 64), images[0].tobytes())
    for samples in images[1:]:
        several.add_frombytes("RGB", (96, 64), samples.tobytes())
    several.save(tmp_path / "b.heic", primary_index=2, quality=-1, chroma=444, matrix_coefficients=0)
    image = read_image(tmp_path / "b.heic")
    np.testing.assert_array_equal(image.samples, images[2])
    assert image.notes[-1] == "its main image is read, and its 2 further images are left out"


def pdf_of(folder: Path, objects: list[bytes], contents: bytes, *, pages: int = 1) -> Path:
    """A PDF whose page draws an image named ``/Im0``, object 5, and what ``contents`` says."""
    body = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + b"3 0 R " * pages + b"] /Count %d >>" % pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] /Contents 4 0 R "
        b"/Resources << /XObject << /Im0 5 0 R >> >> >>",
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


def stream(data: bytes, name: str, *, space: str = "/DeviceRGB", bits: int = 8) -> bytes:
    head = f"<< /Type /XObject /Subtype /Image /Width 48 /Height 24 /ColorSpace {space} /BitsPerComponent {bits} "
    return (head + f"/Filter {name} /Length {len(data)} >>\nstream\n").encode() + data + b"\nendstream"


DRAW = b"q 72 0 0 36 0 0 cm /Im0 Do Q"


def test_the_scan_of_a_pdf_page_is_taken_out_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
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


PDFS = {
    "vector": (DRAW + b" 0 0 9 9 re f", 1, "is more than a scan on a page"),
    "text": (DRAW + b" BT (words) Tj ET", 1, "is more than a scan on a page"),
    "pages": (DRAW, 2, "has 2 pages; save each page as a PDF of its own"),
}


@pytest.mark.parametrize("name", PDFS)
def test_pdf_pages_that_are_more_than_a_scan_are_refused(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pypdf")
    contents, pages, words = PDFS[name]
    with pytest.raises(ImageError, match=words):
        read_image(pdf_of(tmp_path, [stream(bytes(3456), "/FlateDecode")], contents, pages=pages))


def test_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("word", algorithm="RC4-128")
    writer.write(tmp_path / "a.pdf")
    with pytest.raises(ImageError, match="is encrypted; save it without a password"):
        read_image(tmp_path / "a.pdf")


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_openexr_keeps_its_floats(tmp_path: Path, kind: str) -> None:
    exr = pytest.importorskip("OpenEXR")
    rgb = (RNG.random((19, 27, 3)) * 40).astype(kind)
    with exr.File({"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}, {"RGB": rgb}) as file:
        file.write(str(tmp_path / "a.exr"))
    image = read_image(tmp_path / "a.exr")
    assert image.samples.dtype == kind
    np.testing.assert_array_equal(image.samples, rgb)
    assert read_header(tmp_path / "a.exr").size == (19, 27)


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_alpha_of_openexr_is_written_as_associated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """By a stand-in of the package, and by itself where it is installed."""
    rgba = RNG.random((19, 27, 4)).astype(kind)
    rgba[3, 4] = 0
    try:
        import OpenEXR as exr

        with exr.File({"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}, {"RGBA": rgba}) as file:
            file.write(str(tmp_path / "a.exr"))
    except ImportError:
        (tmp_path / "a.exr").write_bytes(b"\x76\x2f\x31\x01" + bytes(99))
        monkeypatch.setitem(sys.modules, "OpenEXR", types.SimpleNamespace(File=lambda *_, **__: opened_exr(rgba)))
    image = read_image(tmp_path / "a.exr")
    assert read_header(tmp_path / "a.exr").has_alpha
    assert ("its half floats are written with 32 bits" in image.notes) == (kind == "float16")
    write_image(tmp_path / "a.tif", image)
    with tifffile.TiffFile(tmp_path / "a.tif") as written:
        assert written.pages.first.extrasamples == (tifffile.EXTRASAMPLE.ASSOCALPHA,)
    again = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(again.samples, rgba.astype(np.float32))
    assert again.metadata.is_associated


def opened_exr(samples: NDArray[Any]) -> Any:
    """What of a file of the package OpenEXR is used."""
    names = "RGBA"
    planes = {name: types.SimpleNamespace(pixels=samples[:, :, each], name=name) for each, name in enumerate(names)}
    height, width = samples.shape[:2]
    header = {"dataWindow": ((0, 0), (width - 1, height - 1)), "channels": list(planes.values())}
    opened = types.SimpleNamespace(parts=[0], header=lambda: header, channels=lambda: planes)
    return contextlib.nullcontext(opened)
