"""Formats that are read and not written: GIF and PNM always; HEIC, EXR and raw where their packages are."""

import contextlib
import sys
import types
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.jobs.folder import inpaint_folder
from tests.optional import needed

from .psd_files import ICC, RNG, planes_of, psd


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
    needed("rawpy")
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
    heif = needed("pillow_heif")
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
    heif = needed("pillow_heif")
    images = RNG.integers(0, 256, (3, 64, 96, 3)).astype(np.uint8)
    several = heif.from_bytes("RGB", (96, 64), images[0].tobytes())
    for samples in images[1:]:
        several.add_frombytes("RGB", (96, 64), samples.tobytes())
    several.save(tmp_path / "b.heic", primary_index=2, quality=-1, chroma=444, matrix_coefficients=0)
    image = read_image(tmp_path / "b.heic")
    np.testing.assert_array_equal(image.samples, images[2])
    assert image.notes[-1] == "its main image is read, and its 2 further images are left out"


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_openexr_keeps_its_floats(tmp_path: Path, kind: str) -> None:
    exr = needed("OpenEXR")
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
