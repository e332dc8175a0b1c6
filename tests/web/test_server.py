"""The page's server: what it serves, and whom it refuses."""

import io
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.errors import UsageError
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.web.drawing import MaskDrawing
from pconv_cli.web.server import LARGEST_BODY, MaskServer

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


def _post(ask: Ask, path: str, **body: Any) -> Any:
    status, _, data = ask(path, json.dumps(body))
    assert status == 200, data
    return json.loads(data)


def test_the_page_and_what_it_loads_come_below_the_token(ask: Ask) -> None:
    for name, kind in (("", "text/html"), ("editor.js", "text/javascript"), ("view.js", "text/javascript")):
        status, headers, body = ask(name)
        assert status == 200
        assert headers["Content-Type"].startswith(kind)
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert body
    listing = json.loads(ask("images")[2])
    assert [(one["name"], one["state"]) for one in listing["images"]] == [("a.png", "none"), ("sub/b.jpg", "none")]


def test_it_listens_on_the_loopback_interface_alone(server: MaskServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.address.startswith("http://127.0.0.1:")
    assert len(server.token) >= 32


@pytest.mark.parametrize(
    ("below", "headers"),
    [
        ("/", {}),  # no token
        ("/guess/", {}),
        (None, {"Host": "example.org"}),  # a name that points here
        (None, {"Host": "example.org:80"}),
        (None, {"Origin": "http://example.org"}),  # another page
        (None, {"Origin": "null"}),
    ],
)
def test_who_has_no_token_or_comes_from_elsewhere_finds_nothing(
    ask: Ask, tmp_path: Path, below: str | None, headers: dict[str, str]
) -> None:
    for path, body in (("", None), ("images", None), ("tile/0/0/0/0", None), ("image/0/save", "{}")):
        status, _, data = ask(path, body, headers=headers, below=below)
        assert status == 404
        assert json.loads(data) == {"error": "there is nothing here"}
    assert not list((tmp_path / "m").iterdir())


@pytest.mark.parametrize(
    "path",
    [
        "../../in/a.png",
        "..%2f..%2fin/a.png",
        "static/../server.py",
        "server.py",
        "tile/0/0/0/9",
        "tile/0/99/0/0",
        "tile/-1/0/0/0",
        "tile/7/0/0/0",
        "tile/a.png/0/0/0",
        "image/../../etc/passwd",
        "image/0/nothing",
        f"image/{'9' * 5000}",
    ],
)
def test_nothing_but_the_images_and_the_page_can_be_reached(ask: Ask, path: str) -> None:
    assert ask(path)[0] == 404


def test_bodies_are_small_json_of_a_stated_length(ask: Ask, server: MaskServer) -> None:
    step = "image/0/step"
    assert ask(step, "{", headers={})[0] == 400
    assert ask(step, "[" * 100_000)[0] == 400
    assert ask(step, "[]")[0] == 400
    assert ask(step, "{}", headers={"Content-Type": "text/plain"})[0] == 400
    with socket.create_connection(server.server_address[:2], timeout=30) as raw:
        head = f"POST /{server.token}/{step} HTTP/1.1\r\nHost: 127.0.0.1:{server.server_address[1]}\r\n"
        raw.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n".encode())
        assert b"400" in raw.recv(4096).split(b"\r\n")[0]
    assert ask(step, "{}", headers={"Content-Type": "application/json", "Content-Length": "9" * 5000})[0] == 400


def test_a_fault_of_ours_is_not_said_to_be_the_requests(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise ValueError("operands could not be broadcast together")

    monkeypatch.setattr(MaskDrawing, "clear", broken)
    status, _, data = ask("image/0/step", json.dumps({"kind": "clear"}))
    assert (status, json.loads(data)["error"]) == (500, "ValueError: operands could not be broadcast together")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "format-disk"}, "there is no step"),
        ({"kind": "brush", "points": [[1]], "radius": 3}, "not pairs of numbers"),
        ({"kind": "brush", "points": [[1, 1]], "radius": "x"}, "radius must be a number"),
        ({"kind": "brush", "points": [[1, 1]], "radius": True}, "radius must be a number"),
        ({"kind": "area", "points": [[1e300, 1]]}, "lies more than"),
        ({"kind": "brush", "points": [[10**400, 1]], "radius": 3}, "not pairs of numbers"),
        ({"kind": "flood", "x": 10**400, "y": 0, "tolerance": 3}, "outside the image"),
        ({"kind": "flood", "x": float("nan"), "y": 0, "tolerance": 3}, "x must be a number"),
        ({"kind": "method", "method": "magic"}, "magic"),
        ({"kind": "method", "method": "telea", "seed": 1}, "no meaning without patches"),
        ({"kind": "method", "method": "patchmatch", "seed": "x"}, "seed must be a number"),
        ({"kind": "flood", "x": 1000, "y": 0, "tolerance": 3}, "outside the image"),
        ({"kind": "propose", "window": [0, 0, 10], "damage": ["white"]}, "window must be"),
        ({"kind": "propose", "window": [500, 500, 10, 10], "damage": ["white"]}, "lies outside the image"),
        ({"kind": "propose", "window": [0, 0, 10, 10], "damage": ["rust"]}, "rust"),
        ({"kind": "propose", "window": [0, 0, 10, 10], "colours": ["red"]}, "is not a colour"),
        ({"kind": "propose", "window": [0, 0, 10, 10]}, "nothing to look for"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(ask: Ask, body: dict[str, Any], words: str) -> None:
    status, _, data = ask("image/0/step", json.dumps(body))
    assert status in (400, 404)
    assert words in json.loads(data)["error"]
    assert json.loads(ask("image/0")[2])["version"] == 0


def _mask_tile(ask: Ask, number: int = 0) -> np.ndarray:
    image = Image.open(io.BytesIO(ask(f"mask/{number}/0/0/0")[2]))
    return np.asarray(image)


def test_draw_undo_propose_fill_and_save(ask: Ask, images: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in images.rglob("*.*")}
    state = _post(ask, "image/0/step", kind="brush", points=[[10, 10], [20, 10]], radius=3)
    assert state["state"] == "changed"
    assert state["undo"]
    assert (_mask_tile(ask) == 1).sum() > 60
    undone = _post(ask, "image/0/step", kind="undo")
    assert undone["redo"]
    assert undone["state"] == "none"  # as before the stroke: nothing to save
    assert not (_mask_tile(ask) == 1).any()
    found = _post(ask, "image/0/step", kind="propose", window=[0, 0, 120, 80], colours=["#ffffff"])
    assert found["answer"] == 1
    assert found["state"] == "none"  # proposals alone are nothing to save
    assert set(np.unique(_mask_tile(ask))) == {0, 2}
    assert ask("image/0/fill", json.dumps({"window": [0, 0, 120, 80], "method": "telea"}))[0] == 204
    assert _post(ask, "image/0/step", kind="judge", x=40, y=30, accept=True)["answer"] is True
    status, _, data = ask("image/0/fill", json.dumps({"window": [20, 10, 60, 50], "method": "pyramid"}))
    assert status == 200
    filled = np.asarray(Image.open(io.BytesIO(data)))
    original = np.asarray(Image.open(images / "a.png"))[10:60, 20:80]
    assert filled.shape == (50, 60, 3)
    assert filled.max() < 200
    np.testing.assert_array_equal(filled[:, :5], original[:, :5])
    assert _post(ask, "image/0/save")["state"] == "saved"
    assert _post(ask, "image/0/step", kind="method", method="telea")["state"] == "changed"
    assert _post(ask, "image/0/save")["state"] == "saved"
    record = json.loads((tmp_path / "m/edits.json").read_text())["images"]["a.png"]
    assert (record["mask"], record["made_by"], record["began_as"], record["method"]) == (
        "a.png",
        "edited",
        "detected",
        "telea",
    )
    hole = ~read_mask(tmp_path / "m/a.png")
    assert hole[20:40, 30:60].all()
    assert hole.sum() < 34 * 24
    assert {path: path.read_bytes() for path in images.rglob("*.*")} == before


def test_a_turned_image_is_shown_upright_and_its_mask_stored_as_the_image_is(ask: Ask, tmp_path: Path) -> None:
    shown = json.loads(ask("image/1")[2])
    assert (shown["width"], shown["height"]) == (80, 120)
    tile = np.asarray(Image.open(io.BytesIO(ask("tile/1/0/0/0")[2])).convert("L"))
    rows, columns = np.nonzero(tile > 220)
    x, y = int(columns.mean()), int(rows.mean())
    _post(ask, "image/1/step", kind="flood", x=x, y=y, tolerance=30)
    _post(ask, "image/1/save")
    hole = ~read_mask(tmp_path / "m/sub/b.png")
    assert hole.shape == (80, 120)
    assert hole[22:38, 32:58].all()
    assert hole.sum() < 36 * 26


def test_what_was_saved_is_there_for_the_next_server(
    ask: Ask, server: MaskServer, images: Path, tmp_path: Path
) -> None:
    from pconv_cli.web.workspace import EditOptions, Workspace

    _post(ask, "image/0/step", kind="area", points=[[5, 5], [15, 5], [15, 15], [5, 15]])
    _post(ask, "image/0/step", kind="method", method="ns")
    _post(ask, "image/0/save")
    _post(ask, "image/0/step", kind="clear")
    again = Workspace(EditOptions(images, tmp_path / "m"))
    assert again.listing()[0] == {"name": "a.png", "state": "saved", "method": "ns", "seed": 0}
    assert again.work("a.png").drawing.mask.hole_pixels == 100


def test_a_mask_that_cannot_be_written_is_said(ask: Ask, tmp_path: Path) -> None:
    _post(ask, "image/0/step", kind="brush", points=[[10, 10]], radius=3)
    (tmp_path / "m/a.png").mkdir(parents=True)
    status, _, data = ask("image/0/save", "{}")
    assert status == 409
    assert "a.png" in json.loads(data)["error"]
    assert json.loads(ask("image/0")[2])["state"] == "changed"


def test_a_port_that_is_taken_or_none(server: MaskServer) -> None:
    for port in (server.server_address[1], 99_999):
        with pytest.raises(UsageError, match="cannot be opened"):
            MaskServer(server.api, port)
