"""The page of ``pconv inpaint --report`` in a real browser."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.methods.names import Method

NAMES = ["a.png", '敦煌 <img src=x onerror="window.hit=1">&.png']


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    for name in NAMES:
        image = np.full((60, 90, 3), 200, np.uint8)
        mask = np.ones((60, 90), bool)
        mask[20:40, 30:60] = False
        image[~mask] = rng.integers(0, 50, 3)
        write_rgb(root / "in" / name, image)
        write_mask(root / "m" / name, mask)
    write_rgb(root / "in" / "lone.png", image)  # without a mask
    inpaint_folder(
        InpaintOptions(
            images=root / "in",
            masks=root / "m",
            out=root / "out",
            method=Method.TELEA,
            report=root / "报告 #1.html",
        )
    )
    return root / "报告 #1.html"


def first(what: str) -> str:
    return f"document.querySelector('.card {what}')"


def test_it_shows_every_image_and_asks_nobody_for_anything(chromium: Any, page: Path) -> None:
    chromium.open(page)
    assert chromium.value("[...document.querySelectorAll('.card h3')].map(one => one.textContent)") == NAMES
    assert "lone.png: no mask" in chromium.value("document.querySelector('.failed').textContent")
    decoded = "Promise.all([...document.images].map(one => (one.loading = 'eager', one.decode())))"
    assert (
        chromium.value(f"{decoded}.then(all => all.length)") == 12
    )  # of two: before, after, outline, and three side by side
    assert chromium.value("[...document.images].every(one => one.naturalWidth === 90)")
    assert all(url.startswith(("file:", "data:")) for url in chromium.requests)
    assert [url for url in chromium.requests if url.startswith("file:")] == [page.as_uri()]
    assert chromium.value("window.hit") is None
    assert chromium.complaints == []


def test_the_divider_is_moved_by_keys(chromium: Any, page: Path) -> None:
    chromium.open(page)
    for _ in range(6):  # by what is focused before it
        chromium.press("Tab")
        if chromium.value("document.activeElement.type") == "range":
            break
    assert chromium.value(f"document.activeElement === {first('input')}")
    assert chromium.value(f"getComputedStyle({first('.stage')}).outlineStyle") == "solid"  # focus is seen
    assert chromium.value("document.activeElement.ariaLabel") == "a.png: divider between before and after"
    at = f"{first('.stage')}.style.getPropertyValue('--at')"
    left = (
        f"Math.round({first('.divider')}.getBoundingClientRect().left - {first('.stage')}.getBoundingClientRect().left)"
    )
    width = chromium.value(f"{first('.stage')}.clientWidth")
    for key, percent in (("ArrowRight", 51), ("ArrowLeft", 50), ("End", 100), ("Home", 0)):
        chromium.press(key)
        assert chromium.value(at) == f"{percent}%"
        assert abs(chromium.value(left) - width * percent / 100) <= 2
    assert chromium.value("document.activeElement.getAttribute('aria-valuetext')") == "0 % before, the rest after"
    clip = f"getComputedStyle({first('[data-side=right]')}).clipPath"
    assert chromium.value(clip).startswith("inset(0px")
    assert chromium.value(clip).endswith(" 0%)")


def test_a_click_brings_the_divider_under_the_pointer(chromium: Any, page: Path) -> None:
    chromium.open(page)
    box = chromium.value(f"{first('.stage')}.getBoundingClientRect().toJSON()")
    chromium.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    assert abs(float(chromium.value(f"{first('input')}.value")) - 80) <= 1


@pytest.mark.parametrize("width", [1280, 480, 320])
def test_it_fits_the_window(chromium: Any, page: Path, width: int) -> None:
    chromium.open(page, width)
    assert chromium.value("document.documentElement.scrollWidth") <= width
    columns = chromium.value("getComputedStyle(document.querySelector('.cards')).gridTemplateColumns.split(' ').length")
    assert columns == (2 if width == 1280 else 1)


def test_light_and_dark(chromium: Any, page: Path) -> None:
    grounds = []
    for dark in (False, True):
        chromium.open(page, dark=dark)
        ground, ink = (
            sum(map(int, chromium.value(f"getComputedStyle(document.body).{what}.match(/\\d+/g)")[:3]))
            for what in ("backgroundColor", "color")
        )
        assert abs(ground - ink) > 3 * 150
        grounds.append(ground)
    assert grounds[0] > grounds[1]


def test_outlines_are_drawn_where_asked(chromium: Any, page: Path) -> None:
    chromium.open(page)
    style = f"(({{clipPath, display}}) => [clipPath, display])(getComputedStyle({first('.outline')}))"
    seen = {}
    for choice in ("left", "both", "none"):
        pick = f"s => {{ s.value = '{choice}'; s.dispatchEvent(new Event('change')); }}"
        chromium.value(f"({pick})(document.querySelector('#outlines'))")
        seen[choice] = chromium.value(style)
    assert "50%" in seen["left"][0]
    assert seen["both"] == ["none", seen["left"][1]]
    assert seen["none"][1] == "none"


def test_on_paper_before_and_after_stand_side_by_side(chromium: Any, page: Path) -> None:
    chromium.open(page)
    chromium.call("Emulation.setEmulatedMedia", media="print")
    chromium.value("document.querySelectorAll('img').forEach(one => { one.loading = 'eager'; })")
    place = "(one => { const r = one.getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })"
    left, right, outline = (
        chromium.value(f"{place}({first(f'.stage {what}')})")
        for what in ("img[data-side=left]", "img[data-side=right]", ".outline")
    )
    assert left == outline
    assert left[1:] == right[1:]
    assert left[2:] == [90, 60]
    assert right[0] >= left[0] + left[2]
    assert chromium.value(f"getComputedStyle({first('img[data-side=right]')}).clipPath") == "none"
    for side, view in (("left", left), ("right", right)):  # each with its word below it
        word = chromium.value(f"{place}({first(f'.side.{side}')})")
        assert word[0] == view[0]
        assert word[1] >= view[1] + view[3]
    assert chromium.value("[...document.querySelectorAll('.bar, .how, input')].every(one => !one.offsetParent)")
    chromium.call("Emulation.setEmulatedMedia", media="")
