"""What is written, by decoders that did not write it; and encoders that fail, which must leave nothing."""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import OutputError
from pconv_cli.files import readback
from pconv_cli.files.codecs import png
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import StoredImage, read_image, write_image
from pconv_cli.files.masks.codec import read_mask, write_mask, write_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.writer import write_scan

TOPS = {"uint8": 255, "uint16": 65535, "float32": 1}
LOSSLESS = [
    *((ImageFormat.PNG, depth, channels) for depth in ("uint8", "uint16") for channels in (1, 2, 3, 4)),
    *((ImageFormat.TIFF, depth, channels) for depth in ("uint8", "uint16", "float32") for channels in (1, 2, 3, 4)),
    *((ImageFormat.WEBP, "uint8", channels) for channels in (3, 4)),
    *((ImageFormat.BMP, "uint8", channels) for channels in (1, 3, 4)),
]
LAYOUTS: list[dict[str, Any]] = [
    {},
    {"compression": tifffile.COMPRESSION.NONE, "predictor": None},
    {"compression": tifffile.COMPRESSION.LZW, "predictor": True, "order": ">"},
    {"compression": tifffile.COMPRESSION.PACKBITS, "predictor": None, "apart": True},
    {"compression": tifffile.COMPRESSION.ZSTD, "predictor": True, "tile": (16, 32), "big": True},
    {"compression": tifffile.COMPRESSION.LZMA, "predictor": None, "tile": (32, 16), "apart": True, "order": ">"},
]


def noise(depth: str, size: tuple[int, int], channels: int, seed: int = 0, least: float = 0) -> Samples:
    """Samples in the upper part of their range, of which ``least`` is left out."""
    rng = np.random.default_rng(seed)
    return ((least + (1 - least) * rng.random((*size, channels))) * TOPS[depth]).astype(depth)


def by_others(path: Path, kind: ImageFormat, shape: tuple[int, ...]) -> Samples | None:
    """Decode a file by Pillow or OpenCV, whichever is not the encoder; None where neither can."""
    channels = shape[2]
    if kind is ImageFormat.TIFF:
        return tiff_by_others(path, shape)
    if kind is ImageFormat.BMP or (kind is ImageFormat.PNG and png_bits(path) == 8):
        return np.asarray(Image.open(path)).reshape(shape)
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    if channels < 3:
        return found.reshape(*shape[:2], -1)[:, :, [0] if channels == 1 else [0, 3]]
    if found.shape[2] < channels:  # alpha that is opaque everywhere
        found = np.dstack([found, np.full(shape[:2], np.iinfo(found.dtype).max, found.dtype)])
    return found[:, :, [2, 1, 0, 3][:channels]]


def tiff_by_others(path: Path, shape: tuple[int, ...]) -> Samples | None:
    """A TIFF by libtiff, in Pillow where that knows the kind, else in OpenCV; tifffile wrote it."""
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        packed, bits, apart = page.compression, page.bitspersample, page.planarconfig == 2 and shape[2] > 1
    if bits == 8 and not (apart and shape[2] == 2):
        return np.asarray(Image.open(path)).reshape(shape)
    known = (tifffile.COMPRESSION.NONE, tifffile.COMPRESSION.LZW, tifffile.COMPRESSION.ADOBE_DEFLATE)
    if apart or packed not in known or shape[2] == 2:
        return None
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    found = found.reshape(*shape[:2], -1)
    return found if shape[2] == 1 else found[:, :, [2, 1, 0, 3][: shape[2]]]


def png_bits(path: Path) -> int:
    return path.read_bytes()[24]


@pytest.mark.parametrize(("kind", "depth", "channels"), LOSSLESS)
@settings(max_examples=30)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99), layout=st.sampled_from(LAYOUTS))
def test_other_decoders_find_the_samples_of_tiny_images(
    kind: ImageFormat, depth: str, channels: int, height: int, width: int, seed: int, layout: dict[str, Any]
) -> None:
    samples = noise(depth, (height, width), channels, seed)
    metadata = Metadata(own=layout) if kind is ImageFormat.TIFF else Metadata()
    with TemporaryDirectory() as folder:
        path = Path(folder, f"a.{kind}")
        write_image(path, StoredImage(samples, kind, metadata))
        np.testing.assert_array_equal(read_image(path).samples, samples)
        found = by_others(path, kind, samples.shape)
        if found is not None:
            np.testing.assert_array_equal(found, samples)


@given(height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3]), seed=st.integers(0, 99))
def test_other_decoders_find_tiny_jpegs(height: int, width: int, channels: int, seed: int) -> None:
    samples = noise("uint8", (height, width), channels, seed)
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jpg")
        write_image(path, StoredImage(samples, ImageFormat.JPEG))
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    found = found.reshape(height, width, channels)[:, :, ::-1]
    assert np.abs(found.astype(int) - samples).mean() < 8  # noise is the worst there is


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_narrow_noise_is_written_whole(tmp_path: Path, depth: str, channels: int, width: int) -> None:
    samples = noise(depth, (3000, width), channels)
    write_image(tmp_path / "a.png", StoredImage(samples))
    np.testing.assert_array_equal(by_others(tmp_path / "a.png", ImageFormat.PNG, samples.shape), samples)


@given(
    height=st.integers(1, 40), width=st.integers(1, 40), channels=st.sampled_from([1, 3]), seed=st.integers(0, 99),
    quality=st.integers(1, 100), subsampling=st.integers(0, 2), progressive=st.booleans(),
)  # fmt: skip
def test_no_true_jpeg_is_refused(
    height: int, width: int, channels: int, seed: int, quality: int, subsampling: int, progressive: bool
) -> None:
    file = io.BytesIO()
    samples = noise("uint8", (height, width), channels, seed)
    samples = np.where(samples > 127, 255, 0).astype(np.uint8) if seed % 2 else samples  # the worst to clip
    image = Image.fromarray(samples[:, :, 0] if channels == 1 else samples)
    image.save(file, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive)
    readback._check_jpeg(file.getvalue(), samples)


def cut(encode: Callable[..., bytes], last: int) -> Callable[..., bytes]:
    """An encoder that leaves out its last bytes."""
    return lambda *given, **named: bytes(encode(*given, **named))[:-last]


def other_sample(encode: Callable[..., bytes], place: tuple[int, ...]) -> Callable[..., bytes]:
    """An encoder that gets one sample wrong by a quarter of its range: a whole file, of another image."""

    def encode_other(samples: NDArray[Any], *given: Any, **named: Any) -> bytes:
        samples = samples.copy()
        top = 1 if samples.dtype == np.float32 else np.iinfo(samples.dtype).max
        samples[place] = samples[place] - samples.dtype.type(top // 4 or 0.25)
        return encode(samples, *given, **named)

    return encode_other


FAULTS: dict[str, Callable[[Callable[..., bytes]], Callable[..., bytes]]] = {
    "cut by 1": lambda encode: cut(encode, 1),
    "cut by 12": lambda encode: cut(encode, 12),
    "cut in half": lambda encode: lambda *given, **named: (data := encode(*given, **named))[: len(data) // 2],
    "last sample": lambda encode: other_sample(encode, (-1, -1, -1)),
    "some sample": lambda encode: other_sample(encode, (70, 3, 0)),
    "other size": lambda encode: lambda samples, *given, **named: encode(samples[:-1], *given, **named),
    "other depth": lambda encode: (
        lambda samples, *given, **named: encode(
            (samples >> 8 if samples.dtype == np.uint16 else samples // 2).astype(np.uint8), *given, **named
        )
    ),
    "nothing": lambda encode: lambda *given, **named: b"",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("kind", "depth", "channels"), LOSSLESS)
def test_an_encoder_that_errs_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: ImageFormat, depth: str, channels: int, fault: str
) -> None:
    from pconv_cli.files.codecs import photo
    from pconv_cli.files.tiff import samples as tiff

    module: Any = {ImageFormat.PNG: png, ImageFormat.TIFF: tiff}.get(kind, photo)
    samples = noise(depth, (75, 20), channels, least=0.5)
    write_image(tmp_path / "a", StoredImage(samples, kind))
    before = (tmp_path / "a").read_bytes()
    monkeypatch.setattr(module, "encode", FAULTS[fault](module.encode))
    with pytest.raises(OutputError, match=r"a: not written, since .* does not read back .*; write another format"):
        write_image(tmp_path / "a", StoredImage(samples, kind))
    assert (tmp_path / "a").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_errs_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int, progressive: bool
) -> None:
    from pconv_cli.files.codecs import photo

    samples = np.broadcast_to(np.linspace(0, 250, 40)[:, None, None], (40, 50, channels)).astype(np.uint8)
    image = StoredImage(samples, ImageFormat.JPEG, Metadata(own={"progressive": progressive}))
    write_image(tmp_path / "a.jpg", image)
    encode: Any = photo.encode
    darker = lambda samples, *rest: encode(np.concatenate([samples[:-8], samples[-8:] // 2]), *rest)  # noqa: E731
    lost = lambda *given: (data := encode(*given))[: -len(data) // 4] + b"\xff\xd9"  # noqa: E731
    faults = [cut(encode, 1), cut(encode, 2), darker, FAULTS["other size"](encode), FAULTS["nothing"](encode)]
    for fault in faults if progressive else [*faults, lost]:  # what ends a progressive one early is fine detail
        monkeypatch.setattr(photo, "encode", fault)
        with pytest.raises(OutputError, match="does not read back"):
            write_image(tmp_path / "b.jpg", image)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def test_an_encoder_that_raises_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **named: Any) -> bytes:
        raise imagecodecs.PngError("png_write_data_fn", "output stream too small")

    monkeypatch.setattr(imagecodecs, "png_encode", fail)
    with pytest.raises(OutputError, match=r"a.png: not written, since what the encoder made .* \(.*too small.*\)"):
        write_image(tmp_path / "a.png", StoredImage(noise("uint8", (5, 5), 1)))


def test_images_too_large_for_opencv_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readback, "_OPENCV_PIXELS", 10)
    monkeypatch.setattr(cv2, "imdecode", None)
    samples = noise("uint16", (300, 7), 3)
    write_image(tmp_path / "a.png", StoredImage(samples))
    encode = png.encode
    monkeypatch.setattr(png, "encode", lambda samples, metadata: encode(samples[1:], metadata))
    with pytest.raises(OutputError, match="too few samples"):
        write_image(tmp_path / "a.png", StoredImage(samples))


@pytest.mark.parametrize("packed", [False, True])
def test_masks_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    mask = np.ones((600, 700), bool)
    mask[590:, 650:] = False

    def write(path: Path) -> None:
        if packed:
            write_packed_mask(path, PackedMask.of(mask))
        else:
            write_mask(path, mask)

    write(tmp_path / "a")
    np.testing.assert_array_equal(read_mask(tmp_path / "a"), mask)
    if packed:
        monkeypatch.setattr(
            "pconv_cli.files.masks.codec._tiles", lambda mask: iter([np.zeros((512, 512), np.uint8)] * 4)
        )
    else:
        monkeypatch.setattr(imagecodecs, "png_encode", other_sample(imagecodecs.png_encode, (-1, -1)))
    with pytest.raises(OutputError, match="does not read back"):
        write(tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("fault", ["other samples", "other bytes", "cut"])
@pytest.mark.parametrize("compression", ["deflate", "lzw", "zstd", "packbits"])
def test_scans_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str, fault: str) -> None:
    samples = noise("uint8", (64, 64), 3)
    tifffile.imwrite(
        tmp_path / "a.tif", samples, photometric="rgb", tile=(16, 16), metadata=None,
        compression=compression, predictor=compression in ("deflate", "lzw") or None,
    )  # fmt: skip
    changed = np.zeros(16, bool)
    changed[5] = True

    def write(target: str) -> None:
        with Scan(tmp_path / "a.tif") as scan:
            write_scan(scan, tmp_path / target, changed, lambda number: scan.decode(scan.segments[number]) // 2)

    write("b.tif")
    samples[16:32, 16:32] //= 2
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), samples)
    if fault == "other samples":
        number = {"deflate": 32946, "lzw": 5, "zstd": 50000, "packbits": 32773}[compression]
        encode = tifffile.TIFF.COMPRESSORS[number]
        wrong = dict(tifffile.TIFF.COMPRESSORS) | {number: lambda data: encode(data[:-1] + b"\x55")}
        monkeypatch.setattr(tifffile.TIFF, "COMPRESSORS", wrong)
    else:
        from pconv_cli.files.tiff import writer as scan_writer

        find = scan_writer._check

        def harm(file: Any, *rest: Any) -> None:  # what the disk did to it, before it is looked at
            with Path(file.name).open("r+b") as other:
                place = rest[-1].encoded[0].place
                if fault == "cut":
                    other.truncate(place + 1)
                else:
                    other.seek(place + 3)
                    byte = other.read(1)
                    other.seek(place + 3)
                    other.write(bytes([byte[0] ^ 1]))
            find(file, *rest)

        monkeypatch.setattr(scan_writer, "_check", harm)
    with pytest.raises(OutputError, match=r"c\.tif: not written"):
        write("c.tif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_a_png_without_its_checksums_is_reported(tmp_path: Path) -> None:
    data = png.encode(noise("uint8", (5, 5), 1), Metadata())
    png.check_chunks(data)
    for place in range(8, len(data)):
        broken = data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :]
        with pytest.raises(ValueError, match=r"damaged|missing"):
            png.check_chunks(broken)


def test_a_profile_that_libpng_dislikes_is_not_remarked_upon(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    samples = noise("uint8", (5, 6), 3)
    write_image(tmp_path / "a.png", StoredImage(samples, metadata=Metadata(icc=bytes(range(200)), exif=b"II*")))
    assert capfd.readouterr().err == ""
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), samples)
