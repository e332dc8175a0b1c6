"""``pconv masks edit`` as a process: the address on standard output, the page there, and Ctrl-C."""

import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app


@pytest.fixture(autouse=True)
def _images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save("in/a.png")


def _request(address: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=30)
    headers = {} if body is None else {"Content-Type": "application/json"}
    connection.request("GET" if body is None else "POST", parts.path + path, body, headers)
    reply = connection.getresponse()
    found = reply.status, reply.read()
    connection.close()
    return found


def test_it_prints_the_address_serves_the_page_and_ends_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "pconv_cli", "masks", "edit", "in", "--masks", "m", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert _request(address, "")[0] == 200
        step = '{"kind": "brush", "points": [[20, 20]], "radius": 5}'
        assert _request(address, "image/0/step", step)[0] == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == ""
    assert "1 image; the page is at" in err
    assert "not saved: a.png" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("masks edit empty --masks m", 2, "there is no such file or folder"),
        ("masks edit in --masks in/m", 2, "lies inside the folder of the images"),
        ("masks edit in --masks m --port 99999", 2, "--port 99999: cannot be opened"),
    ],
)
def test_what_can_be_wrong(line: str, code: int, words: str) -> None:
    result = CliRunner().invoke(app, [*line.split(), "--no-browser"])
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())
