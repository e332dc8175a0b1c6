import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.metadata.carried import Samples, without_thumbnail

EXIF_POINTER, GPS_POINTER, EXPOSURE_TIME, LENS, LATITUDE = 0x8769, 0x8825, 33434, 0xA434, 2
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>\xe6\x95\xa6\xe7\x85\x8c</x:xmpmeta>"


@pytest.fixture
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[EXIF_POINTER] = {EXPOSURE_TIME: IFDRational(1, 60), LENS: "A lens of some length"}
    exif[GPS_POINTER] = {1: "N", LATITUDE: (40.0, 8.0, 30.5)}
    return exif


def filled(path: Path, out: Path, kind: ImageFormat | None = None) -> None:
    """Read an image, fill a hole of it, and write it."""
    image = read_image(path)
    mask: NDArray[np.bool_] = np.ones(image.size, bool)
    mask[2:5, 2:5] = False
    image = image.with_holes_filled(np.zeros((*image.size, 3), np.float32), mask)
    write_image(out, image.to_format(kind or image.format))


def exif_of(path: Path) -> tuple[int, Any, Any, Any]:
    """Orientation, exposure time, lens and latitude."""
    with Image.open(path) as image:
        exif = image.getexif()
        below, gps = exif.get_ifd(EXIF_POINTER), exif.get_ifd(GPS_POINTER)
        latitude = tuple(float(value) for value in gps[LATITUDE])
        return exif[0x0112], float(below[EXPOSURE_TIME]), below[LENS], latitude


@pytest.mark.parametrize("source", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "tiff"])
def test_profile_exif_xmp_and_resolution_survive_within_and_across_formats(
    tmp_path: Path, make_samples: Callable[..., Samples], profile: bytes, exif: Image.Exif, source: str, target: str
) -> None:
    first, path, out = tmp_path / "first.jpg", tmp_path / f"a.{source}", tmp_path / f"b.{target}"
    Image.fromarray(make_samples("uint8", 3)).save(first, icc_profile=profile, exif=exif, dpi=(300, 300), xmp=XMP)
    filled(first, path, ImageFormat(source))
    filled(path, out, ImageFormat(target))
    assert exif_of(out) == (6, 1 / 60, "A lens of some length", (40.0, 8.0, 30.5))
    assert read_header(out).orientation == 6
    assert read_image(out).size == (13, 17)  # the orientation is kept, and not applied
    with Image.open(out) as image:
        assert image.info["icc_profile"] == profile
        assert XMP in (image.info.get("xmp"), str(image.info.get("XML:com.adobe.xmp")).encode())
        if "webp" not in (source, target):
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_16_bit_png_keeps_its_chunks(tmp_path: Path, make_samples: Callable[..., Samples], profile: bytes) -> None:
    path, out = tmp_path / "a.png", tmp_path / "b.png"
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "A mural")
    info.add_itxt("Place", "敦煌", "zh", "地")
    image = Image.fromarray(make_samples("uint16", 1)[..., 0])
    image.save(path, pnginfo=info, dpi=(72, 144), icc_profile=profile)
    filled(path, out)
    with Image.open(out) as after, Image.open(path) as before:
        assert after.mode == before.mode == "I;16"
        assert after.info == before.info
        assert after.text == {"Title": "A mural", "Place": "敦煌"}


def test_tiff_keeps_tags_layout_and_compression(
    tmp_path: Path, make_samples: Callable[..., Samples], profile: bytes
) -> None:
    path, out = tmp_path / "a.tif", tmp_path / "b.tif"
    tifffile.imwrite(
        path,
        make_samples("uint16", 4, (40, 50)),
        photometric="rgb",
        byteorder=">",
        compression="lzw",
        predictor=True,
        tile=(16, 32),
        resolution=(1181, 1182),
        resolutionunit="CENTIMETER",
        iccprofile=profile,
        description="Cave 257, west wall",
        software="Scanner 1.0",
        extrasamples=["assocalpha"],
        extratags=[(315, "s", 0, "Painter", True), (33550, "d", 3, (0.5, 0.5, 0.0), True), (274, "H", 1, 3, True)],
        metadata=None,
    )
    filled(path, out)
    with tifffile.TiffFile(path) as before, tifffile.TiffFile(out) as after:
        assert after.byteorder == before.byteorder
        old, new = before.pages.first, after.pages.first
        for name in ("compression", "predictor", "tile", "photometric", "extrasamples", "bitspersample", "shape"):
            assert getattr(new, name) == getattr(old, name), name
        for tag in (270, 274, 282, 283, 296, 305, 315, 33550, 34675):
            assert new.tags[tag].value == old.tags[tag].value, tag


def test_jpeg_in_tiff_is_written_without_loss(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    Image.fromarray(make_samples("uint8", 3, (32, 32))).save(tmp_path / "a.tif", compression="jpeg")
    before = read_image(tmp_path / "a.tif")
    assert any("lossless" in note for note in before.notes)
    write_image(tmp_path / "b.tif", before)
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").samples, before.samples)


@pytest.mark.parametrize("sampling", [0, 2])
def test_jpeg_keeps_its_tables_sampling_and_comment(
    tmp_path: Path, make_samples: Callable[..., Samples], sampling: int
) -> None:
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    image = Image.fromarray(make_samples("uint8", 3, (40, 40)))
    image.save(path, quality=83, subsampling=sampling, progressive=True, comment=b"a comment")
    filled(path, out)
    with Image.open(path) as before, Image.open(out) as after:
        assert isinstance(after, JpegImagePlugin.JpegImageFile)
        assert after.quantization == before.quantization
        assert JpegImagePlugin.get_sampling(after) == sampling
        assert after.info["progressive"]
        assert after.info["comment"] == b"a comment"


@pytest.mark.parametrize("progressive", [False, True])
def test_strong_grain_at_the_best_quality_is_written(tmp_path: Path, progressive: bool) -> None:
    """It takes more than the two bytes a pixel that Pillow sets apart for an optimised JPEG."""
    grain = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    Image.fromarray(grain).save(tmp_path / "a.png")
    first = read_image(tmp_path / "a.png").to_format(ImageFormat.JPEG)
    tables = {"qtables": {0: [1] * 64, 1: [1] * 64}, "subsampling": 0, "progressive": progressive}
    stored = replace(first, metadata=replace(first.metadata, own=tables))
    write_image(tmp_path / "b.jpg", stored)
    with Image.open(tmp_path / "b.jpg") as image:
        assert np.abs(np.asarray(image).astype(int) - grain).mean() < 2


def test_a_damaged_exif_block_does_not_stop_a_image(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense"):
        Image.fromarray(make_samples("uint8", 3)).save(tmp_path / "a.jpg", exif=exif)
        for kind in (ImageFormat.JPEG, ImageFormat.TIFF, ImageFormat.PNG):
            filled(tmp_path / "a.jpg", tmp_path / "out", kind)
            assert read_header(tmp_path / "out").orientation == 1


def test_jpeg_keeps_a_resolution_in_centimetres(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(make_samples("uint8", 3)).save(path, dpi=(300, 300))
    data = path.read_bytes()
    place = data.index(b"JFIF\0") + 7
    path.write_bytes(data[:place] + struct.pack(">BHH", 2, 118, 119) + data[place + 5 :])
    filled(path, out)
    with Image.open(out) as image:
        assert (image.info["jfif_unit"], image.info["jfif_density"]) == (2, (118, 119))
    filled(path, tmp_path / "c.png", ImageFormat.PNG)
    with Image.open(tmp_path / "c.png") as image:
        assert image.info["dpi"] == pytest.approx((299.72, 302.26), abs=0.02)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_bmp_keeps_its_resolution(tmp_path: Path, make_samples: Callable[..., Samples], mode: str) -> None:
    stored = Image.fromarray(make_samples("uint8", 4)).convert(mode)
    stored.save(tmp_path / "a.png", dpi=(300, 150))
    filled(tmp_path / "a.png", tmp_path / "b.bmp", ImageFormat.BMP)
    filled(tmp_path / "b.bmp", tmp_path / "c.bmp")
    with Image.open(tmp_path / "c.bmp") as image:
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)
        assert image.mode == {"LA": "RGBA"}.get(mode, mode)
        after = np.asarray(image)
        expected = np.asarray(stored.convert(image.mode)).copy()
    kept = np.ones(expected.shape[:2], bool)
    kept[2:5, 2:5] = False
    np.testing.assert_array_equal(after[kept], expected[kept])


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_planes_stay_apart(tmp_path: Path, make_samples: Callable[..., Samples], depth: str, channels: int) -> None:
    samples = make_samples(depth, channels, (40, 50))
    options: dict[str, Any] = {"photometric": "rgb" if channels > 2 else "minisblack", "metadata": None}
    options |= {"extrasamples": ["unassalpha"]} if channels != 3 else {}
    options |= {"compression": "lzw", "predictor": 3 if depth == "float32" else 2, "byteorder": ">"}
    for name, layout in (("strips", {"rowsperstrip": 7}), ("tiles", {"tile": (16, 32)})):
        path, out = tmp_path / f"{name}.tif", tmp_path / f"{name}-out.tif"
        tifffile.imwrite(path, np.moveaxis(samples, 2, 0), planarconfig="separate", **options, **layout)
        filled(path, out)
        with tifffile.TiffFile(out) as file, tifffile.TiffFile(path) as before:
            new, old = file.pages.first, before.pages.first
            assert new.planarconfig == old.planarconfig == tifffile.PLANARCONFIG.SEPARATE
            for key in ("compression", "predictor", "tile", "rowsperstrip", "extrasamples", "shape"):
                assert getattr(new, key) == getattr(old, key), key
        np.testing.assert_array_equal(read_image(out).samples[5:], samples[5:])


def test_captions_stay_and_thumbnails_go(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    caption = b"\x1c\x02\x78\x00\x05Cave "  # IPTC 2:120
    resources = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data
        for number, data in ((1028, caption), (1036, b"old!"))
    )
    content = b"Photoshop 3.0\0" + resources
    # Orientation, then a second directory, which is the thumbnail's; bytes at the end as makers' notes may be.
    exif = struct.pack("<2sHI H HHIHH I", b"II", 42, 8, 1, 0x112, 3, 1, 6, 0, 26) + b"\0\0\0\0\0\0the end"
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(make_samples("uint8", 3)).save(
        path, exif=b"Exif\0\0" + exif, extra=b"\xff\xed" + struct.pack(">H", 2 + len(content)) + content
    )
    filled(path, out)
    with Image.open(out) as image:
        assert image.info["photoshop"] == {1028: caption}
        kept = image.info["exif"]
    assert kept == b"Exif\0\0" + exif[:22] + b"\0\0\0\0" + exif[26:]
    png = tmp_path / "c.png"
    Image.fromarray(make_samples("uint8", 3)).save(png, exif=exif)
    filled(png, tmp_path / "d.png")
    with Image.open(tmp_path / "d.png") as image:
        assert image.info["exif"].removeprefix(b"Exif\0\0") == kept.removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("exif", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\0\0\0", b"II*\0\x08\0\0\0\xff\xff"])
def test_no_exif_is_too_short_for_its_thumbnail_to_be_looked_for(exif: bytes) -> None:
    assert without_thumbnail(exif) == exif


def test_an_orientation_that_is_lost_is_reported(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for orientation in (1, 6):
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(make_samples("uint8", 3)).save(tmp_path / "a.jpg", exif=exif)
        (note,) = read_image(tmp_path / "a.jpg").to_format(ImageFormat.BMP).notes
        assert ("and orientation (EXIF 6: viewers will show it as it is stored)" in note) == (orientation == 6)
        for kind in (ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.WEBP):
            assert not any("orientation" in note for note in read_image(tmp_path / "a.jpg").to_format(kind).notes)


@pytest.mark.parametrize("space", ["GRAY", "RGB "])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("target", ["webp", "jpeg", "tiff", "bmp"])
def test_a_profile_goes_where_it_is_for_other_samples_and_that_is_reported(
    tmp_path: Path, make_samples: Callable[..., Samples], profile: bytes, space: str, channels: int, target: str
) -> None:
    icc = profile[:16] + space.encode() + profile[20:]
    Image.fromarray(make_samples("uint8", channels).squeeze()).save(tmp_path / "a.png", icc_profile=icc)
    stored = read_image(tmp_path / "a.png").to_format(ImageFormat(target))
    write_image(tmp_path / "b", stored)
    with Image.open(tmp_path / "b") as image:
        fits = (image.mode == "L") == (space == "GRAY")
        assert image.info.get("icc_profile") == (icc if fits and target != "bmp" else None)
    notes = [f"written as {target}, which has no place for its colour profile for {space.strip()} samples"]
    if target == "bmp":
        notes = ["written as bmp, which has no place for its colour profile"]
    assert list(stored.notes) == (notes if target == "bmp" or not fits else [])


SRGB_PRIMARIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([(b"gAMA", struct.pack(">I", 100_000))], "gAMA"),
        ([(b"cHRM", struct.pack(">8I", *range(8)))], "cHRM"),
        ([(b"gAMA", bytes(4)), (b"cHRM", bytes(32))], "gAMA and cHRM"),
        ([(b"cICP", bytes([9, 16, 0, 1]))], "cICP"),
        ([(b"sRGB", bytes(1)), (b"cICP", bytes([9, 16, 0, 1]))], "cICP"),  # comes before all others
        ([(b"cICP", bytes([1, 13, 0, 1])), (b"gAMA", bytes(4))], ""),
        ([(b"sRGB", bytes(1)), (b"gAMA", struct.pack(">I", 100_000))], ""),
        ([(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", SRGB_PRIMARIES)], ""),
    ],
)
def test_colours_that_only_a_png_can_say_are_reported(
    tmp_path: Path, chunks: list[tuple[bytes, bytes]], said: str
) -> None:
    info = PngImagePlugin.PngInfo()
    for chunk in chunks:
        info.add(*chunk)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    words = f"written as tiff, which has no place for its colours (given by {said} without a profile, and not sRGB)"
    image = read_image(tmp_path / "a.png")
    assert image.notes == ()  # a PNG keeps them
    assert image.to_format(ImageFormat.TIFF).notes == ((words,) if said else ())
