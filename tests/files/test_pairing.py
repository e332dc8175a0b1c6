"""Images and masks are paired by name, and never by sort order."""

import unicodedata
from pathlib import Path

import pytest

from pconv_cli.errors import ImageError, MaskError, UsageError
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.finding.partners import find_partners

from .pairs import as_names, draw, the_problem


def test_pairs_by_relative_path_and_stem_across_extensions(tmp_path: Path) -> None:
    names = {"a/b.jpg": "a/b.png", "b.png": "b.bmp", "敦煌 壁画/敦煌_001.tif": "敦煌 壁画/敦煌_001.png"}
    names |= {"v1.0/scan.2.png": "v1.0/scan.2_mask.png", "x/y/z/deep.webp": "x/y/z/deep_mask.tif"}
    for image, mask in names.items():
        draw(tmp_path / "in" / image)
        draw(tmp_path / "m" / mask, mode="L")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == names
    assert pairing.problems == []
    assert pairing.extra == []


def test_never_by_sort_order(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw(tmp_path / "in" / name)
    for name in ("b.png", "c.png"):
        draw(tmp_path / "m" / name)
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == {"b.png": "b.png"}
    assert "a.png: no mask in" in the_problem(pairing)
    assert "a.* or a_mask.*" in the_problem(pairing)
    assert pairing.extra == [tmp_path / "m" / "c.png"]


def test_capitals_make_no_difference_where_a_image_would_go_without(tmp_path: Path) -> None:
    names = {"IMG_1.JPG": "img_1.png", "Cave/B.tif": "Cave/b_MASK.PNG", "exact.png": "exact.png"}
    for image, mask in names.items():
        draw(tmp_path / "in" / image)
        draw(tmp_path / "m" / mask, mode="L")
    draw(tmp_path / "m" / "Exact.bmp", mode="L")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == names
    assert [path.name for path in pairing.extra] == ["Exact.bmp"]
    beside = tmp_path / "beside"
    draw(beside / "a.jpg")
    draw(beside / "A_Mask.PNG", mode="L")
    assert as_names(pair_with_masks(beside, beside), beside) == {"a.jpg": "A_Mask.PNG"}


def test_capitals_that_distinguish_two_images_still_do(tmp_path: Path) -> None:
    partners = find_partners(["a.jpg", "A.jpg"], tmp_path, files=[tmp_path / "a.png"])
    assert partners.found == {"a.jpg": tmp_path / "a.png"}
    assert [name for name, _ in partners.problems] == ["A.jpg"]


def test_the_same_stem_elsewhere_is_no_partner(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "x" / "a.png")
    draw(tmp_path / "m" / "y" / "a.png")
    assert "x/a.png: no mask" in the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))


@pytest.mark.parametrize("other", ["a.bmp", "a_mask.png"])
def test_two_candidates_are_named(tmp_path: Path, other: str) -> None:
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "m" / "a.png")
    draw(tmp_path / "m" / other)
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert isinstance(pairing.problems[0][1], MaskError)
    assert "more than one mask" in the_problem(pairing)
    assert "a.png" in the_problem(pairing)
    assert other in the_problem(pairing)
    assert pairing.extra == []


def test_candidates_that_look_alike_are_said_to_differ(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "Café.png")
    for form in ("NFC", "NFD"):
        draw(tmp_path / "m" / unicodedata.normalize(form, "Café.png"))
    if len(list((tmp_path / "m").iterdir())) < 2:
        pytest.skip("this file system holds only one of them")
    problem = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert "(their accents are encoded differently); leave only one there" in problem
    draw(tmp_path / "m" / "b_mask.png")
    draw(tmp_path / "m" / "b.png")
    draw(tmp_path / "only" / "b.png")
    assert "accents" not in the_problem(pair_with_masks(tmp_path / "only", tmp_path / "m"))


def test_images_of_one_stem_share_their_mask(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.jpg")
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "m" / "a.png")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == {"a.jpg": "a.png", "a.png": "a.png"}


def test_accents_pair_whether_composed_or_not(tmp_path: Path) -> None:
    draw(tmp_path / "in" / (unicodedata.normalize("NFC", "café") + ".png"))
    draw(tmp_path / "m" / (unicodedata.normalize("NFD", "café") + ".png"))
    assert len(pair_with_masks(tmp_path / "in", tmp_path / "m").pairs) == 1


def test_a_size_mismatch_is_found_from_the_headers(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", (80, 60))
    draw(tmp_path / "m" / "a.png", (80, 61))
    path = tmp_path / "in" / "a.png"
    path.write_bytes(path.read_bytes()[:60])  # the header is all that is there
    message = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert "in/a.png: is 80x60 and its mask" in message
    assert "80x61; a mask must have the size of its image" in message


def test_a_mask_drawn_on_the_turned_image_is_explained(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.jpg", (80, 60), orientation=6)
    draw(tmp_path / "m" / "a.png", (60, 80))
    assert "EXIF orientation 6" in the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))


def test_a_turned_image_whose_mask_fits_either_way_is_doubtful(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.jpg", (80, 60), orientation=3)  # upside down
    draw(tmp_path / "m" / "a.png", (80, 60))
    draw(tmp_path / "in" / "b.jpg", (80, 60), orientation=6)  # fits as stored alone
    draw(tmp_path / "m" / "b.png", (80, 60))
    draw(tmp_path / "in" / "c.jpg", (80, 60), orientation=3)
    draw(tmp_path / "m" / "c.jpg", (80, 60), orientation=3)
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert len(pairing.pairs) == 3
    assert len(pairing.doubts) == 1
    assert "in/a.jpg: viewers turn it (EXIF orientation 3)" in pairing.doubts[0]


def test_one_file_serves_a_whole_folder(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "b" / "c.jpg")
    draw(tmp_path / "in" / "large.png", (9, 9))
    mask = draw(tmp_path / "scratch.png")
    pairing = pair_with_masks(tmp_path / "in", mask)
    assert [(pair.name, pair.mask) for pair in pairing.pairs] == [("a.png", mask), ("b/c.jpg", mask)]
    assert "large.png: is 9x9" in the_problem(pairing)


def test_one_image_and_one_mask(tmp_path: Path) -> None:
    image, mask = draw(tmp_path / "photo.jpg"), draw(tmp_path / "photo_mask.png")
    for masks in (mask, tmp_path):
        pairing = pair_with_masks(image, masks)
        assert [(pair.name, pair.mask) for pair in pairing.pairs] == [("photo.jpg", mask)]
        assert pairing.extra == []


def test_masks_beside_their_images_are_no_images(tmp_path: Path) -> None:
    for name in ("a.jpg", "a_mask.png", "b.png", "b_mask.png", "lone_mask.png"):
        draw(tmp_path / name)
    pairing = pair_with_masks(tmp_path, tmp_path)
    assert as_names(pairing, tmp_path) == {"a.jpg": "a_mask.png", "b.png": "b_mask.png"}
    assert "lone_mask.png: no mask" in the_problem(pairing)


def test_a_folder_of_masks_inside_the_images_holds_none(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    draw(tmp_path / "masks" / "a.png")
    pairing = pair_with_masks(tmp_path, tmp_path / "masks")
    assert as_names(pairing, tmp_path / "masks") == {"a.png": "a.png"}
    assert pairing.problems == []


def test_alpha_serves_where_there_is_one(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", mode="RGBA")
    draw(tmp_path / "b.png", mode="LA")
    draw(tmp_path / "c.jpg")
    pairing = pair_with_masks(tmp_path, "alpha")
    assert [(pair.name, pair.mask) for pair in pairing.pairs] == [("a.png", None), ("b.png", None)]
    assert "c.jpg: has no alpha channel" in the_problem(pairing)


def test_unreadable_headers_are_problems_of_their_own_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        draw(tmp_path / "in" / name)
        draw(tmp_path / "m" / name)
    (tmp_path / "in" / "a.png").write_text("text")
    (tmp_path / "m" / "b.png").write_bytes(b"")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert [pair.name for pair in pairing.pairs] == ["c.png"]
    assert [name for name, _ in pairing.problems] == ["a.png", "b.png"]
    assert "in/a.png: is not an image" in str(pairing.problems[0][1])
    assert "m/b.png: is empty" in str(pairing.problems[1][1])


def test_missing_places_are_usage_errors(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    with pytest.raises(UsageError, match="check `masks`"):
        pair_with_masks(tmp_path, tmp_path / "missing")
    with pytest.raises(UsageError, match="no such file"):
        pair_with_masks(tmp_path / "missing", "alpha")
    with pytest.raises(UsageError, match="is the image itself"):
        pair_with_masks(tmp_path / "a.png", tmp_path / "a.png")


def test_partners_of_another_kind(tmp_path: Path) -> None:
    truth = draw(tmp_path / "gt" / "a" / "b.png")
    extra = draw(tmp_path / "gt" / "c.png")
    partners = find_partners(["a/b.jpg", "d.png"], tmp_path / "gt", what="true image", error=ImageError)
    assert partners.found == {"a/b.jpg": truth}
    assert partners.extra == [extra]
    name, error = partners.problems[0]
    assert name == "d.png"
    assert isinstance(error, ImageError)
    assert "d.png: no true image in" in str(error)
