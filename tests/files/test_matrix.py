"""One run over every format, depth, number of channels and compression: what is known stays, as others read it."""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from pconv_cli.jobs.folder import inpaint_folder

from .matrix_files import EXIF_UUID, HOLE, ICC, SIZE, inside, matrix

CELLS = matrix()
#: What says how a TIFF's samples lie, apart from their coding.
LAYOUT = ("dtype", "shape", "bitspersample", "photometric", "extrasamples", "planarconfig", "tile", "rowsperstrip")
#: EXIF's names, rights, dates and turn, and the description of a TIFF.
TAGS = (0x010E, 0x010F, 0x0112, 0x0132, 0x013B, 0x8298)
XRES, YRES, UNIT, PROFILE, EXIF_IFD, GPS_IFD = 282, 283, 296, 34675, 0x8769, 0x8825


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """All files before and after one run."""
    root = tmp_path_factory.mktemp("matrix")
    (root / "in").mkdir()
    for name, make in CELLS.items():
        make(root / "in" / name)
    hole = np.zeros(SIZE, bool)
    hole[HOLE] = True
    Image.fromarray(hole).save(root / "m.png")
    report = inpaint_folder(root / "in", root / "m.png", root / "out", method="telea")
    assert report.failed == []
    return root / "in", root / "out"


def samples_of(path: Path) -> NDArray[Any]:
    """The samples (H, W, C), where there is a choice by a library by which pconv does not read the format."""
    data = path.read_bytes()
    kind = path.suffix[1:]
    if path.name.startswith("tiff-8") and "jpeg" in path.name:
        with Image.open(path) as image:  # turns it as its tag says; imagecodecs mirrors it
            found = np.asarray(image.transpose(Image.Transpose.ROTATE_90))
    elif kind == "tif":
        found = imagecodecs.tiff_decode(data)  # libtiff; pconv reads by tifffile
    elif kind == "jxl":
        found = imagecodecs.jpegxl_decode(data)
    elif kind == "bmp" or "palette" in path.name or "grey-alpha" in path.name or "converted" in path.name:
        with Image.open(path) as image:
            found = np.asarray(image.convert("RGB") if image.mode == "P" else image)
    else:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if bgr is None:  # it does not know an AVIF whose metadata begins near the end of the first 500 bytes
            found = imagecodecs.avif_decode(data)
        else:
            found = bgr if bgr.ndim == 2 else bgr[:, :, [2, 1, 0, 3][: bgr.shape[2]]]
    return found if found.ndim == 3 else found[:, :, np.newaxis]


def known_of(name: str) -> NDArray[np.bool_]:
    """What has to stay: all but the hole, of a JPEG all but the units that it touches."""
    known = np.ones(SIZE, bool)
    known[HOLE] = False
    if "jpeg-8" in name and name.endswith("jpg"):
        near = 2 if "420" in name else 0  # pixels that colours of fewer samples reach beyond their unit
        known[16 - near : 32 + near, 16 - near : 32 + near] = False
    return known


@pytest.mark.parametrize("name", CELLS)
def test_known_samples_stay_and_the_hole_is_filled(folders: tuple[Path, Path], name: str) -> None:
    before, after = (samples_of(folder / name) for folder in folders)
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert before.shape[:2] == SIZE
    known, apart = known_of(name), np.abs(after.astype(float) - before)
    if name.endswith("jpg") and find_spec("jpeglib") is None:
        assert apart[known].mean() < 2
    elif "converted" in name:
        assert apart[known].max() <= 2  # Pillow's libavif and that of imagecodecs round colours differently
    else:
        np.testing.assert_array_equal(after[known], before[known])
    colours = after.shape[2] - (after.shape[2] % 2 == 0)
    top = {1: 255, 2: 2 ** int(name.split("-")[1]) - 1, 4: 1}[after.dtype.itemsize]
    assert before[HOLE][..., :colours].mean() < 0.05 * top
    assert after[HOLE][..., :colours].min() > 0.1 * top
    np.testing.assert_array_equal(after[..., colours:], before[..., colours:])  # alpha, in the hole too


def exif_of(path: Path) -> Image.Exif:
    """The EXIF of a file, by Pillow or from the box that holds it."""
    data, exif = path.read_bytes(), Image.Exif()
    if path.suffix == ".tif":  # also of samples that Pillow does not read
        exif.load_from_fp(io.BytesIO(data))
    elif path.suffix == ".jp2":
        content = data[data.index(EXIF_UUID) :]
        exif.load(content.removeprefix(EXIF_UUID))
    elif path.suffix == ".jxl":
        exif.load(inside(data, b"Exif")[4:])
    else:
        with Image.open(path) as image:
            exif = image.getexif()
    return exif


@pytest.mark.parametrize(
    "name", [n for n in CELLS if not n.startswith("bmp") and ("avif" not in n or "converted" in n)]
)
def test_exif_stays(folders: tuple[Path, Path], name: str) -> None:
    before, after = (exif_of(folder / name) for folder in folders)
    tags = {tag: before[tag] for tag in TAGS if tag in before}
    if name.startswith("jxl"):
        tags[0x0112] = 1  # the codestream's own turn counts, and it has none
    assert len(tags) >= 5
    assert {tag: after.get(tag) for tag in tags} == tags
    if name.startswith("tiff") and "exif" not in name:
        return
    for ifd in (EXIF_IFD, GPS_IFD):
        assert after.get_ifd(ifd) == before.get_ifd(ifd)
        assert before.get_ifd(ifd)


def profile_of(path: Path) -> bytes | None:
    if path.suffix == ".tif":
        return exif_of(path).get(PROFILE)
    if path.suffix == ".jp2":
        return inside(path.read_bytes(), b"jp2h", b"colr")[3:]
    with Image.open(path) as image:
        return image.info.get("icc_profile")


@pytest.mark.parametrize(
    "name", [n for n in CELLS if not n.startswith(("bmp", "jxl", "avif-8-r", "avif-1", "avif-8-g"))]
)
def test_the_profile_stays(folders: tuple[Path, Path], name: str) -> None:
    expected = ICC[1 if "grey" in name else 3]
    assert [profile_of(folder / name) for folder in folders] == [expected, expected]


def resolution_of(path: Path) -> Any:
    if path.suffix == ".tif":
        exif = exif_of(path)
        return exif.get(XRES), exif.get(YRES), exif.get(UNIT)
    with Image.open(path) as image:
        return image.info.get("dpi")


@pytest.mark.parametrize("name", [n for n in CELLS if n.startswith(("png", "tiff", "jpeg", "bmp", "jp2"))])
def test_the_resolution_stays(folders: tuple[Path, Path], name: str) -> None:
    before, after = (resolution_of(folder / name) for folder in folders)
    assert after == before
    assert before[:2] == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("name", [n for n in CELLS if n.startswith("tiff")])
def test_layout_and_compression_of_tiff_stay(folders: tuple[Path, Path], name: str) -> None:
    with tifffile.TiffFile(folders[0] / name) as before, tifffile.TiffFile(folders[1] / name) as after:
        old, new = before.pages.first, after.pages.first
        names = (*LAYOUT, "compression", "predictor")
        if "jpeg" in name:
            names = tuple(
                each for each in names if each not in ("photometric", "compression", "predictor", "rowsperstrip")
            )
            assert new.compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        assert {each: getattr(new, each) for each in names} == {each: getattr(old, each) for each in names}


@pytest.mark.parametrize("name", [n for n in CELLS if n.endswith((".jpg", ".png", ".webp", ".bmp"))])
def test_the_mode_stays(folders: tuple[Path, Path], name: str) -> None:
    with Image.open(folders[0] / name) as before, Image.open(folders[1] / name) as after:
        assert (after.format, after.mode) == (before.format, "RGB" if "palette" in name else before.mode)
        if isinstance(before, JpegImagePlugin.JpegImageFile) and isinstance(after, JpegImagePlugin.JpegImageFile):
            assert after.quantization == before.quantization
            assert JpegImagePlugin.get_sampling(after) == JpegImagePlugin.get_sampling(before)


@pytest.mark.parametrize("name", [n for n in CELLS if n.endswith(".avif")])
def test_the_depth_of_avif_stays(folders: tuple[Path, Path], name: str) -> None:
    for folder in folders:
        data = (folder / name).read_bytes()
        start = data.index(b"pixi") + 8  # behind version and flags: how many channels, and the bits of each
        bits = data[start + 1 : start + 1 + data[start]]
        assert set(bits) == {int(name.split("-")[1])}
