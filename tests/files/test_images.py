import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, read_size, write_image, write_rgb
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage

LOSSLESS = [
    *((ImageFormat.PNG, depth, channels) for depth in ("uint8", "uint16") for channels in (1, 2, 3, 4)),
    *((ImageFormat.TIFF, depth, channels) for depth in ("uint8", "uint16", "float32") for channels in (1, 2, 3, 4)),
    *((ImageFormat.WEBP, "uint8", channels) for channels in (3, 4)),
    *((ImageFormat.BMP, "uint8", channels) for channels in (1, 3, 4)),
]


@pytest.mark.parametrize(("kind", "depth", "channels"), LOSSLESS)
def test_samples_survive_a_round_trip_and_undamaged_ones_a_filling(
    tmp_path: Path,
    make_samples: Callable[..., Samples],
    square_mask: NDArray[np.bool_],
    kind: ImageFormat,
    depth: str,
    channels: int,
) -> None:
    path = tmp_path / f"敦煌 {channels}.{kind}"
    samples = make_samples(depth, channels)
    write_image(path, StoredImage(samples, kind))
    image = read_image(path)
    assert image.format is kind
    assert image.samples.dtype == samples.dtype
    np.testing.assert_array_equal(image.samples, samples)
    assert read_header(path).has_alpha == (channels in (2, 4))
    assert read_size(path) == image.size == (13, 17)

    filled = image.with_holes_filled(np.full((13, 17, 3), 0.5, np.float32), square_mask)
    write_image(path, filled)
    again = read_image(path)
    np.testing.assert_array_equal(again.samples[square_mask], samples[square_mask])
    colours = 1 if channels < 3 else 3
    half = {"uint8": 128, "uint16": 32768, "float32": 0.5}[depth]
    np.testing.assert_allclose(again.samples[~square_mask][:, :colours], half, rtol=1e-6)
    np.testing.assert_array_equal(again.samples[..., colours:], samples[..., colours:])  # alpha is kept


def test_the_same_image_gives_the_same_bytes(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for kind in ImageFormat:
        for name in ("a", "b"):
            write_image(tmp_path / name, StoredImage(make_samples("uint8", 3), kind))
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_bmp_without_a_resolution_gets_none(
    tmp_path: Path, make_samples: Callable[..., Samples], channels: int
) -> None:
    write_image(tmp_path / "a.bmp", StoredImage(make_samples("uint8", channels), ImageFormat.BMP))
    assert (tmp_path / "a.bmp").read_bytes()[38:46] == bytes(8)
    assert read_image(tmp_path / "a.bmp").metadata.dpi is None


def test_16_bit_rgb_is_not_cut_to_8(tmp_path: Path) -> None:
    samples = np.arange(6 * 7 * 3, dtype=np.uint16).reshape(6, 7, 3) * 257 + 3
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(samples))
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", compression="lzw", tile=(16, 16))
    tifffile.imwrite(tmp_path / "b.tif", np.moveaxis(samples, 2, 0), photometric="rgb", planarconfig="separate")
    tifffile.imwrite(tmp_path / "c.tif", samples, photometric="rgb", byteorder=">", bigtiff=True)
    for name in ("a.png", "a.tif", "b.tif", "c.tif"):
        np.testing.assert_array_equal(read_image(tmp_path / name).samples, samples)


def test_palettes_become_rgb_and_transparent_ones_rgba(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    image = Image.fromarray(make_samples("uint8", 3)).quantize(16)
    true = np.asarray(image.convert("RGB"))
    for name in ("a.png", "a.tif", "a.bmp"):
        image.save(tmp_path / name)
        stored = read_image(tmp_path / name)
        np.testing.assert_array_equal(stored.samples, true)
        assert any("palette" in note for note in stored.notes)
    image.save(tmp_path / "t.png", transparency=3)
    stored = read_image(tmp_path / "t.png")
    assert stored.samples.shape == (13, 17, 4)
    assert stored.notes == ("the palette is expanded: written as RGBA",)
    assert read_header(tmp_path / "t.png").has_alpha
    np.testing.assert_array_equal(stored.samples[..., 3] == 0, np.asarray(image) == 3)


@pytest.mark.parametrize("step", [256, 257])
def test_white_of_a_tiff_palette_is_white_however_it_is_stored(tmp_path: Path, step: int) -> None:
    """A palette has 16 bits: Pillow stores a level of 8 bits as 256 times it, so that white is 65280, others as 257."""
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    table = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 255)]).astype(np.uint16) * np.uint16(step)
    tifffile.imwrite(tmp_path / "a.tif", indices, photometric="palette", colormap=table, rowsperstrip=5)
    samples = read_image(tmp_path / "a.tif").samples
    assert samples.dtype == np.uint8
    np.testing.assert_array_equal(samples, np.dstack([indices, 255 - indices, np.full_like(indices, 255)]))
    masks = np.where(np.arange(256) < 200, 0, 255 * step).astype(np.uint16)
    tifffile.imwrite(tmp_path / "m.tif", indices, photometric="palette", colormap=np.stack([masks] * 3))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), indices < 200)


def test_a_palette_of_16_bits_stays_one(tmp_path: Path) -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    table = np.random.default_rng(0).integers(0, 65536, (3, 256), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", indices, photometric="palette", colormap=table)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, table.T[indices])


def test_bilevel_images_become_8_bit_grey(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).random((9, 21)) > 0.5
    image = Image.fromarray(bits)
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "a.tif")
    image.save(tmp_path / "g4.tif", compression="group4")
    image.save(tmp_path / "a.bmp")
    tifffile.imwrite(tmp_path / "white.tif", bits, photometric="miniswhite")
    for name in ("a.png", "a.tif", "g4.tif", "a.bmp"):
        stored = read_image(tmp_path / name)
        np.testing.assert_array_equal(stored.samples[..., 0], bits * np.uint8(255))
        write_image(tmp_path / "out", stored)
        np.testing.assert_array_equal(read_image(tmp_path / "out").samples, stored.samples)
    np.testing.assert_array_equal(read_image(tmp_path / "white.tif").samples[..., 0], ~bits * np.uint8(255))


def shallow_png(bits: int, values: NDArray[Any], *transparent: int) -> bytes:
    """One row of grey, with a chunk for each grey that is said to be transparent."""
    spread = values[:, np.newaxis] >> np.arange(bits)[::-1] & 1
    parts = [b"IHDR" + struct.pack(">IIBBBBB", len(values), 1, bits, 0, 0, 0, 0)]
    parts += [b"tRNS" + struct.pack(">H", grey) for grey in transparent]
    parts += [b"IDAT" + zlib.compress(b"\0" + np.packbits(spread).tobytes()), b"IEND"]
    framed = [struct.pack(">I", len(p) - 4) + p + struct.pack(">I", zlib.crc32(p)) for p in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("transparent", [1, 0, 0x8980, 0x0101])
def test_the_transparent_grey_of_shallow_pngs_is_hole(tmp_path: Path, bits: int, transparent: int) -> None:
    values = np.arange(8) % 2**bits
    (tmp_path / "a.png").write_bytes(shallow_png(bits, values, transparent))
    samples = read_image(tmp_path / "a.png").samples
    assert samples[0, :, 0].tolist() == (values * (255 // (2**bits - 1))).tolist()
    np.testing.assert_array_equal(samples[0, :, 1] == 0, values == transparent % 2**bits)  # bits beyond do not count


@pytest.mark.parametrize("bits", [1, 8])
def test_a_png_that_says_twice_what_is_transparent_is_refused(tmp_path: Path, bits: int) -> None:
    (tmp_path / "a.png").write_bytes(shallow_png(bits, np.arange(8) % 2, 1, 0))
    with pytest.raises(ImageError, match=r"a\.png: .*two chunks tRNS"):
        read_image(tmp_path / "a.png")


def test_tiff_whose_zero_is_white_keeps_its_way(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    stored = make_samples("uint16", 1)[..., 0]
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="miniswhite")
    image = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.samples[..., 0], 65535 - stored)
    write_image(tmp_path / "b.tif", image)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        np.testing.assert_array_equal(file.pages.first.asarray(), stored)


def test_rgb_lies_in_0_to_1_in_every_depth(make_samples: Callable[..., Samples]) -> None:
    for depth in ("uint8", "uint16", "float32"):
        for channels in (1, 2, 3, 4):
            samples = make_samples(depth, channels)
            image = StoredImage(samples)
            rgb = image.rgb()
            assert rgb.shape == (13, 17, 3)
            assert rgb.dtype == np.float32
            expected = samples[..., :1] if channels < 3 else samples[..., :3]
            np.testing.assert_allclose(rgb, np.broadcast_to(expected / image.white(), (13, 17, 3)), atol=1e-6)
            alpha = image.alpha()
            assert (alpha is None) == (channels in (1, 3))
            assert alpha is None or 0 <= alpha.min() <= alpha.max() <= 1


def test_float_images_beyond_1_are_scaled_and_not_cut() -> None:
    samples = np.linspace(-5, 4000, 60, dtype=np.float32).reshape(4, 5, 3)
    samples[0, 0] = np.nan
    image = StoredImage(samples, ImageFormat.TIFF)
    rgb = image.rgb()
    assert (rgb.min(), rgb.max()) == (0, 1)
    assert image.white() == 4000
    mask = np.ones((4, 5), bool)
    mask[0, 0] = False
    filled = image.with_holes_filled(np.full((4, 5, 3), 0.25, np.float32), mask)
    low = samples[mask].min()
    np.testing.assert_allclose(filled.samples[0, 0], low + (4000 - low) / 4, rtol=1e-6)
    np.testing.assert_array_equal(filled.samples[mask], samples[mask])


def test_a_fill_is_rounded_clamped_and_weighed_to_grey(square_mask: NDArray[np.bool_]) -> None:
    fill = np.zeros((13, 17, 3), np.float32)
    fill[...] = (1.7, 100.6 / 255, -3)
    rgb = StoredImage(np.zeros((13, 17, 3), np.uint8)).with_holes_filled(fill, square_mask)
    assert set(map(tuple, rgb.samples[~square_mask].tolist())) == {(255, 101, 0)}
    fill[...] = (1, 0, 0)
    grey = StoredImage(np.zeros((13, 17, 1), np.uint8)).with_holes_filled(fill, square_mask)
    assert np.unique(grey.samples[~square_mask]).tolist() == [76]  # 0.299 * 255


def test_alpha_becomes_opaque_only_where_asked(square_mask: NDArray[np.bool_]) -> None:
    for depth, top in (("uint8", 255), ("uint16", 65535), ("float32", 1)):
        image = StoredImage(np.zeros((13, 17, 4), depth))
        fill = np.ones((13, 17, 3), np.float32)
        assert not image.with_holes_filled(fill, square_mask).samples[..., 3].any()
        alpha = image.with_holes_filled(fill, square_mask, opaque=True).samples[..., 3]
        assert (alpha[~square_mask] == top).all()
        assert not alpha[square_mask].any()


def test_a_fill_that_is_no_number_is_never_written(square_mask: NDArray[np.bool_]) -> None:
    fill = np.full((13, 17, 3), np.nan, np.float32)
    image = StoredImage(np.zeros((13, 17, 3), np.uint8))
    with pytest.raises(ValueError, match="not finite"):
        image.with_holes_filled(fill, square_mask)
    with pytest.raises(ValueError, match="its mask"):
        image.with_holes_filled(fill, square_mask.T)


@pytest.mark.parametrize(
    ("kind", "depth", "channels"),
    [("png", "float32", 3), ("jpeg", "uint16", 3), ("jpeg", "uint8", 4), ("webp", "uint16", 1), ("bmp", "uint16", 3)],
)
def test_formats_refuse_what_they_cannot_hold(
    tmp_path: Path, make_samples: Callable[..., Samples], kind: str, depth: str, channels: int
) -> None:
    image = StoredImage(make_samples(depth, channels), ImageFormat.TIFF).to_format(ImageFormat(kind))
    with pytest.raises(ImageError, match=f"{kind} cannot hold .*; write "):
        write_image(tmp_path / "x", image)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "most"), [("jpeg", 65_500), ("webp", 16_383), ("png", 1_000_000)])
def test_formats_refuse_sides_that_their_encoders_do_not_write(tmp_path: Path, kind: str, most: int) -> None:
    for length in (most, most + 1):
        image = StoredImage(np.zeros((1, length, 1), np.uint8), ImageFormat(kind))
        if length == most:
            write_image(tmp_path / "x", image)
            assert read_image(tmp_path / "x").size == (1, most)
            continue
        with pytest.raises(ImageError, match=f"{kind} cannot hold a side of {length} pixels; write tiff"):
            write_image(tmp_path / "y", image)


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), "red").save(tmp_path / "a.png", format="JPEG")
    assert read_image(tmp_path / "a.png").format is ImageFormat.JPEG


def test_write_rgb_writes_png(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (1, 1, 3), np.uint8)
    write_rgb(tmp_path / "a.png", rgb)
    image = read_image(tmp_path / "a.png")
    assert image.format is ImageFormat.PNG
    np.testing.assert_array_equal(image.samples, rgb)
