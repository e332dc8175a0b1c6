import os
from pathlib import Path

import pytest

from pconv_cli.errors import UsageError
from pconv_cli.files.finding.find import find_images, relative_name
from pconv_cli.files.formats import IMAGE_SUFFIXES


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_images_are_found_at_any_depth_in_posix_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a/z.JPG", "a/b/c/d/e/deep.tiff", "敦煌 壁画/敦煌_001.tif", "with space.webp", "c.bmp")
    names = [relative_name(path, tmp_path) for path in find_images(tmp_path)]
    assert names == sorted(names)
    assert set(names) == {
        "b.png",
        "a/z.JPG",
        "a/b/c/d/e/deep.tiff",
        "敦煌 壁画/敦煌_001.tif",
        "with space.webp",
        "c.bmp",
    }


def test_hidden_unfinished_and_other_files_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", ".hidden.png", "._a.png", ".cache/b.png", "notes.txt", "png", ".pconv-12ab.png")
    assert [path.name for path in find_images(tmp_path)] == ["a.png"]


def test_a_single_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "scan.dat")
    assert find_images(tmp_path / "scan.dat") == [tmp_path / "scan.dat"]
    assert relative_name(tmp_path / "scan.dat", tmp_path / "scan.dat") == "scan.dat"


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.png", "in/b.png")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    names = [relative_name(path, tmp_path / "in") for path in find_images(tmp_path / "in")]
    assert names == ["b.png", "link/a.png"]


def test_a_folder_goes_by_its_own_name_and_not_by_that_of_a_link_to_it(tmp_path: Path) -> None:
    touch(tmp_path, "y/z/p.png", "b/q.png")
    (tmp_path / "a_link").symlink_to(tmp_path / "y" / "z")
    (tmp_path / "b" / "link").symlink_to(tmp_path / "y")
    assert [relative_name(path, tmp_path) for path in find_images(tmp_path)] == ["b/q.png", "y/z/p.png"]


def test_pipes_are_passed_over_and_links_that_lead_nowhere_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "pipe.png")
    (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in find_images(tmp_path)] == ["a.png", "lost.png"]


def test_empty_and_missing_folders(tmp_path: Path) -> None:
    assert find_images(tmp_path) == []
    with pytest.raises(UsageError, match="no such file"):
        find_images(tmp_path / "missing")


def test_suffixes_are_lower_case() -> None:
    assert {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".svs", ".webp", ".bmp"} <= IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)
