"""Tags and layouts of TIFF files: what is kept, what is left out and reported, and what must not stop an image."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import ImageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

EXIF, GPS, SUB_IFDS, LAYERS = 34665, 34853, 330, 37724


def save(path: Path, samples: Samples, **options: Any) -> None:
    tifffile.imwrite(path, samples, photometric="rgb", metadata=None, **options)


def patch(path: Path, tag: int, form: str, *values: int) -> None:
    """Put other numbers into one of a file's tags, in place."""
    with tifffile.TiffFile(path) as file:
        place = file.pages.first.tags[tag].valueoffset
    data = bytearray(path.read_bytes())
    struct.pack_into("<" + form, data, place, *values)
    path.write_bytes(data)


def rename(path: Path, tag: int, name: int) -> None:
    """Give a tag another number: tifffile writes no pointers."""
    with tifffile.TiffFile(path) as file:
        place = file.pages.first.tags[tag].offset
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, place, name)
    path.write_bytes(data)


def written_again(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Read a file and write it; the samples have to be the same."""
    out = path.with_name("out.tif")
    image = read_image(path)
    write_image(out, image)
    np.testing.assert_array_equal(tifffile.imread(out), tifffile.imread(path))
    return out, image.notes


def in_windows(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The same piece by piece, as huge files are written."""
    out = path.with_name("out.tif")
    with Scan(path) as scan:
        write_scan(scan, out, np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
        return out, scan.notes


@pytest.mark.parametrize("write", [written_again, in_windows])
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("extra", [None, 0, 1, 2])
def test_a_further_channel_stays_what_it_is(
    tmp_path: Path,
    make_samples: Callable[..., Samples],
    write: Callable[[Path], tuple[Path, tuple[str, ...]]],
    channels: int,
    extra: int | None,
) -> None:
    path, kind = tmp_path / "a.tif", "rgb" if channels == 4 else "minisblack"
    samples = make_samples("uint8", channels)
    options = {"planarconfig": "contig", "metadata": None, "extrasamples": [2 if extra is None else extra]}
    tifffile.imwrite(path, samples, photometric=kind, **options)
    if extra is None:
        rename(path, 338, 65000)  # a tag that nobody knows
    assert read_header(path).has_alpha == (extra in (1, 2))
    is_alpha = extra in (1, 2)
    image = read_image(path)
    assert image.samples.shape[2] == (channels if is_alpha else channels - 1)
    assert (image.alpha() is not None) == is_alpha
    lost = image.to_format(ImageFormat.PNG).notes
    assert ("further channel that is not alpha" in " ".join(lost)) != is_alpha
    out, _ = write(path)
    assert tags_of(out).get(338, (0,)) == (extra or 0,)
    np.testing.assert_array_equal(tifffile.imread(out), samples)


def tags_of(path: Path) -> dict[int, Any]:
    with tifffile.TiffFile(path) as file:
        return {tag.code: tag.value for tag in file.pages.first.tags}


@pytest.mark.parametrize("write", [written_again, in_windows])
def test_tags_that_nobody_knows_are_kept(
    tmp_path: Path, make_samples: Callable[..., Samples], write: Callable[[Path], tuple[Path, tuple[str, ...]]]
) -> None:
    extra = [
        (286, "2I", 1, (5, 1), True),
        (287, "2I", 1, (7, 1), True),
        (297, "H", 2, (1, 2), True),
        (340, "B", 3, (1, 2, 3), True),
        (18246, "H", 1, 5, True),
        (33434, "2I", 1, (1, 100), True),
        (65000, "s", 0, "private", True),
    ]
    save(tmp_path / "a.tif", make_samples("uint8", 3), extratags=extra)
    out, notes = write(tmp_path / "a.tif")
    before, after = tags_of(tmp_path / "a.tif"), tags_of(out)
    assert {tag: after.get(tag) for tag, *_ in extra} == {tag: before[tag] for tag, *_ in extra}
    assert notes == ()


@pytest.mark.parametrize("write", [written_again, in_windows])
def test_of_a_tag_that_is_there_twice_the_first_stays(
    tmp_path: Path,
    make_samples: Callable[..., Samples],
    write: Callable[[Path], tuple[Path, tuple[str, ...]]],
) -> None:
    path = tmp_path / "in.tif"
    tifffile.imwrite(path, make_samples("uint8", 3), photometric="rgb", description="north wall")
    with tifffile.TiffFile(path) as before, tifffile.TiffFile(write(path)[0]) as after:
        assert len(before.pages.first.tags.getall(270)) == 2
        assert [tag.value for tag in after.pages.first.tags.getall(270)] == ["north wall"]


def test_ranges_of_samples_go_where_these_are_coded_again(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.eye(16) > 0, extratags=[(281, "H", 1, 1, True), (297, "H", 2, (0, 1), True)]
    )
    image = read_image(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", image)
    assert 281 not in tags_of(tmp_path / "b.tif")  # 1 was white
    assert tags_of(tmp_path / "b.tif")[297] == (0, 1)


@pytest.mark.parametrize("write", [written_again, in_windows])
def test_layers_and_previews_are_left_out_and_that_is_reported(
    tmp_path: Path, make_samples: Callable[..., Samples], write: Callable[[Path], tuple[Path, tuple[str, ...]]]
) -> None:
    samples = make_samples("uint8", 3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        layers = [(LAYERS, 7, 9, b"8BIMLayr!", True)]
        writer.write(samples, photometric="rgb", subifds=1, extratags=layers, metadata=None)
        writer.write(samples[::2, ::2], photometric="rgb", subfiletype=1, metadata=None)
    out, notes = write(tmp_path / "a.tif")
    assert not {SUB_IFDS, LAYERS} & set(tags_of(out))
    assert notes == ("further images inside it (previews, SubIFDs) are left out", "Photoshop's layers are left out")


@pytest.mark.parametrize("write", [written_again, in_windows])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(("pointer", "name"), [(EXIF, "EXIF"), (GPS, "GPS")])
def test_exif_that_lies_beyond_the_file_is_left_out_and_that_is_reported(
    tmp_path: Path,
    make_samples: Callable[..., Samples],
    write: Callable[[Path], tuple[Path, tuple[str, ...]]],
    big: bool,
    pointer: int,
    name: str,
) -> None:
    place = (1 << 64) - 9 if big else 0xFFFFF0
    extra = [(pointer + 1, 16 if big else 4, 1, place, True), (315, "s", 0, "Painter", True)]
    save(tmp_path / "a.tif", make_samples("uint8", 3), bigtiff=big, extratags=extra)
    rename(tmp_path / "a.tif", pointer + 1, pointer)
    out, notes = write(tmp_path / "a.tif")
    assert notes == (f"its {name} is damaged: left out",)
    assert tags_of(out)[315] == "Painter"
    assert pointer not in tags_of(out)


def test_a_preview_before_the_image_is_not_taken_for_it(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    samples = make_samples("uint8", 3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(samples[::4, ::4], photometric="rgb", subfiletype=1)
        writer.write(samples, photometric="rgb")
    assert read_header(tmp_path / "a.tif").size == (13, 17)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, samples)


@pytest.mark.parametrize("write", [written_again, in_windows])
def test_a_page_that_is_a_preview_is_left_out_and_that_is_reported(
    tmp_path: Path, make_samples: Callable[..., Samples], write: Callable[[Path], tuple[Path, tuple[str, ...]]]
) -> None:
    samples = make_samples("uint8", 3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(samples, photometric="rgb", metadata=None)
        writer.write(samples[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
    out, notes = write(tmp_path / "a.tif")
    assert notes == ("further images inside it (previews, SubIFDs) are left out",)
    with tifffile.TiffFile(out) as file:
        assert len(file.pages) == 1


def test_a_single_page_counts_even_where_it_says_that_it_is_a_preview(
    tmp_path: Path, make_samples: Callable[..., Samples]
) -> None:
    save(tmp_path / "a.tif", make_samples("uint8", 3), subfiletype=1)
    written_again(tmp_path / "a.tif")
    with tifffile.TiffWriter(tmp_path / "b.tif") as writer:
        for _ in range(3):
            writer.write(make_samples("uint8", 3), photometric="rgb", subfiletype=1)
    assert len(read_header(tmp_path / "b.tif").pages) == 3
    with pytest.raises(ImageError, match="has 3 pages; save each page"):
        read_image(tmp_path / "b.tif")


@pytest.mark.parametrize("unit", [0, 9])
def test_a_resolution_without_a_known_unit(tmp_path: Path, make_samples: Callable[..., Samples], unit: int) -> None:
    save(tmp_path / "a.tif", make_samples("uint8", 3), resolution=(300, 150))
    patch(tmp_path / "a.tif", 296, "H", unit)
    out, notes = written_again(tmp_path / "a.tif")
    assert notes == ("its resolution has no known unit: written without one",)
    tags = tags_of(out)
    assert (tags[282], tags[283], tags[296]) == ((300, 1), (150, 1), 1)


@pytest.mark.parametrize("fraction", [(300, 0), (0, 0)])
def test_a_resolution_that_is_no_number(
    tmp_path: Path, make_samples: Callable[..., Samples], fraction: tuple[int, int]
) -> None:
    save(tmp_path / "a.tif", make_samples("uint8", 3), resolution=(300, 300))
    patch(tmp_path / "a.tif", 282, "2I", *fraction)
    out, notes = written_again(tmp_path / "a.tif")
    assert notes == ("its resolution is not a number: left out",)
    assert tags_of(out)[296] == 1


@pytest.mark.parametrize(
    ("kind", "count", "value", "read"),
    [
        (3, 1, struct.pack("<2H", 300, 0), 300),
        (4, 1, struct.pack("<I", 300), 300),
        (11, 1, struct.pack("<f", 72.5), 72.5),
        (3, 2, struct.pack("<2H", 72, 72), None),
    ],
)
def test_a_resolution_in_plain_numbers(
    tmp_path: Path, make_samples: Callable[..., Samples], kind: int, count: int, value: bytes, read: float | None
) -> None:
    path = tmp_path / "a.tif"
    save(path, make_samples("uint8", 3), resolution=(300, 300), resolutionunit="INCH")
    with tifffile.TiffFile(path) as file:
        places = [file.pages.first.tags[tag].offset for tag in (282, 283)]
    data = bytearray(path.read_bytes())
    for place in places:
        data[place + 2 : place + 12] = struct.pack("<HI", kind, count) + value
    path.write_bytes(data)
    out, notes = written_again(path)
    if read is None:
        assert notes == ("its resolution is not a number: left out",)
        return
    assert notes == ()
    top, bottom = tags_of(out)[282]
    assert top / bottom == read


def test_floats_with_the_predictor_of_whole_numbers(tmp_path: Path, make_samples: Callable[..., Samples]) -> None:
    samples = make_samples("float32", 3)
    save(tmp_path / "a.tif", samples.view(np.int32), compression="deflate", predictor=2)
    patch(tmp_path / "a.tif", 339, "3H", 3, 3, 3)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, samples)
    out, notes = written_again(tmp_path / "a.tif")
    assert notes == ("its predictor HORIZONTAL becomes FLOATINGPOINT",)
    assert tags_of(out)[317] == tifffile.PREDICTOR.FLOATINGPOINT


def test_tiles_that_tifffile_does_not_write(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (16, 32, 3), np.uint8)
    save(tmp_path / "a.tif", samples, tile=(16, 32))
    patch(tmp_path / "a.tif", 257, "I", 8)  # the upper half of the only tile
    patch(tmp_path / "a.tif", 323, "I", 8)
    out, notes = written_again(tmp_path / "a.tif")
    assert notes == ("its tiles have sides that are no multiples of 16: written in strips",)
    assert 322 not in tags_of(out)
