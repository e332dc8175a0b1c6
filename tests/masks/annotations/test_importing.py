"""Annotations found, matched with images, drawn and written; and what is wrong with them said in a line each."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.masks.annotations.importing import ImportOptions, import_masks, list_labels

Draw = Callable[..., tuple[Any, np.ndarray]]


def _shape(label: str, left: int, top: int, right: int, bottom: int) -> dict[str, Any]:
    return {"label": label, "shape_type": "rectangle", "points": [[left, top], [right, bottom]]}


def _write(path: Path, *shapes: dict[str, Any], image: str = "a.png", size: tuple[int, int] = (20, 30)) -> None:
    content = {"imagePath": image, "imageHeight": size[0], "imageWidth": size[1], "shapes": list(shapes)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("a.png", "sub/a.png", "sub/b.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20)).save(tmp_path / "in" / name)
    return tmp_path / "in"


def test_a_tree_of_annotations_goes_to_the_images_in_the_same_places(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "ann/a.json", _shape("x", 1, 1, 2, 2))
    _write(tmp_path / "ann/sub/a.json", _shape("x", 3, 3, 4, 4))
    _write(tmp_path / "ann/sub/b.json", _shape("y", 5, 5, 6, 6), image="b.jpg")
    (tmp_path / "ann/meta.json").write_text('{"classes": []}')
    report = import_masks(ImportOptions(tmp_path / "ann", images, tmp_path / "m"))
    assert report.exit_code == 0
    assert list(report.imported) == ["a.png", "sub/a.png", "sub/b.jpg"]
    for name, at in (("a.png", 1), ("sub/a.png", 3), ("sub/b.png", 5)):
        hole = ~read_mask(tmp_path / "m" / name)
        assert hole[at : at + 2, at : at + 2].all()
        assert hole.sum() == 4
    assert list_labels(tmp_path / "ann").labels == {"x": 2, "y": 1}


def test_annotations_beside_their_images(images: Path, tmp_path: Path) -> None:
    _write(images / "a.json", _shape("x", 1, 1, 2, 2))
    report = import_masks(ImportOptions(images, images, tmp_path / "m"))
    assert list(report.imported) == ["a.png"]
    assert report.bare == ["sub/a.png", "sub/b.jpg"]
    assert report.notes == ["sub/a.png, sub/b.jpg: not annotated, so no mask was written"]


def test_several_files_on_one_image_are_united_and_kept_masks_stay(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "ann/a.json", _shape("x", 1, 1, 2, 2))
    _write(tmp_path / "ann/second.json", _shape("x", 5, 5, 6, 6), image="a.png")
    options = ImportOptions(tmp_path / "ann", images / "a.png", tmp_path / "m")
    report = import_masks(options)
    assert report.imported["a.png"].regions == 2
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 8
    _write(tmp_path / "ann/a.json", _shape("x", 1, 1, 9, 9))
    again = import_masks(options)
    assert again.imported["a.png"].kept
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 8


def test_a_name_that_several_images_have_is_refused(tmp_path: Path) -> None:
    for name in ("x/a.png", "y/a.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True)
        Image.new("RGB", (30, 20)).save(tmp_path / "in" / name)
    _write(tmp_path / "ann.json", _shape("x", 1, 1, 2, 2))
    report = import_masks(ImportOptions(tmp_path / "ann.json", tmp_path / "in", tmp_path / "m"))
    assert report.failures == [
        ("ann.json", "a.png: may be x/a.png or y/a.png; name the image by its path below the folder")
    ]


def test_labels_choose_and_an_unknown_one_lists_what_there_is(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "a.json", _shape("Crack", 1, 1, 2, 2), _shape("loss", 5, 5, 6, 6))
    options = ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "m", labels=["crack"], overwrite=True)
    assert import_masks(options).imported["a.png"].regions == 1
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 4
    wrong = ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "n", labels=["cracks"])
    with pytest.raises(UsageError, match="`labels` cracks: no annotation has this class; there are Crack, loss"):
        import_masks(wrong)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_drawn_on_the_displayed_image_are_written_as_it_is_stored(tmp_path: Path, orientation: int) -> None:
    """The image holds a red rectangle; annotated where a viewer shows it, the mask must lie on it as stored."""
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[3:7, 12:22, 0] = 255
    image = Image.fromarray(stored)
    exif = image.getexif()
    exif[0x0112] = orientation
    (tmp_path / "in").mkdir()
    image.save(tmp_path / "in/a.png", exif=exif)
    from PIL import ImageOps

    shown = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "in/a.png")))
    rows, columns = np.nonzero(shown[:, :, 0])
    shape = _shape("x", int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max()))
    _write(tmp_path / "a.json", shape, size=shown.shape[:2])
    report = import_masks(ImportOptions(tmp_path / "a.json", tmp_path / "in", tmp_path / "m"))
    assert report.failures == []
    np.testing.assert_array_equal(~read_mask(tmp_path / "m/a.png"), stored[:, :, 0] > 0)


def test_a_size_that_does_not_fit_is_refused(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "a.json", _shape("x", 1, 1, 2, 2), size=(40, 60))
    report = import_masks(ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "m"))
    assert report.failures == [("a.json", "a.png: was annotated as 60 x 40, and is 30 x 20")]
    assert report.exit_code == 3
    assert not (tmp_path / "m/a.png").exists()


def test_large_masks_are_drawn_in_bands_without_a_seam(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("L", (64, 3000)).save(tmp_path / "in/a.png")
    shapes = [
        {"label": "x", "shape_type": "polygon", "points": [[5, 3], [60, 1500], [20, 2990]]},
        {"label": "x", "shape_type": "line", "points": [[50, 10], [3, 2900]]},
        {"label": "x", "shape_type": "circle", "points": [[30, 1024], [45, 1024]]},
    ]
    _write(tmp_path / "a.json", *shapes, size=(3000, 64))
    import_masks(ImportOptions(tmp_path / "a.json", tmp_path / "in", tmp_path / "m"))
    from PIL import ImageDraw

    whole = Image.new("L", (64, 3000))
    pen = ImageDraw.Draw(whole)
    pen.polygon([(5, 3), (60, 1500), (20, 2990)], fill=1, outline=1)
    pen.line([(50, 10), (3, 2900)], fill=1, width=10)
    pen.ellipse([(15, 1009), (45, 1039)], fill=1, outline=1)
    np.testing.assert_array_equal(~read_mask(tmp_path / "m/a.png"), np.asarray(whole, np.bool_))


def test_nothing_to_import_or_no_images(tmp_path: Path, images: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo, match="no annotation file found"):
        import_masks(ImportOptions(tmp_path / "empty", images, tmp_path / "m"))
    with pytest.raises(UsageError, match="there is no such file or folder"):
        import_masks(ImportOptions(tmp_path / "none.json", images, tmp_path / "m"))
    _write(tmp_path / "a.json", _shape("x", 1, 1, 2, 2))
    with pytest.raises(NothingToDo, match="no image found"):
        import_masks(ImportOptions(tmp_path / "a.json", tmp_path / "empty", tmp_path / "m"))


DEEP = "[" * 100_000 + "]" * 100_000
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ']><annotations><image name="a.png" width="30" height="20"><box label="&j;"/></image></annotations>'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">{}</svg>'
COPIES = SVG.format(
    '<g id="a0"><rect x="2" y="3" width="1" height="1"/></g>'
    + "".join(f'<g id="a{i + 1}">{f"""<use href="#a{i}"/>""" * 10}</g>' for i in range(7))
)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.svg", COPIES, "its copies make more than 100000 elements"),
        ("a.svg", SVG.format('<g id="a"><use href="#a"/></g>'), "copies of copies go deeper than 50 levels"),
        (
            "a.svg",
            SVG.format('<g id="a" clip-path="url(#b)"><image width="3" height="2" href="a.png"/></g>'),
            "its <g> (a) holds the scan and is cut by a clip-path",
        ),
        ("a.svg", SVG.format('<svg id="a" x="2" viewBox="0 0 3 3"/>'), "its inner <svg> (a) has a viewBox of its own"),
        (
            "a.svg",
            SVG.format('<symbol id="a" viewBox="0 0 3 3"><path d="M0 0h3v3z"/></symbol><use href="#a"/>'),
            "its inner <symbol> (a) has a viewBox of its own",
        ),
        ("a.json", '{"shapes": [', "is not whole JSON"),
        ("a.json", DEEP, "is nested too deeply"),
        ("a.json", "{}", "is of no annotation format that is read"),
        ("a.json", b"\xff\xfe\x00", "is of no annotation format that is read"),
        ("a.json", b"", "is of no annotation format that is read"),
        ("a.xml", "<annotations><image", "is not whole XML"),
        ("a.xml", ENTITIES, "is not whole XML"),
        ("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><rect', "is not whole XML"),
        ("a.psd", b"8BPS" + bytes(40), "is damaged or incomplete"),
        ("a.dxf", "0\nSECTION\n2\nENT", "places no image"),
        ("a.json", '{"images": [{"id": [1], "file_name": 3}], "annotations": {"a": 1}}', "none of its images"),
    ],
)
def test_damaged_and_hostile_files_are_one_line_each(draw: Draw, name: str, content: str, reason: str) -> None:
    if name.endswith(".svg"):
        pytest.importorskip("svgelements")
    report, hole = draw(content, (20, 30), name=name)
    assert not hole.any()
    assert report.exit_code == 3 or reason == "none of its images"
    if report.failures:
        assert reason in report.failures[0][1]
        assert "\n" not in report.failures[0][1]


def test_copies_of_copies_within_bounds_are_drawn(draw: Draw) -> None:
    pytest.importorskip("svgelements")
    inner = '<g id="b"><use href="#a" x="4"/><use href="#a"/></g><rect id="a" x="2" y="3" width="1" height="1"/>'
    report, hole = draw(SVG.format(f'<use href="#b" y="10"/>{inner}'), (20, 30), name="a.svg")
    assert report.failures == []
    assert sorted(zip(*np.nonzero(hole), strict=True)) == [(3, 2), (3, 6), (13, 2), (13, 6)]


def test_one_number_beyond_all_measure_leaves_out_one_annotation(draw: Draw) -> None:
    content = _coco_runs([0, 600], [20, 30])
    content["annotations"].insert(0, {"image_id": 1, "bbox": [10**400, 0, 1, 1]})
    report, hole = draw(content, (20, 30))
    assert report.notes == ["a.json: left out annotation 1: its bbox is not a finite number"]
    assert hole.all()
    circle = {"label": "x", "shape_type": "circle", "points": [[0, 0], [9e6, 0]]}
    content = {"imagePath": "a.png", "imageHeight": 20, "imageWidth": 30, "shapes": [circle, _shape("x", 1, 1, 2, 2)]}
    report, hole = draw(content, (20, 30))
    assert "its radius of 9000000 px is larger than any image" in report.notes[0]
    assert hole.sum() == 4


def _coco_runs(counts: Any, size: list[int]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
        "annotations": [{"image_id": 1, "segmentation": {"counts": counts, "size": size}}],
    }


@pytest.mark.parametrize(
    ("counts", "size", "reason"),
    [
        ([2**62, 2**62, 2**62, 2**62, 600], [20, 30], "its runs fill 18446744073709551616 pixels"),
        ([0, 601], [20, 30], "its runs fill 601 pixels, and its box has 30 x 20"),
        ([600, -5, 5], [20, 30], "its runs fill 600 pixels"),
        ([0, 10**10], [10**5, 10**5], "is larger than the image"),
        ("\x7f\x7f", [20, 30], "characters that COCO does not write"),
        ("oooo", [20, 30], "end in the middle"),
        ([1e400], [20, 30], "not a finite number"),
    ],
)
def test_run_lengths_that_lie(draw: Draw, counts: Any, size: list[int], reason: str) -> None:
    report, hole = draw(_coco_runs(counts, size), (20, 30))
    assert not hole.any()
    assert reason in " ".join([*report.notes, *(words for _, words in report.failures)])


def test_a_bitmap_that_unpacks_to_too_much_is_left_out(draw: Draw) -> None:
    import base64

    bomb = base64.b64encode(zlib.compress(bytes(70 << 20), 9)).decode()
    header = struct.pack(">II5B", 40_000, 40_000, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    huge = base64.b64encode(zlib.compress(b"\x89PNG\r\n\x1a\n" + chunk)).decode()
    things = [
        {"classTitle": "x", "geometryType": "bitmap", "bitmap": {"data": one, "origin": [0, 0]}} for one in (bomb, huge)
    ]
    report, hole = draw({"size": {"height": 20, "width": 30}, "objects": things}, (20, 30), name="a.png.json")
    assert not hole.any()
    assert "unpacks to more than 64 MiB (and 1 more)" in report.notes[0]


def test_very_many_points_and_points_far_outside(draw: Draw) -> None:
    angle = np.linspace(0, 2 * np.pi, 200_000)
    circle = np.stack([15 + 8 * np.cos(angle), 10 + 8 * np.sin(angle)], axis=1).ravel().round(4).tolist()
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
        "annotations": [
            {"image_id": 1, "segmentation": [circle]},
            {"image_id": 1, "segmentation": [[1e300, 1, 2, 1, 2, 2]]},
            {"image_id": 1, "segmentation": [[1e6, 1e6, 2e6, 1e6, 2e6, 2e6]]},
        ],
    }
    report, hole = draw(content, (20, 30))
    assert abs(hole.sum() - np.pi * 8.5**2) < 20
    assert "lies more than" in report.notes[0]


SAMPLES = Path(os.environ.get("PCONV_SAMPLES", "/nowhere"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="PCONV_SAMPLES names no folder of real annotation files")
@pytest.mark.parametrize(
    ("file", "image", "size", "pixels"),
    [
        ("labelme/2011_000003.json", "2011_000003.jpg", (500, 338), 43_213),
        ("labelme/2011_000025.json", "2011_000025.jpg", (500, 375), 125_487),
        ("supervisely/snow-city.json", "snow-city.jpg", (1200, 800), 262_862),
    ],
)
def test_real_files_have_the_pixels_of_their_own_programs(
    tmp_path: Path, file: str, image: str, size: tuple[int, int], pixels: int
) -> None:
    Image.new("RGB", size).save(tmp_path / image)
    import_masks(ImportOptions(SAMPLES / file, tmp_path / image, tmp_path / "m"))
    assert (~read_mask(tmp_path / "m" / image.replace(".jpg", ".png"))).sum() == pixels
