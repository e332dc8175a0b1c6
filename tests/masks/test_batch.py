"""Drawing a folder of masks: names, manifest, workers, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.errors import NothingToDo, OutputError, UsageError
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.masks.generate import batch
from pconv_cli.masks.generate.batch import GenerateOptions, generate_masks
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import hole_ratio, ratio_class, touches_border

from .batches import lines, options


def image(path: Path, height: int, width: int) -> None:
    write_rgb(path, np.full((height, width, 3), 90, np.uint8))


def test_workers_change_no_byte(tmp_path: Path, contents) -> None:
    for kind, workers in ((MaskKind.MIXED, 1), (MaskKind.MIXED, 3)):
        generate_masks(options(tmp_path / str(workers), kind=kind, count=9, workers=workers))
    one, three = contents(tmp_path / "1"), contents(tmp_path / "3")
    assert len(one) == 10
    assert one == three


def test_mask_number_i_is_drawn_from_the_seed_and_i(tmp_path: Path) -> None:
    generate_masks(options(tmp_path, seed=11, ratio=(0.2, 0.3)))
    for index in range(7):
        expected = draw_mask("rectangles", (48, 64), np.random.default_rng([11, index]), ratio=(0.2, 0.3), border=True)
        assert np.array_equal(read_mask(tmp_path / f"rectangles_{index:05d}.png"), expected)


def test_manifest_says_what_each_mask_is(tmp_path: Path, heard) -> None:
    report = generate_masks(options(tmp_path, seed=3), heard)
    assert (report.drawn, report.kept, report.failed, report.exit_code) == (7, 0, [], 0)
    assert heard.total == len(heard.advanced) == 7
    head, *records = lines(tmp_path)
    assert head["options"] == {
        "kind": "rectangles", "size": "64x48", "ratio": None, "border": None, "seed": 3, "like": None,
    }  # fmt: skip
    assert [record["file"] for record in records] == [f"rectangles_{index:05d}.png" for index in range(7)]
    for index, record in enumerate(records):
        mask = read_mask(tmp_path / record["file"])
        assert record["ratio"] == hole_ratio(mask)
        assert record["border"] == touches_border(mask)
        assert record["seed"] == [3, index]
        assert (record["width"], record["height"], record["kind"]) == (64, 48, "rectangles")
        assert record["ratio_class"].startswith("(0.")


def test_by_default_all_twelve_kinds_come_in_turn(tmp_path: Path) -> None:
    generate_masks(options(tmp_path, kind=MaskKind.CRACKS, size=(256, 256), count=24))
    masks = [read_mask(tmp_path / f"cracks_{index:05d}.png") for index in range(24)]
    assert [ratio_class(hole_ratio(mask)) for mask in masks] == [*range(6)] * 4
    assert not any(touches_border(mask) for mask in masks[6:12] + masks[18:])
    assert sum(touches_border(mask) for mask in masks[:6] + masks[12:18]) > 8


def test_classes_out_of_reach_are_left_out_of_the_turn(tmp_path: Path) -> None:
    """Cracks 16 pixels wide that keep from the border reach 0.45."""
    generate_masks(options(tmp_path, kind=MaskKind.CRACKS, size=(16, 16), border=False, count=10))
    masks = [read_mask(tmp_path / f"cracks_{index:05d}.png") for index in range(10)]
    assert [ratio_class(hole_ratio(mask)) for mask in masks] == [*range(5)] * 2


@pytest.mark.parametrize("kind", [MaskKind.MIXED, MaskKind.OCCLUSION])
@pytest.mark.parametrize("size", [(700, 1), (1, 700), (2, 40), (2, 2)])
def test_sizes_without_room_inside_the_border_zone_get_masks_at_the_border(
    tmp_path: Path, kind: MaskKind, size: tuple[int, int]
) -> None:
    count = 12 if kind == MaskKind.MIXED else 3  # each of the twelve types once; 2 x 2 pixels take occlusion many tries
    report = generate_masks(options(tmp_path, kind=kind, count=count, size=size))
    assert (report.drawn, report.failed) == (count, [])
    masks = [read_mask(path) for path in tmp_path.glob("*.png")]
    assert all(ratio_class(hole_ratio(mask)) is not None for mask in masks)


def test_no_room_inside_the_border_zone_is_said_where_it_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="or let holes touch the border"):
        generate_masks(options(tmp_path, size=(700, 1), border=False))


def test_like_mirrors_tree_sizes_and_names(tmp_path: Path) -> None:
    image(tmp_path / "in/b.png", 20, 30)
    image(tmp_path / "in/deep/er/a.png", 40, 25)
    report = generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "out", like=tmp_path / "in"))
    assert (report.drawn, report.exit_code) == (2, 0)
    assert read_mask(tmp_path / "out/b.png").shape == (20, 30)
    assert read_mask(tmp_path / "out/deep/er/a.png").shape == (40, 25)
    assert {record["file"] for record in lines(tmp_path / "out")[1:]} == {"b.png", "deep/er/a.png"}


def test_a_image_of_absurd_size_fails_alone(tmp_path: Path) -> None:
    image(tmp_path / "in/good.png", 20, 30)
    data = bytearray((tmp_path / "in/good.png").read_bytes())
    data[16:24] = (2_000_000).to_bytes(4, "big") * 2
    (tmp_path / "in/huge.png").write_bytes(data)
    # A scan of which nothing but its header is there: one strip, which could be read in windows.
    tifffile.imwrite(tmp_path / "in/scan.tif", np.zeros((16, 16), np.uint8), bigtiff=True, rowsperstrip=16)
    with tifffile.TiffFile(tmp_path / "in/scan.tif", mode="r+") as file:
        for tag, value in {"ImageLength": 30_000, "ImageWidth": 20_000, "RowsPerStrip": 30_000}.items():
            file.pages.first.tags[tag].overwrite(value)
    report = generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "out", like=tmp_path / "in"))
    assert (report.drawn, report.exit_code) == (1, 3)
    failures = dict(report.failed)
    assert list(failures) == ["huge.png", "scan.tif"]
    assert "declares 2000000x2000000 pixels" in failures["huge.png"]
    assert "declares 20000x30000 pixels, more than the limit of 400 million" in failures["scan.tif"]


def test_bad_images_fail_alone(tmp_path: Path, heard) -> None:
    image(tmp_path / "in/good.png", 20, 30)
    image(tmp_path / "in/dot.png", 1, 1)
    (tmp_path / "in/text.png").write_text("no image", "utf-8")
    image(tmp_path / "in/twin.png", 20, 30)
    for twin in ("twin.tif", "twin.png.bmp"):  # twin.png's own name for its mask is taken by the latter
        (tmp_path / "in" / twin).write_bytes((tmp_path / "in/twin.png").read_bytes())
    report = generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "out", like=tmp_path / "in"), heard)
    assert report.exit_code == 3
    assert report.drawn == 3
    problems = dict(report.failed)
    assert "is not an image" in problems["text.png"]
    assert "no mask of 1x1 pixels" in problems["dot.png"]
    assert "its mask would be twin.png.png, like that of twin.png" in problems["twin.png.bmp"]
    assert heard.total == len(heard.advanced) == 6
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "good.png",
        "manifest.jsonl",
        "twin.png.png",
        "twin.tif.png",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 0}, "`count` 0"),
        ({"count": 99999999999999999999}, "`count` 99999999999999999999: at most 1000000 masks"),
        ({"size": (40_000, 10_001)}, "`size` 10001x40000: at most 400 million pixels"),
        ({"workers": 0}, "`workers` 0"),
        ({"seed": -1}, "`seed` -1"),
        ({"ratio": (0.96, 0.99)}, "reach a hole ratio of"),
        ({"like": Path("somewhere")}, "leave out `count` and `size`"),
        ({"like": Path("nowhere"), "count": None, "size": None}, "nowhere: there is no such file"),
    ],
)
def test_options_that_cannot_be_leave_nothing_behind(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate_masks(options(tmp_path / "out", **changes))
    assert not (tmp_path / "out").exists()


def test_the_image_is_never_replaced_by_its_mask(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    with pytest.raises(UsageError, match=r"would replace the input .*a\.png"):
        generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path, like=tmp_path / "a.png", overwrite=True))
    assert (tmp_path / "a.png").read_bytes() == before


def test_no_image_to_be_like(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NothingToDo, match="no image found"):
        generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "out", like=tmp_path / "in"))


def test_masks_do_not_go_where_the_images_are(tmp_path: Path) -> None:
    image(tmp_path / "a.png", 20, 30)
    with pytest.raises(UsageError, match="is the folder of the images"):
        generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "x/..", like=tmp_path))
    with pytest.raises(UsageError, match="lies inside the folder of the images"):
        generate_masks(GenerateOptions(MaskKind.SHAPES, tmp_path / "x/y", like=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", "utf-8")
    with pytest.raises(OutputError, match="out"):
        generate_masks(options(tmp_path / "out"))


def test_one_mask_that_cannot_be_written_does_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "rectangles_00003.png").mkdir()
    report = generate_masks(options(tmp_path, overwrite=True))
    assert (report.drawn, report.exit_code) == (6, 3)
    assert report.failed[0][0] == "rectangles_00003.png"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_whatever_one_mask_meets_the_others_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = batch.write_mask

    def broken_for_the_first(path: Path, mask: np.ndarray) -> None:
        if path.stem.endswith("0"):
            raise RuntimeError("broken")
        real(path, mask)

    monkeypatch.setattr(batch, "write_mask", broken_for_the_first)
    report = generate_masks(options(tmp_path, count=3))
    assert (report.drawn, report.exit_code) == (2, 3)
    ((name, reason),) = report.failed
    assert (name, reason) == ("rectangles_00000.png", "failed unexpectedly (RuntimeError: broken); please report it")
