"""PSD and PSB: the flattened image, its transparency, and what is refused."""

import struct
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image

from .psd_files import ICC, RNG, planes_of, psd


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


def with_row(row: bytes) -> bytes:
    """A grey file of 19 rows, whose first one is packed as given."""
    whole, packed = psd(np.zeros((1, 19, 27), np.uint8), 1), bytes(imagecodecs.packbits_encode(bytes(27)))
    lengths, rows = struct.pack(">H", len(packed)) * 19, packed * 19
    head = whole.removesuffix(lengths + rows)
    assert head != whole
    return head + struct.pack(">H", len(row)) + lengths[2:] + row + rows[len(packed) :]


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
    "row.psd": (lambda: with_row(b"\x03abcd"), "a row of its flattened image is cut short"),
    "empty.psd": (lambda: with_row(b""), "a row of its flattened image is cut short"),
    "long.psd": (lambda: with_row(bytes(imagecodecs.packbits_encode(bytes(28)))), "a row of .* is damaged"),
    "palette.psd": (lambda: psd(np.zeros((1, 19, 27), np.uint8), 2, table=bytes(99)), "does not hold 256 colours"),
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
