"""Annotations found, matched with images, drawn and written."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.masks.annotations.importing import import_masks, list_labels
from pconv_cli.masks.annotations.report import ImportOptions

from .annotated import region


def _write(path: Path, *shapes: dict[str, Any], image: str = "a.png", size: tuple[int, int] = (20, 30)) -> None:
    content = {"imagePath": image, "imageHeight": size[0], "imageWidth": size[1], "shapes": list(shapes)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def test_a_tree_of_annotations_goes_to_the_images_in_the_same_places(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "ann/a.json", region("x", 1, 1, 2, 2))
    _write(tmp_path / "ann/sub/a.json", region("x", 3, 3, 4, 4))
    _write(tmp_path / "ann/sub/b.json", region("y", 5, 5, 6, 6), image="b.jpg")
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
    _write(images / "a.json", region("x", 1, 1, 2, 2))
    report = import_masks(ImportOptions(images, images, tmp_path / "m"))
    assert list(report.imported) == ["a.png"]
    assert report.bare == ["sub/a.png", "sub/b.jpg"]
    assert report.notes == ["sub/a.png, sub/b.jpg: not annotated, so no mask was written"]


def test_several_files_on_one_image_are_united_and_kept_masks_stay(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "ann/a.json", region("x", 1, 1, 2, 2))
    _write(tmp_path / "ann/second.json", region("x", 5, 5, 6, 6), image="a.png")
    options = ImportOptions(tmp_path / "ann", images / "a.png", tmp_path / "m")
    report = import_masks(options)
    assert report.imported["a.png"].regions == 2
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 8
    _write(tmp_path / "ann/a.json", region("x", 1, 1, 9, 9))
    again = import_masks(options)
    assert again.imported["a.png"].kept
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 8


def test_a_name_that_several_images_have_is_refused(tmp_path: Path) -> None:
    for name in ("x/a.png", "y/a.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True)
        Image.new("RGB", (30, 20)).save(tmp_path / "in" / name)
    _write(tmp_path / "ann.json", region("x", 1, 1, 2, 2))
    report = import_masks(ImportOptions(tmp_path / "ann.json", tmp_path / "in", tmp_path / "m"))
    assert report.failed == [
        ("ann.json", "a.png: may be x/a.png or y/a.png; name the image by its path below the folder")
    ]


def test_labels_choose_and_an_unknown_one_lists_what_there_is(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "a.json", region("Crack", 1, 1, 2, 2), region("loss", 5, 5, 6, 6))
    options = ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "m", labels=["crack"], overwrite=True)
    assert import_masks(options).imported["a.png"].regions == 1
    assert (~read_mask(tmp_path / "m/a.png")).sum() == 4
    wrong = ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "n", labels=["cracks"])
    with pytest.raises(UsageError, match="`labels` cracks: no annotation has this class; there are Crack, loss"):
        import_masks(wrong)
    assert not (tmp_path / "n").exists()  # an empty mask there would be kept by the corrected command


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
    shape = region("x", int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max()))
    _write(tmp_path / "a.json", shape, size=shown.shape[:2])
    report = import_masks(ImportOptions(tmp_path / "a.json", tmp_path / "in", tmp_path / "m"))
    assert report.failed == []
    np.testing.assert_array_equal(~read_mask(tmp_path / "m/a.png"), stored[:, :, 0] > 0)


def test_a_size_that_does_not_fit_is_refused(tmp_path: Path, images: Path) -> None:
    _write(tmp_path / "a.json", region("x", 1, 1, 2, 2), size=(40, 60))
    report = import_masks(ImportOptions(tmp_path / "a.json", images / "a.png", tmp_path / "m"))
    assert report.failed == [("a.json", "a.png: was annotated as 60 x 40, and is 30 x 20")]
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
    _write(tmp_path / "a.json", region("x", 1, 1, 2, 2))
    with pytest.raises(NothingToDo, match="no image found"):
        import_masks(ImportOptions(tmp_path / "a.json", tmp_path / "empty", tmp_path / "m"))


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
