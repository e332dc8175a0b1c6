"""Names that are nearly right, several files of one stem, and patterns."""

from pathlib import Path

import pytest

from pconv_cli.errors import UsageError
from pconv_cli.files.finding import naming
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.finding.partners import find_partners, mask_names

from .pairs import as_names, draw, the_problem


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
    assert problem.endswith("a.tga is in a format that is not read; save it as PNG")


@pytest.mark.parametrize("suffix", [".json", ".XML", ".svg", ".psd"])
def test_an_annotation_instead_of_a_mask_is_named_with_the_command_that_draws_it(tmp_path: Path, suffix: str) -> None:
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "b.png")
    draw(tmp_path / "m" / "b.png", mode="L")
    (tmp_path / "m" / f"a{suffix}").touch()
    problem = the_problem(pair_with_masks(tmp_path / "in", tmp_path / "m"))
    assert problem.endswith(f"if a{suffix} annotates it, draw masks from such files by pconv masks import")


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
