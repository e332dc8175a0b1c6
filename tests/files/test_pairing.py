import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from pconv_cli.errors import ImageError, MaskError, UsageError
from pconv_cli.files.finding import naming
from pconv_cli.files.finding.pairing import Pairing, find_partners, mask_names, pair_with_masks


def draw(path: Path, size: tuple[int, int] = (8, 6), mode: str = "RGB", orientation: int | None = None) -> Path:
    """Save an image; ``size`` is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.new(mode, size).save(path, exif=exif)
    return path


def as_names(pairing: Pairing, masks: Path) -> dict[str, str]:
    return {pair.name: pair.mask.relative_to(masks).as_posix() for pair in pairing.pairs if pair.mask}


def the_problem(pairing: Pairing) -> str:
    assert len(pairing.problems) == 1
    return str(pairing.problems[0][1])


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
    assert "in/a.png: is no image" in str(pairing.problems[0][1])
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


def test_each_of_one_stem_may_have_a_mask_of_its_own(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "b.jpg", "b.tif", "c/d.jpg", "c/d.png", "e.jpg"):
        draw(tmp_path / "in" / name)
    masks = ["a.jpg.png", "a.png.png", "b.jpg", "b.tif", "c/d.png.png", "c/d_mask.png", "e.jpg_mask.png"]
    for name in masks:
        draw(tmp_path / "m" / name)
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == {
        "a.jpg": "a.jpg.png",  # by the whole name
        "a.png": "a.png.png",
        "b.jpg": "b.jpg",  # of the very same name
        "b.tif": "b.tif",
        "c/d.jpg": "c/d_mask.png",  # what they share, where one has its own
        "c/d.png": "c/d.png.png",
        "e.jpg": "e.jpg_mask.png",
    }
    assert pairing.problems == pairing.extra == []


def test_of_one_stem_the_whole_name_goes_before_the_same_name(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.jpg", "a.jpg.png", "a.png")]
    partners = find_partners(["a.jpg", "a.tif"], tmp_path, files=files)
    assert {name: path.name for name, path in partners.found.items()} == {"a.jpg": "a.jpg.png", "a.tif": "a.png"}


def test_a_name_that_could_be_two_images_goes_by_its_stem(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.jpg.tif"):
        draw(tmp_path / "in" / name)
    draw(tmp_path / "m" / "a.jpg.png")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    assert as_names(pairing, tmp_path / "m") == {"a.jpg.tif": "a.jpg.png"}
    assert "a.jpg: no mask" in the_problem(pairing)


def test_masks_of_one_stem_beside_their_images(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "a.jpg_mask.png", "a.png_mask.png", "b.jpg", "b_mask.jpg"):
        draw(tmp_path / name)
    pairing = pair_with_masks(tmp_path, tmp_path)
    assert as_names(pairing, tmp_path) == {
        "a.jpg": "a.jpg_mask.png",
        "a.png": "a.png_mask.png",
        "b.jpg": "b_mask.jpg",
    }
    assert pairing.problems == pairing.extra == []


def test_masks_are_named_so_that_they_pair(tmp_path: Path) -> None:
    names = ["a.jpg", "a.png", "b/a.jpg", "b/c.d.tif"]
    assert list(mask_names(names).values()) == ["a.jpg.png", "a.png.png", "b/a.png", "b/c.d.png"]
    for name, mask in mask_names(names).items():
        draw(tmp_path / "in" / name)
        draw(tmp_path / "m" / mask)
    assert as_names(pair_with_masks(tmp_path / "in", tmp_path / "m"), tmp_path / "m") == mask_names(names)


def test_a_dangling_link_is_the_problem_of_one_image(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "dead.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "in" / "round.png").symlink_to(tmp_path / "in" / "round.png")
    draw(tmp_path / "one.png", mode="L")
    for name in ("a.png", "dead.png", "round.png"):
        draw(tmp_path / "m" / name, mode="L")
    for masks in ("one.png", "m"):
        pairing = pair_with_masks(tmp_path / "in", tmp_path / masks)
        assert [pair.name for pair in pairing.pairs] == ["a.png"]
        assert [name for name, _ in pairing.problems] == ["dead.png", "round.png"]


@pytest.mark.parametrize(
    ("image", "mask", "pattern"),
    [
        ("A3.jpg", "mask_A3.png", "mask_{stem}"),
        ("a/A4.jpg", "a/A4-mask.png", "{stem}-mask"),
        ("A5.jpg", "A5mask.tif", "{stem}mask"),
        ("敦煌_1.jpg", "masks-敦煌_1.png", "masks-{stem}"),
    ],
)
def test_a_name_that_is_nearly_right_is_proposed_and_its_pattern_pairs_it(
    tmp_path: Path, image: str, mask: str, pattern: str
) -> None:
    draw(tmp_path / "in" / image)
    draw(tmp_path / "m" / mask, mode="L")
    draw(tmp_path / "m" / "B7-mask.png", mode="L")
    problem = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert problem.endswith(f"if {mask} is its mask, rename it, or pass `mask_pattern` '{pattern}'")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m", pattern=pattern)
    assert as_names(pairing, tmp_path / "m") == {image: mask}
    assert pairing.extra == [tmp_path / "m" / "B7-mask.png"]


def test_a_near_name_that_no_pattern_says_is_proposed_alone(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "IMG 12.jpg")
    draw(tmp_path / "m" / "img_12_mask.png", mode="L")
    problem = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert problem.endswith("if img_12_mask.png is its mask, rename it")


def test_a_mask_of_a_kind_that_is_not_read_is_named(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "m" / "a.tga", mode="L")
    problem = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert "a.png: no mask in" in problem
    assert problem.endswith("a.tga is of a kind that is not read; save it as PNG")


def test_patterns_with_a_folder_a_suffix_and_the_whole_name(tmp_path: Path) -> None:
    for name in ("x/a.jpg", "b{name}.png"):
        draw(tmp_path / "in" / name)
    for name in ("x/a/mask.png", "x/a/mask.tif", "b{name}/mask.PNG", "x/a.jpg.holes.png", "b{name}.png.holes.png"):
        draw(tmp_path / "m" / name, mode="L")
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m", pattern="{stem}/mask.png")
    assert as_names(pairing, tmp_path / "m") == {"x/a.jpg": "x/a/mask.png", "b{name}.png": "b{name}/mask.PNG"}
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m", pattern="{name}.holes")
    expected = {"x/a.jpg": "x/a.jpg.holes.png", "b{name}.png": "b{name}.png.holes.png"}
    assert as_names(pairing, tmp_path / "m") == expected


def test_masks_beside_their_images_by_a_pattern(tmp_path: Path) -> None:
    for name in ("a.png", "a-mask.png", "b/c.png", "b/c-mask.png", "d_mask.png"):
        draw(tmp_path / name)
    pairing = pair_with_masks(tmp_path, tmp_path, pattern="{stem}-mask")
    assert as_names(pairing, tmp_path) == {"a.png": "a-mask.png", "b/c.png": "b/c-mask.png"}
    assert "d_mask.png: no mask" in the_problem(pairing)


@pytest.mark.parametrize("pattern", ["mask", "{stem", "{stem}{other}", "../{stem}", "/m/{stem}", ""])
def test_patterns_that_name_no_mask_are_refused(tmp_path: Path, pattern: str) -> None:
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "m").mkdir()
    with pytest.raises(UsageError, match="`mask_pattern`"):
        pair_with_masks(tmp_path / "in", tmp_path / "m", pattern=pattern)
    with pytest.raises(UsageError, match="belongs to a folder of masks"):
        pair_with_masks(tmp_path / "in", "alpha", pattern="{stem}-mask")


def test_names_are_not_each_held_against_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    core = naming._core

    def counted(path: str) -> tuple[str, str]:
        nonlocal looks
        looks += 1
        return core(path)

    monkeypatch.setattr(naming, "_core", counted)
    names = [f"{number}.jpg" for number in range(50)]
    partners = find_partners(names, tmp_path, files=[tmp_path / f"{number}-mask.png" for number in range(50)])
    assert "if 7-mask.png is its mask, rename it, or pass `mask_pattern` '{stem}-mask'" in str(partners.problems[7][1])
    assert looks <= 3 * len(names)
