"""What is switched off while files are decoded, by however many threads, is on again afterwards."""

import logging
import struct
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from pconv_cli.files.decoding import decoding
from pconv_cli.files.images import read_image


def test_several_threads_decode_at_a_time_and_leave_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    filters, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    both, first_out = threading.Barrier(2, timeout=10), threading.Event()

    def decode(number: int) -> int | None:
        with decoding(tmp_path / "a.png"):
            both.wait()  # never passed where one waits for the other
            if number == 1:
                first_out.wait(10)
                warnings.warn("of a decoder", stacklevel=1)  # is still not heard
            seen = Image.MAX_IMAGE_PIXELS
        first_out.set()
        return seen

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(decode, range(2))) == [None, None]
    assert list(warnings.filters) == filters
    assert limit == Image.MAX_IMAGE_PIXELS
    with pytest.warns(UserWarning, match="heard again"):
        warnings.warn("heard again", stacklevel=1)


def test_what_a_decoder_logs_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As in a program of its own, where nobody handles log records and Python prints warnings as a last resort.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 0, 0, 0, 1))  # interlaced, which libpng remarks on
    rows = chunk(b"IDAT", zlib.compress(b"\0\x12\x34"))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b""))
    assert read_image(tmp_path / "a.png").samples.tolist() == [[[0x1234]]]
    assert capsys.readouterr().err == ""
