"""A mask page's folders and its server."""

import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.web.api import Api
from pconv_cli.web.server import MaskServer
from pconv_cli.web.workspace import EditOptions, Workspace


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two images with a white square each: ``a.png``, and ``sub/b.jpg``, which viewers turn by a quarter."""
    image = np.tile(np.linspace(40, 160, 120, dtype=np.uint8)[np.newaxis, :, np.newaxis], (80, 1, 3))
    image[20:40, 30:60] = 255
    (tmp_path / "in/sub").mkdir(parents=True)
    Image.fromarray(image).save(tmp_path / "in/a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(image).save(tmp_path / "in/sub/b.jpg", exif=exif, quality=95)
    return tmp_path / "in"


@pytest.fixture
def server(images: Path, tmp_path: Path) -> Iterator[MaskServer]:
    """A server of their page, under way."""
    server = MaskServer(Api(Workspace(EditOptions(images, tmp_path / "m"))))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def ask(server: MaskServer) -> Ask:
    """Send a request below the token, and give status, headers and body."""

    def asked(
        path: str, body: Any = None, *, headers: dict[str, str] | None = None, below: str | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=30)
        whole = f"/{server.token}/{path}" if below is None else below + path
        sent = {"Content-Type": "application/json"} if body is not None else {}
        connection.request("GET" if body is None else "POST", whole, body, {**sent, **(headers or {})})
        reply = connection.getresponse()
        found = reply.status, dict(reply.getheaders()), reply.read()
        connection.close()
        return found

    return asked
