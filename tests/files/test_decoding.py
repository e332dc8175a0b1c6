"""What is switched off while files are decoded, by however many threads, is on again afterwards."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from pconv_cli.files.decoding import decoding


def test_several_threads_decode_at_a_time_and_leave_everything_as_it_was(tmp_path: Path) -> None:
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
