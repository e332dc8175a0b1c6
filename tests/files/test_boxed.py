"""JPEG 2000, JPEG XL and AVIF: every depth and number of channels, what stands beside samples, and what is refused."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pconv_cli.errors import ImageError, OutputError
from pconv_cli.files.codecs.boxed import boxes, codestream, jxl_colours, jxl_header
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import StoredImage, read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.metadata.carried import FURTHER, Metadata, Samples
from pconv_cli.files.metadata.ifd import build_exif

JP2, J2K, JXL, AVIF = ImageFormat.JP2, ImageFormat.J2K, ImageFormat.JXL, ImageFormat.AVIF
WHOLE = [(kind, bits) for kind in (JP2, J2K, JXL) for bits in (8, 9, 10, 12, 14, 16)] + [
    (AVIF, 8),
    (AVIF, 10),
    (AVIF, 12),
]
EXIF = build_exif("<", {0x010F: (2, 8, b"pconv 7\0"), 0x0112: (3, 1, b"\x01\0")}, {})
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- kept --></x:xmpmeta>'
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(bits: int, channels: int, size: tuple[int, int] = (23, 37)) -> Samples:
    rng = np.random.default_rng(bits * 10 + channels)
    return rng.integers(0, 2**bits, (*size, channels)).astype(np.uint8 if bits <= 8 else np.uint16)


def found_by_others(data: bytes, kind: ImageFormat, channels: int) -> NDArray[Any] | None:
    """By OpenCV, which brings OpenJPEG and libavif of its own; None where it does not read the kind."""
    if kind is JXL or channels == 2:
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found[:, :, np.newaxis] if channels == 1 else found[:, :, [2, 1, 0, 3][:channels]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("kind", "bits"), WHOLE)
def test_samples_stay_in_every_depth_and_known_ones_after_a_fill(
    tmp_path: Path, kind: ImageFormat, bits: int, channels: int
) -> None:
    path, samples, mask = tmp_path / f"a.{kind}", noise(bits, channels), np.ones((23, 37), bool)
    mask[4:9, 5:30] = False
    own = bits if bits not in (8, 16) else 0
    write_image(path, StoredImage(samples, kind, bits=own))
    image = read_image(path)
    assert (image.format, image.bits, image.depth, image.notes) == (kind, own, bits, ())
    assert read_header(path).has_alpha == (channels in (2, 4))
    np.testing.assert_array_equal(image.samples, samples)
    if kind is not J2K:  # OpenCV remarks on bare codestreams on the terminal
        found = found_by_others(path.read_bytes(), kind, channels)
        if found is not None:
            np.testing.assert_array_equal(found, samples)

    filled = image.with_holes_filled(np.ones((23, 37, 3), np.float32), mask, opaque=True)
    write_image(path, filled)
    again = read_image(path).samples
    np.testing.assert_array_equal(again[mask], samples[mask])
    assert (again[~mask] == 2**bits - 1).all()  # in the file's own scale, alpha too


def test_jpeg_xl_keeps_floats_and_says_srgb(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    for channels in (1, 2, 3, 4):
        samples = make_samples("float32", channels)
        write_image(tmp_path / "a.jxl", StoredImage(samples, JXL))
        np.testing.assert_array_equal(read_image(tmp_path / "a.jxl").samples, samples)
        (box,) = [b for b in boxes.walk((tmp_path / "a.jxl").read_bytes()) if b.kind == b"jxlc"]
        said = jxl_header.read((tmp_path / "a.jxl").read_bytes()[box.content : box.end])
        assert (said.colours, said.lossy, said.is_grey) == ("sRGB", False, channels < 3)


@pytest.mark.parametrize("kind", [JP2, JXL, AVIF])
@pytest.mark.parametrize("bits", [8, 12])
def test_profile_exif_and_xmp_stay(tmp_path: Path, kind: ImageFormat, bits: int) -> None:
    icc = ICC if kind is not JXL else None  # see below
    metadata = Metadata(icc=icc, exif=EXIF, xmp=XMP)
    write_image(tmp_path / "a", StoredImage(noise(bits, 3), kind, metadata, bits=bits % 8 and bits))
    for _ in range(2):  # from another format, and from its own
        image = read_image(tmp_path / "a")
        found = image.metadata
        assert (found.icc, found.exif, found.xmp, image.notes) == (icc, EXIF, XMP, ())
        write_image(tmp_path / "a", image)
    np.testing.assert_array_equal(read_image(tmp_path / "a").samples, noise(bits, 3))


@pytest.mark.parametrize(("bits", "channels"), [(8, 3), (8, 4), (10, 4)])
def test_avif_with_xmp_alone_of_any_length_is_written(tmp_path: Path, bits: int, channels: int) -> None:
    """OpenCV does not know the format where metadata begins near the end of the first 500 bytes."""
    for length in (0, 50, 1000):
        xmp = XMP.replace(b"kept", b"k" * length)
        stored = StoredImage(noise(bits, channels), AVIF, Metadata(xmp=xmp), bits=bits % 8 and bits)
        write_image(tmp_path / "a.avif", stored)
        image = read_image(tmp_path / "a.avif")
        np.testing.assert_array_equal(image.samples, noise(bits, channels))
        assert image.metadata.xmp == xmp


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_says_exif_orientations_as_properties(tmp_path: Path, orientation: int) -> None:
    exif = build_exif("<", {0x0112: (3, 1, bytes([orientation, 0]))}, {})
    write_image(tmp_path / "a.avif", StoredImage(noise(8, 4), AVIF, Metadata(icc=ICC, exif=exif, xmp=XMP)))
    with Image.open(tmp_path / "a.avif") as image:  # by libavif of Pillow's
        assert image.getexif().get(0x0112, 1) == orientation
        assert (image.info["icc_profile"], image.info["xmp"]) == (ICC, XMP)
        np.testing.assert_array_equal(np.asarray(image), noise(8, 4))
    assert read_header(tmp_path / "a.avif").orientation == orientation
    stored = read_image(tmp_path / "a.avif")
    assert stored.metadata.orientation == orientation
    assert stored.size == (23, 37)


def test_jp2_keeps_resolution_and_boxes_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    write_image(path, StoredImage(noise(8, 3), JP2, Metadata(icc=ICC, dpi=(300.0, 600.0))))
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((300, 600), rel=1e-3)
    data = path.read_bytes()
    geo = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03") + b"any bytes at all"
    stream = boxes.first(data, b"jp2c")
    assert stream is not None
    path.write_bytes(
        data[: stream.start] + boxes.framed(b"uuid", geo) + boxes.framed(b"xml ", b"<a/>") + data[stream.start :]
    )
    before = {box.kind: path.read_bytes()[box.content : box.end] for box in boxes.walk(path.read_bytes())}
    write_image(path, read_image(path))
    after = {box.kind: path.read_bytes()[box.content : box.end] for box in boxes.walk(path.read_bytes())}
    assert after == before  # the codestream too: it is the same encoder's
    assert read_image(path).metadata.dpi == pytest.approx((300, 600), rel=1e-3)


@pytest.mark.parametrize("dpi", [(72.0, 72.0), (0.01, 9.9), (1200.5, 65535.0)])
def test_resolutions_of_jp2_are_right_to_four_digits(tmp_path: Path, dpi: tuple[float, float]) -> None:
    write_image(tmp_path / "a", StoredImage(noise(8, 1), JP2, Metadata(dpi=dpi)))
    assert read_image(tmp_path / "a").metadata.dpi == pytest.approx(dpi, rel=2e-4)


def test_a_fourth_channel_that_is_no_alpha_stays_one(tmp_path: Path) -> None:
    further = noise(8, 1)
    write_image(tmp_path / "a", StoredImage(noise(8, 3), JP2, Metadata(own={FURTHER: further})))
    assert not read_header(tmp_path / "a").has_alpha
    image = read_image(tmp_path / "a")
    assert image.samples.shape[2] == 3
    write_image(tmp_path / "b", image)
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode((tmp_path / "b").read_bytes())[:, :, 3:], further)


def test_small_and_narrow_images_are_written(tmp_path: Path) -> None:
    for size in ((1, 1), (1, 40), (33, 2), (5, 64)):
        for kind in (JP2, J2K, JXL, AVIF):
            samples = noise(8, 3, size)
            write_image(tmp_path / "a", StoredImage(samples, kind))
            np.testing.assert_array_equal(read_image(tmp_path / "a").samples, samples)


def test_twelve_bits_spread_over_sixteen_where_a_format_has_no_twelve(tmp_path: Path) -> None:
    samples = noise(12, 4)
    write_image(tmp_path / "a.png", StoredImage(samples, JP2, bits=12).to_format(ImageFormat.PNG))
    written = read_image(tmp_path / "a.png").samples
    np.testing.assert_array_equal(written, np.rint(samples / 4095 * 65535))
    assert StoredImage(samples, JP2, bits=12).to_format(ImageFormat.PNG).notes == ("its 12 bits are spread over 16",)
    assert StoredImage(samples, JP2, bits=12).to_format(JXL).bits == 12
    with pytest.raises(ImageError, match="avif cannot hold samples of 16 bits"):
        write_image(tmp_path / "a.avif", StoredImage(noise(16, 3), AVIF))


def test_masks_of_ten_bits_are_black_and_white(tmp_path: Path) -> None:
    hole = np.zeros((23, 37, 1), np.uint16)
    hole[3:9] = 1023
    for kind in (JP2, JXL, AVIF):
        write_image(tmp_path / "m", StoredImage(hole, kind, bits=10))
        np.testing.assert_array_equal(read_mask(tmp_path / "m"), hole[:, :, 0] == 0)


def jp2_of(stream: bytes, *, space: int = 16, channels: int = 3, further: bytes = b"") -> bytes:
    """A JP2 whose boxes say what they are asked to."""
    header = boxes.framed(b"ihdr", struct.pack(">IIH4B", 23, 37, channels, 7, 7, 0, 0))
    header += boxes.framed(b"colr", b"\x01\0\0" + struct.pack(">I", space)) + further
    return b"".join([
        boxes.framed(b"jP  ", b"\r\n\x87\n"),
        boxes.framed(b"ftyp", b"jp2 \0\0\0\0jp2 "),
        boxes.framed(b"jp2h", header),
        boxes.framed(b"jp2c", stream),
    ])  # fmt: skip


def stream_of(samples: Samples, **options: Any) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(samples, codecformat="j2k", **{"reversible": True, "resolutions": 3} | options)
    )


def test_lossy_and_tiled_jpeg_2000_is_mentioned(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jp2", irreversible=True, quality_layers=[20], quality_mode="rates")
    (lossy,) = read_image(tmp_path / "a.jp2").notes
    assert lossy == "compressed with loss: written without any, as it was decoded"
    Image.fromarray(smooth).save(tmp_path / "b.jp2", tile_size=(32, 32))
    assert read_image(tmp_path / "b.jp2").notes == ("its tiles of 32x32 are written as one",)


def test_palettes_become_rgb(tmp_path: Path) -> None:
    indices, table = noise(4, 1)[:, :, 0], noise(8, 3, (1, 16))[0]
    further = boxes.framed(b"pclr", struct.pack(">HB3B", 16, 3, 7, 7, 7) + table.tobytes())
    further += boxes.framed(b"cmap", bytes((0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2)))
    (tmp_path / "a.jp2").write_bytes(jp2_of(stream_of(indices), channels=1, further=further))
    stored = read_image(tmp_path / "a.jp2")
    with Image.open(tmp_path / "a.jp2") as image:
        np.testing.assert_array_equal(stored.samples, np.asarray(image.convert("RGB")))
    assert stored.notes == ("the palette is expanded: written as RGB",)
    write_image(tmp_path / "b.jp2", stored)
    np.testing.assert_array_equal(read_image(tmp_path / "b.jp2").samples, stored.samples)
    (tmp_path / "c.jp2").write_bytes(jp2_of(stream_of(indices + np.uint8(1)), channels=1, further=further))
    with pytest.raises(ImageError, match="its palette has too few entries"):
        read_image(tmp_path / "c.jp2")


def defined(*channels: tuple[int, int, int]) -> bytes:
    """Channel definitions: number, meaning and association of each."""
    packed = b"".join(struct.pack(">3H", *each) for each in channels)
    return boxes.framed(b"cdef", struct.pack(">H", len(channels)) + packed)


BGR = defined((0, 0, 3), (1, 0, 2), (2, 0, 1))
ARGB = defined((0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3))


def signed(stream: bytes) -> bytes:
    return stream[:42] + bytes([stream[42] | 0x80]) + stream[43:]


def subsampled(stream: bytes) -> bytes:
    return stream[:46] + b"\x02\x02" + stream[48:]


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut.jp2": (lambda: jp2_of(stream_of(noise(8, 3)))[:-300], "longer than the file: it is cut short"),
    "cut.j2k": (lambda: stream_of(noise(8, 3))[:-300], "its codestream is cut short"),
    "cmyk.jp2": (lambda: jp2_of(stream_of(noise(8, 4), mct=False), space=12, channels=4), "is a CMYK image"),
    "sycc.jp2": (lambda: jp2_of(stream_of(noise(8, 3)), space=18), "is in colour space 18 of JPEG 2000"),
    "grey.jp2": (lambda: jp2_of(stream_of(noise(8, 3)), space=17), "is in colour space 17 of JPEG 2000"),
    "bgr.jp2": (lambda: jp2_of(stream_of(noise(8, 3)), further=BGR), "its channels in another order than red"),
    "argb.jp2": (lambda: jp2_of(stream_of(noise(8, 4)), channels=4, further=ARGB), "in another order than red"),
    "signed.j2k": (lambda: signed(stream_of(noise(8, 3))), "has components of signed 8, 8 bits|signed 8 bits"),
    "subsampled.j2k": (lambda: subsampled(stream_of(noise(8, 3))), "has components of fewer samples than pixels"),
    "empty.jxl": (lambda: b"\xff\x0a", "its header is cut short"),
    "cut.jxl": (lambda: bytes(imagecodecs.jpegxl_encode(noise(8, 3), lossless=True))[:-400], "damaged or incomplete"),
    "moving.jxl": (lambda: bytes(imagecodecs.jpegxl_encode(np.stack([noise(8, 3)] * 2), lossless=True)), "animated"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_restored_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(ImageError, match=words) as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_animated_avif_is_refused_and_lossy_mentioned(tmp_path: Path) -> None:
    frames = [Image.fromarray(noise(8, 3)), Image.fromarray(noise(8, 3)[::-1].copy())]
    frames[0].save(tmp_path / "a.avif", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="is an animated AVIF"):
        read_image(tmp_path / "a.avif")
    frames[0].save(tmp_path / "b.avif", quality=60)
    assert read_image(tmp_path / "b.avif").notes == ("compressed with loss: written without any, as it was decoded",)


def test_no_byte_of_a_jpeg_2000_may_be_missing(tmp_path: Path) -> None:
    stream = stream_of(noise(8, 1)[:, :, 0])
    codestream.check_whole(stream)
    for length in range(2, len(stream)):
        with pytest.raises((ValueError, struct.error)):
            codestream.check_whole(stream[:length])


def test_wrong_samples_of_avif_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = imagecodecs.avif_encode
    monkeypatch.setattr(imagecodecs, "avif_encode", lambda samples, **options: encode(samples ^ 1, **options))
    for bits in (8, 10):
        for channels in (1, 2, 3, 4):
            stored = StoredImage(noise(bits, channels), AVIF, Metadata(xmp=XMP), bits=bits % 8 and bits)
            with pytest.raises(OutputError, match="does not read back"):
                write_image(tmp_path / "a", stored)


def test_other_channels_than_written_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = imagecodecs.jpeg2k_encode

    def wrong(samples: Samples, **options: Any) -> bytes:
        broken = samples.copy()
        broken[3, 3] ^= 1
        return bytes(encode(broken, **options))

    monkeypatch.setattr(imagecodecs, "jpeg2k_encode", wrong)
    for kind in (JP2, J2K):
        for channels in (1, 2, 3, 4):
            with pytest.raises(OutputError, match="does not read back"):
                write_image(tmp_path / "a", StoredImage(noise(8, channels), kind))
    assert list(tmp_path.iterdir()) == []


def oriented(stream: bytes, orientation: int) -> bytes:
    """A JPEG XL codestream of 10 bits whose header asks for a turn."""
    fields = jxl_header.read_fields(stream)
    reader, packed, size = jxl_header.BitReader(stream[2:]), 0, 0
    fields_of_colours = fields.colours_end - SIZE_BITS - 2
    put = [(reader.take(SIZE_BITS), SIZE_BITS), (reader.take(2) | 0b10, 2), (orientation - 1, 3), (0, 3)]
    put += [(reader.take(fields_of_colours), fields_of_colours), (1, 1)]  # brightness as usual
    put += [(reader.take(fields.end - fields.colours_end), fields.end - fields.colours_end)]
    for number, bits in put:
        packed |= number << size
        size += bits
    return stream[:2] + packed.to_bytes(-(-size // 8), "little") + stream[2 + -(-fields.end // 8) :]


SIZE_BITS = 1 + 2 + 9 + 3 + 2 + 9


def test_jpeg_xl_is_read_as_it_is_shown(tmp_path: Path) -> None:
    samples = noise(10, 3)
    stream = bytes(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=10, usecontainer=False))
    exif = build_exif("<", {0x0112: (3, 1, b"\x06\0")}, {})
    framed = [boxes.framed(b"JXL ", b"\r\n\x87\n"), boxes.framed(b"ftyp", b"jxl \0\0\0\0jxl ")]
    framed += [boxes.framed(b"Exif", bytes(4) + exif), boxes.framed(b"jxlc", oriented(stream, 6))]
    (tmp_path / "a.jxl").write_bytes(b"".join(framed))
    assert read_header(tmp_path / "a.jxl").size == (37, 23)
    image = read_image(tmp_path / "a.jxl")
    np.testing.assert_array_equal(image.samples, np.rot90(samples, -1))
    assert image.metadata.orientation == 1  # or it would be turned twice


def test_a_profile_is_packed_as_libjxl_unpacks_it(tmp_path: Path) -> None:
    """Decoders read the profile to find the samples behind it: one wrong bit, and they are lost."""
    longer = (len(ICC) + 256 * 300).to_bytes(4, "big") + ICC[4:] + bytes(range(256)) * 300
    for channels, icc in ((3, ICC), (4, ICC), (3, longer)):
        samples = noise(10, channels)
        stream = bytes(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=10, usecontainer=False))
        packed = jxl_colours.with_colours(stream, jxl_colours.of_srgb(grey=False), icc)
        np.testing.assert_array_equal(imagecodecs.jpegxl_decode(packed), samples)
        assert jxl_header.read(packed).colours == "profile"


def test_profiles_of_jpeg_xl_are_read_by_the_plugin(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jxl", StoredImage(noise(12, 3), JXL, Metadata(icc=ICC), bits=12))
    try:
        import pillow_jxl  # noqa: F401
    except ImportError:
        with pytest.raises(ImageError, match="need the package pillow-jxl-plugin; pip install"):
            read_image(tmp_path / "a.jxl")
        return
    assert read_image(tmp_path / "a.jxl").metadata.icc == ICC


def test_packed_boxes_of_jpeg_xl_are_unpacked(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jxl", StoredImage(noise(8, 3), JXL, Metadata(xmp=XMP)))
    data = (tmp_path / "a.jxl").read_bytes()
    packed = boxes.framed(b"brob", b"xml " + bytes(imagecodecs.brotli_encode(XMP)))
    (tmp_path / "b.jxl").write_bytes(data.replace(boxes.framed(b"xml ", XMP), packed))
    assert read_image(tmp_path / "b.jxl").metadata.xmp == XMP
