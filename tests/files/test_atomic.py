from pathlib import Path

import pytest

from pconv_cli.errors import OutputError
from pconv_cli.files.atomic import atomic_path, ensure_writable_folder


def test_a_file_appears_whole_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "out.png"
    with atomic_path(target) as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == target.parent
        assert temporary.name.startswith(".")
        temporary.write_bytes(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert list(target.parent.iterdir()) == [target]


def fail_in_the_middle(target: Path, error: BaseException) -> None:
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_no_trace(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(b"old")
    with pytest.raises(error):
        fail_in_the_middle(target, error())
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/out\.png: cannot be written"), atomic_path(tmp_path / "file/out.png"):
        pass
    with pytest.raises(OutputError, match="cannot be written"):
        ensure_writable_folder(tmp_path / "file")


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no space left"):
        fail_in_the_middle(tmp_path / "out.png", OSError(28, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    ensure_writable_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_very_long_names_are_no_obstacle(tmp_path: Path) -> None:
    target = tmp_path / ("壁" * 80 + ".png")  # 244 of 255 bytes
    with atomic_path(target) as temporary:
        temporary.touch()
    assert target.exists()
