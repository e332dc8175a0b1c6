"""Files beside restored ones are no images of their own, as long as those are there."""

from pathlib import Path

import pytest

from pconv_cli.files.finding.find import find_images
from pconv_cli.files.retouch.names import every_extra_path, is_extra


def test_all_names_are_known_again() -> None:
    for target in ("a.jpg", "b.c.tif", "d.retouch.png"):
        places = [place.name for place in every_extra_path(Path("out", target))]
        assert len(set(places)) == 6
        assert all(is_extra(name, {target}) for name in places)
        assert not any(is_extra(name, set(places)) for name in places)


@pytest.mark.parametrize("name", ["a.jpg", "a.retouch.png", "a.jpg.retouch.jpg", "a.jpg.show.png.tif", ".jpg.show.png"])
def test_other_names_are_images(name: str) -> None:
    assert not is_extra(name, {"a.jpg", "a", ".jpg", name})


def test_a_search_passes_them_over(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.jpg.retouch.png", "a.jpg.show.tif", "b.jpg.show.png", "c.retouch.png"):
        (tmp_path / name).touch()
    assert [path.name for path in find_images(tmp_path)] == ["a.jpg", "b.jpg.show.png", "c.retouch.png"]
    alone = tmp_path / "a.jpg.show.tif"
    assert find_images(alone) == [alone]
