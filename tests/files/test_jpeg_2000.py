"""JPEG 2000: boxes, palettes, resolutions, and what cannot be restored."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.boxed import boxes, codestream
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.stored import StoredImage

from .boxed_samples import ICC, JP2, noise


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
    assert lossy == "compressed with loss: written without loss, as decoded"
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
    turned = further.replace(bytes((0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2)), bytes((0, 0, 1, 2, 0, 0, 1, 1, 0, 0, 1, 0)))
    (tmp_path / "d.jp2").write_bytes(jp2_of(stream_of(indices), channels=1, further=turned))
    with pytest.raises(ImageError, match="a palette whose colours are in another order than red, green, blue"):
        read_image(tmp_path / "d.jp2")


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


def test_no_byte_of_a_jpeg_2000_may_be_missing(tmp_path: Path) -> None:
    stream = stream_of(noise(8, 1)[:, :, 0])
    codestream.check_whole(stream)
    for length in range(2, len(stream)):
        with pytest.raises((ValueError, struct.error)):
            codestream.check_whole(stream[:length])
