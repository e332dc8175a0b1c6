"""Files that are none, and JSON that is not ours."""

import json
import os
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.errors import ImageError, MaskError, UsageError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.finding.find import find_images
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.images import read_image, read_size
from pconv_cli.files.json_text import has_type, parse_json
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.opening import open_regular

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices as files")


@pytest.fixture(params=["pipe", "link to a device"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "a.tif"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


def test_no_reader_waits_for_the_other_end_of_a_pipe_or_the_end_of_a_device(nothing: Path) -> None:
    for read in (open_regular, sha256_of):
        with pytest.raises(OSError, match="a pipe or a device, not a file"):
            read(nothing)
    for decode in (read_image, read_size):
        with pytest.raises(ImageError, match=r"a\.tif: cannot be opened \(a pipe or a device, not a file\)"):
            decode(nothing)
    for mask in (read_mask, read_packed_mask):
        with pytest.raises(MaskError, match="a pipe or a device, not a file"):
            mask(nothing)
    assert not is_tiff(nothing)
    with pytest.raises(UsageError, match="is a pipe or a device, not a file or folder"):
        find_images(nothing)


def test_nothing_is_added_to_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    with pytest.raises(OSError, match=r"p'$"):
        open_regular(tmp_path / "p", "ab")


def test_a_file_is_read_and_added_to(tmp_path: Path) -> None:
    for _ in range(2):
        with open_regular(tmp_path / "f", "ab") as file:
            file.write(b"ab")
    with open_regular(tmp_path / "f") as file:
        assert file.read() == b"abab"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize("depth", [60, 700, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_json_is_an_error_as_any_other(depth: int, opening: str, closing: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(opening * depth + "1" + closing * depth)


@pytest.mark.parametrize(
    ("value", "hint", "fits"),
    [
        (3, int, True), (3, float, True), (True, int, False), (True, bool, True), (0, bool, False), ("a", str, True),
        (None, int | None, True), ([], int | None, False), ("a", Literal["a", "b"], True), ([], Literal["a"], False),
        (2.5, int, False), (Path("a"), Path | None, True), ("a", Path | None, False),
    ],
)  # fmt: skip
def test_values_have_the_types_of_annotations(value: object, hint: object, fits: bool) -> None:
    assert has_type(value, hint) is fits


@pytest.mark.parametrize("text", [b"\xff", "{", "", "1" * 5000])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)
