"""Encoders that err, which must leave nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from pconv_cli.errors import OutputError
from pconv_cli.files.codecs import png
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import read_mask, write_mask, write_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

from .written import LOSSLESS, noise


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
    # The TIFF encoder is still asked for the bits of the depth that the fault took away, and refuses.
    refuses = kind is ImageFormat.TIFF and fault == "other depth" and depth != "uint8"
    said = "its encoder failed" if refuses else ".* does not read back"
    with pytest.raises(OutputError, match=rf"a: not written, since {said} .*; write another format"):
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
    with pytest.raises(OutputError, match=r"a.png: not written, since its encoder failed \(.*too small.*\); write"):
        write_image(tmp_path / "a.png", StoredImage(noise("uint8", (5, 5), 1)))


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
        from pconv_cli.files.tiff.rewriting import writer as scan_writer

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
