"""PSD and PSB: the flattened image, its transparency, and what is refused."""

import struct
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
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.jobs.folder import inpaint_folder

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


def freed_from_white(planes: NDArray[Any]) -> NDArray[Any]:
    """The samples ``(H, W, C)`` of channels ``(C, H, W)``, the last of which is alpha, worked out in float64."""
    top = 1 if planes.dtype.kind == "f" else np.iinfo(planes.dtype).max
    samples = np.moveaxis(planes, 0, 2).astype(np.float64)
    alpha = samples[:, :, -1:] / top
    colours = np.divide(samples[:, :, :-1] - (1 - alpha) * top, alpha, where=alpha > 0, out=samples[:, :, :-1].copy())
    rounded = colours if top == 1 else np.floor(colours + 0.5 + 1e-9)
    freed = np.concatenate([np.clip(rounded, 0, top), samples[:, :, -1:]], axis=2)
    return freed.astype(planes.dtype)


def with_alpha(kind: str, colours: int) -> NDArray[Any]:
    """Channels of chance, the last one opaque in some rows and 0 in others."""
    planes = planes_of(kind, colours + 1)
    planes[-1, :5], planes[-1, 5:8] = 1 if kind == "float32" else np.iinfo(kind).max, 0
    return planes


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("mode", [1, 3])
@pytest.mark.parametrize(
    ("kind", "layers", "mark"),
    [("uint8", -1, b""), ("uint16", -2, b""), ("uint16", 1, b"Mt16"), ("float32", 1, b"Mt32")],
)
def test_half_transparent_colours_are_freed_from_white(
    tmp_path: Path, kind: str, layers: int, mark: bytes, mode: int, version: int
) -> None:
    colours = 1 if mode == 1 else 3
    planes = with_alpha(kind, colours)
    stored = np.moveaxis(planes, 0, 2)
    (tmp_path / "a.psd").write_bytes(psd(planes, mode, layers=layers, mark=mark, version=version))
    image = read_image(tmp_path / "a.psd")
    assert image.samples.dtype == kind
    np.testing.assert_array_equal(image.samples[:8], stored[:8])  # opaque, and alpha 0
    np.testing.assert_allclose(image.samples, freed_from_white(planes), atol=2e-5 if kind == "float32" else 0)
    assert (image.samples != stored)[8:, :, :-1].mean() > 0.9
    assert read_header(tmp_path / "a.psd").has_alpha
    notes = " ".join(image.notes)
    assert "half-transparent colours are stored blended with white, which is taken out" in notes
    assert "its layers are left out" in notes
    assert "saved selections" not in notes


@pytest.mark.parametrize("mode", [1, 3])
def test_half_transparent_colours_are_those_of_psd_tools(tmp_path: Path, mode: int) -> None:
    tools = pytest.importorskip("psd_tools")
    planes = with_alpha("uint8", 1 if mode == 1 else 3)
    (tmp_path / "a.psd").write_bytes(psd(planes, mode, layers=1, mark=b"Mtrn"))
    theirs = np.asarray(tools.PSDImage.open(tmp_path / "a.psd").topil(apply_icc=False)).astype(int)
    ours = read_image(tmp_path / "a.psd").samples
    can_be = np.moveaxis(planes[:-1].astype(int) + planes[-1:] >= 255, 0, 2)  # no darker than alpha allows
    assert np.abs(theirs - ours)[:, :, :-1][can_be].max() <= 1  # they cut decimals off
    np.testing.assert_array_equal(theirs[:, :, -1], ours[:, :, -1])


@pytest.mark.parametrize(("mode", "layers"), [(3, 1), (3, 0), (9, -1), (8, -1)])
def test_other_channels_and_modes_change_no_colour(tmp_path: Path, mode: int, layers: int) -> None:
    """A saved selection is no transparency, and of Lab and duotone nobody knows."""
    planes = with_alpha("uint8", 1 if mode == 8 else 3)
    (tmp_path / "a.psd").write_bytes(psd(planes, mode, layers=layers))
    image = read_image(tmp_path / "a.psd")
    np.testing.assert_array_equal(image.samples, np.moveaxis(planes if layers < 0 else planes[:3], 0, 2))
    assert "white" not in " ".join(image.notes)


def test_transparency_and_saved_selections_of_psd_are_kept_apart(tmp_path: Path) -> None:
    planes = planes_of("uint8", 5)
    (tmp_path / "alpha.psd").write_bytes(psd(planes, layers=-1))
    (tmp_path / "plain.psd").write_bytes(psd(planes, layers=1))
    alpha, plain = (read_image(tmp_path / f"{name}.psd") for name in ("alpha", "plain"))
    np.testing.assert_array_equal(alpha.samples, freed_from_white(planes[:4]))
    np.testing.assert_array_equal(plain.samples, np.moveaxis(planes[:3], 0, 2))
    assert [read_header(tmp_path / f"{name}.psd").has_alpha for name in ("alpha", "plain")] == [True, False]
    assert "1 further channels" in " ".join(alpha.notes)
    assert "2 further channels" in " ".join(plain.notes)


@pytest.mark.parametrize("masks", ["alpha", "m.png"])
def test_what_is_restored_is_what_is_seen(tmp_path: Path, masks: str) -> None:
    planes = with_alpha("uint8", 3)
    planes[-1, :, :20] = 255
    (tmp_path / "a.psd").write_bytes(psd(planes, layers=-1))
    hole = np.zeros((19, 27), bool)
    hole[4:9, 5:11] = True
    Image.fromarray(hole).save(tmp_path / "m.png")
    where = masks if masks == "alpha" else tmp_path / masks
    report = inpaint_folder(tmp_path / "a.psd", where, tmp_path / "out", method="telea")
    assert report.failed == []
    restored, seen = tifffile.imread(tmp_path / "out" / "a.tif"), freed_from_white(planes)
    known = planes[-1] == 255 if masks == "alpha" else ~hole
    np.testing.assert_array_equal(restored[known], seen[known])
    np.testing.assert_array_equal(restored[:, :, 3], 255 if masks == "alpha" else seen[:, :, 3])


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
