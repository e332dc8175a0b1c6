"""The mask page as a person uses it: a hole drawn with the mouse, undone, filled, saved; then the folder restored."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.web.api import Api
from pconv_cli.web.server import MaskServer
from pconv_cli.web.workspace import EditOptions, Workspace


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of a page of two images; each has a white bar across a grey ramp."""
    (tmp_path / "in").mkdir()
    image = np.tile(np.linspace(60, 200, 300, dtype=np.uint8)[np.newaxis, :, np.newaxis], (200, 1, 3))
    image[96:104, 40:260] = 250
    for name in ("a.png", "b.png"):
        Image.fromarray(image).save(tmp_path / "in" / name)
    server = MaskServer(Api(Workspace(EditOptions(tmp_path / "in", tmp_path / "m"))))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.address
    server.shutdown()
    thread.join()
    server.server_close()


MESSAGE = "document.getElementById('message').textContent"
STATE = "document.getElementById('state').textContent"


def _open(chromium: Any, page: str, width: int) -> Any:
    """Open the page and wait for the image; gives a function from image to screen."""
    chromium.open(page, width)
    chromium.until("document.getElementById('name').textContent === 'a.png'")
    left, top, across, down = chromium.value(
        "(() => { const r = document.getElementById('canvas').getBoundingClientRect();"
        " return [r.left, r.top, r.width, r.height]; })()"
    )
    scale = min(across / 300, down / 200, 8) * 0.96

    def place(x: float, y: float) -> tuple[float, float]:
        return left + across / 2 + (x - 150) * scale, top + down / 2 + (y - 100) * scale

    return place


@pytest.mark.parametrize("width", [1440, 800])
def test_draw_undo_fill_save_reload_and_restore(chromium: Any, page: str, tmp_path: Path, width: int) -> None:
    place = _open(chromium, page, width)
    chromium.drag(place(40, 100), place(150, 100), place(260, 100))
    chromium.until(f"{STATE}.includes('changed')")
    chromium.type("z", control=True)
    chromium.until(f"{STATE}.includes('0.00 %')")
    chromium.type("y", control=True)
    chromium.until(f"!{STATE}.includes('0.00 %')")
    chromium.value(
        "document.getElementById('method').value = 'telea'; document.getElementById('follow').checked = true"
    )
    chromium.type("r")
    chromium.until("document.getElementById('after').checked")
    assert "Filled with telea" in chromium.value(MESSAGE)
    chromium.type("x")
    assert not chromium.value("document.getElementById('after').checked")
    chromium.type("s", control=True)
    chromium.until(f"{MESSAGE}.includes('Saved as a.png')")
    hole = ~read_mask(tmp_path / "m/a.png")
    assert hole[92:108, 45:255].all()
    assert hole.sum() < 26 * 246
    chromium.open(page, width)
    chromium.until("document.querySelector('#images .saved') !== null")
    chromium.until("document.getElementById('method').value === 'telea'")
    assert chromium.complaints == []
    assert all(address.startswith(page) for address in chromium.requests)
    result = CliRunner().invoke(
        app,
        [
            "inpaint",
            str(tmp_path / "in/a.png"),
            "--masks",
            str(tmp_path / "m"),
            "--out",
            str(tmp_path / "out"),
            "--json",
        ],
    )
    assert result.exit_code == 0, result.output
    manifest = json.loads((tmp_path / "out/manifest.jsonl").read_text().splitlines()[-1])
    assert manifest["recipe"]["method"] == "telea"  # as the page says, without --method
    restored = np.asarray(Image.open(tmp_path / "out/a.png"))
    assert restored.max() <= 205


def test_proposals_polygons_and_keys(chromium: Any, page: str, tmp_path: Path) -> None:
    place = _open(chromium, page, 1440)
    assert chromium.value("document.querySelector('#damage [value=white]').checked")
    chromium.type("d")
    chromium.until(f"{MESSAGE}.includes('Proposals found')")
    chromium.click(*place(150, 100))  # with Review, which the search chose
    chromium.until(f"!{STATE}.includes('0.00 %')")
    chromium.type("p")
    for corner in ((20, 20), (60, 20), (60, 60), (20, 60)):
        chromium.click(*place(*corner))
    chromium.press("Enter")
    chromium.until("!document.getElementById('undo').disabled")
    chromium.type("s", control=True)
    chromium.until(f"{MESSAGE}.includes('Saved')")
    hole = ~read_mask(tmp_path / "m/a.png")
    assert hole[96:104, 40:260].all()
    assert hole[22:58, 22:58].all()
    chromium.press("PageDown")
    chromium.until("document.getElementById('name').textContent === 'b.png'")
    assert "no mask" in chromium.value(STATE)
    chromium.value("document.getElementById('language').click()")
    assert chromium.value("document.getElementById('save').textContent") == "保存掩膜"
    assert chromium.value("document.documentElement.lang") == "zh-CN"
    assert chromium.complaints == []


NAME = "document.getElementById('name').textContent"
SLOW = """(() => {{
  const real = window.fetch;
  window.fetch = async (address, options) => {{
    if (String(address) === {address!r}) await new Promise((done) => setTimeout(done, {wait}));
    return real(address, options);
  }};
}})()"""


def _press_button(chromium: Any, name: str) -> None:
    chromium.value(f"document.getElementById('{name}').click()")


def test_the_image_asked_for_last_is_shown_whichever_comes_last(chromium: Any, page: str) -> None:
    _open(chromium, page, 1440)
    chromium.value(SLOW.format(address="image/1", wait=300))
    chromium.press("PageDown", "PageUp")
    chromium.until("performance.getEntriesByName(new URL('image/1', location).href).length === 1")
    chromium.until("performance.getEntriesByName(new URL('image/0', location).href).length === 2")
    assert chromium.value(NAME) == "a.png"


def test_a_fill_that_comes_late_is_not_laid_over_another_image(chromium: Any, page: str) -> None:
    place = _open(chromium, page, 1440)
    chromium.drag(place(40, 100), place(260, 100))
    chromium.until(f"{STATE}.includes('changed')")
    chromium.value("document.getElementById('method').value = 'telea'")
    chromium.value(SLOW.format(address="image/0/fill", wait=300))
    chromium.type("r")
    chromium.press("PageDown")
    chromium.until(f"{NAME} === 'b.png'")
    chromium.until("performance.getEntriesByName(new URL('image/0/fill', location).href).length === 1")
    chromium.value("new Promise((done) => setTimeout(done, 100))")
    assert not chromium.value("document.getElementById('after').checked")


def test_a_stroke_drawn_while_the_mask_is_saved_is_kept_and_not_said_to_be_saved(
    chromium: Any, page: str, tmp_path: Path
) -> None:
    place = _open(chromium, page, 1440)
    chromium.drag(place(40, 100), place(100, 100))
    chromium.until(f"{STATE}.includes('changed')")
    chromium.value(SLOW.format(address="image/0/save", wait=300))
    chromium.type("s", control=True)
    chromium.drag(place(150, 100), place(260, 100))
    chromium.until(f"{MESSAGE}.includes('Saved')")
    chromium.until(f"{STATE}.includes('changed')")
    assert not (~read_mask(tmp_path / "m/a.png"))[90:110, 150:250].any()
    chromium.type("s", control=True)
    chromium.until(f"{STATE}.includes('saved') && !{STATE}.includes('not')")
    assert (~read_mask(tmp_path / "m/a.png"))[95:105, 150:250].all()


def test_space_presses_what_has_the_focus_and_caps_lock_changes_no_key(chromium: Any, page: str) -> None:
    place = _open(chromium, page, 1440)
    chromium.drag(place(40, 100), place(100, 100))
    chromium.until(f"{STATE}.includes('changed')")
    chromium.value("document.getElementById('erase').focus()")
    for kind in ("keyDown", "keyUp"):
        chromium.call("Input.dispatchKeyEvent", type=kind, key=" ", code="Space", text=" ", windowsVirtualKeyCode=32)
    assert chromium.value("document.getElementById('erase').checked")
    chromium.type("Z", control=True)  # Caps Lock, no Shift
    chromium.until(f"{STATE}.includes('no mask')")
    chromium.type("H")
    assert chromium.value("document.getElementById('tool-hand').getAttribute('aria-pressed')") == "true"


def test_the_choice_of_a_method_is_kept_with_its_image(chromium: Any, page: str) -> None:
    _open(chromium, page, 1440)
    chromium.value("document.getElementById('method').value = 'ns'")
    _press_button(chromium, "follow")
    chromium.until(f"{STATE}.includes('changed')")
    chromium.press("PageDown")
    chromium.until(f"{NAME} === 'b.png'")
    assert not chromium.value("document.getElementById('follow').checked")
    chromium.press("PageUp")
    chromium.until(f"{NAME} === 'a.png'")
    assert chromium.value("document.getElementById('follow').checked")
    assert chromium.value("document.getElementById('method').value") == "ns"


def test_a_variant_is_chosen_saved_and_followed_by_the_command(chromium: Any, page: str, tmp_path: Path) -> None:
    place = _open(chromium, page, 1440)
    chromium.drag(place(40, 100), place(260, 100))
    chromium.until(f"{STATE}.includes('changed')")
    for method, none in (("telea", True), ("patchmatch", False)):
        chromium.value(
            f"document.getElementById('method').value = '{method}';"
            "document.getElementById('method').dispatchEvent(new Event('change'))"
        )
        assert chromium.value("document.getElementById('variants').disabled") is none
    _press_button(chromium, "follow")
    chromium.type("v")
    chromium.until("document.querySelectorAll('#strip figure').length === 4")
    chromium.until(f"{MESSAGE} === ''")
    chromium.value("document.querySelectorAll('#strip button')[2].click()")
    chromium.until(f"{MESSAGE}.includes('patchmatch 3 chosen')")
    chromium.type("s", control=True)
    chromium.until(f"{MESSAGE}.includes('Saved')")
    record = json.loads((tmp_path / "m/edits.json").read_text())["images"]["a.png"]
    assert (record["method"], record["seed"]) == ("patchmatch", 2)
    command = ["inpaint", tmp_path / "in/a.png", "--masks", tmp_path / "m", "--out", tmp_path / "out"]
    result = CliRunner().invoke(app, [str(word) for word in command])
    assert result.exit_code == 0, result.output
    recipe = json.loads((tmp_path / "out/manifest.jsonl").read_text().splitlines()[-1])["recipe"]
    assert (recipe["method"], recipe["seed"]) == ("patchmatch", 2)
    chromium.press("PageDown")
    chromium.until(f"{NAME} === 'b.png'")
    assert chromium.value("document.getElementById('strip').hidden")
    chromium.press("PageUp")
    chromium.until(f"{NAME} === 'a.png'")
    chromium.type("s", control=True)  # keeps the variant that was read
    chromium.until(f"{MESSAGE}.includes('Saved')")
    assert json.loads((tmp_path / "m/edits.json").read_text())["images"]["a.png"]["seed"] == 2


def test_an_image_that_cannot_be_read_is_said_and_passed(chromium: Any, page: str, tmp_path: Path) -> None:
    (tmp_path / "in/a.png").write_bytes(b"no image")
    chromium.open(page, 800)
    chromium.until(f"{MESSAGE}.includes('a.png')")
    chromium.press("PageDown")
    chromium.until(f"{NAME} === 'b.png'")
    (tmp_path / "in/a.png").unlink()
    chromium.press("PageUp")
    chromium.until(f"{MESSAGE}.includes('a.png')")
    assert chromium.value(NAME) == "b.png"


def test_a_server_that_has_ended_is_said(chromium: Any, page: str) -> None:
    place = _open(chromium, page, 1440)
    chromium.value("window.fetch = () => Promise.reject(new TypeError())")
    chromium.drag(place(40, 100), place(100, 100))
    chromium.until(f"{MESSAGE}.includes('does not answer')")
    chromium.value("document.getElementById('message').textContent = ''")
    for _ in range(8):
        chromium.type("-")  # to tiles that are not there yet
    chromium.until(f"{MESSAGE}.includes('does not answer')")


@pytest.mark.parametrize("width", [1440, 800])
def test_nothing_lies_beyond_the_window_in_either_language(chromium: Any, page: str, width: int) -> None:
    _open(chromium, page, width)
    chromium.value(f"{NAME} = 'a long name of a photograph, '.repeat(12)")
    for _ in range(2):
        _press_button(chromium, "language")
        assert chromium.value("document.documentElement.scrollWidth <= window.innerWidth")
        assert chromium.value(
            "document.getElementById('panel').scrollWidth <= document.getElementById('panel').clientWidth"
        )
        assert chromium.value("document.getElementById('language').getBoundingClientRect().right <= window.innerWidth")
