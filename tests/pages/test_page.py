import re
from pathlib import Path

import pytest

from pconv_cli.errors import OutputError
from pconv_cli.pages.page import data_uri, facts, is_page, section, write_page
from pconv_cli.pages.slider import SliderView, slider

BAD = "<script>alert(1)</script>\"' 敦煌"


def test_a_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    shown = slider(BAD, [SliderView("before", b"1"), SliderView("after", b"2")], (30, 40), outline=b"3")
    write_page(tmp_path / "a.html", "pconv test", BAD, [section(BAD, facts([(BAD, BAD)]), shown)])
    html = (tmp_path / "a.html").read_text("utf-8")
    assert not re.search(r"https?://|@import|url\(", html)
    assert {value[:5] for value in re.findall(r'(?:src|href)="([^"]*)"', html)} == {"data:"}
    assert html.count("<script>") == 1  # its own
    assert "alert(1)</script>" not in html
    assert "敦煌" in html
    assert not list(tmp_path.glob(".pconv*"))


def test_a_page_knows_its_kind(tmp_path: Path) -> None:
    write_page(tmp_path / "a.html", "pconv test", "x", [])
    (tmp_path / "b.html").write_text("<html>mine</html>")
    assert is_page(tmp_path / "a.html", "pconv test")
    assert not is_page(tmp_path / "a.html", "pconv other")
    assert not is_page(tmp_path / "b.html", "pconv test")
    assert not is_page(tmp_path / "none.html", "pconv test")


def test_what_goes_wrong_while_writing_leaves_the_old_page(tmp_path: Path) -> None:
    place = tmp_path / "a.html"
    place.write_text("old")

    def parts():
        yield section("one")
        raise RuntimeError("two")

    with pytest.raises(RuntimeError, match="two"):
        write_page(place, "pconv test", "x", parts())
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    assert place.read_text() == "old"
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_page(tmp_path / "file" / "a.html", "pconv test", "x", [])


def test_data_uris() -> None:
    assert data_uri(b"\x00\xff", "image/png") == "data:image/png;base64,AP8="


def test_a_single_view_is_no_slider() -> None:
    html = slider("a", [SliderView("before", b"1")], (3, 4))
    assert "<input" not in html
    assert 'data-side="left"' in html


def test_more_views_can_be_chosen() -> None:
    html = slider("a", [SliderView(word, b"1") for word in ("truth", "damaged", "result")], (3, 4), left=0, right=2)
    assert html.count("<select") == 2
    assert re.findall(r'data-side="(\w*)"', html) == ["left", "", "right"]
    assert re.findall(r'<option value="(\d)" selected>', html) == ["0", "2"]
