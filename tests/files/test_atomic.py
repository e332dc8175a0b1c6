import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pconv_cli.errors import OutputError
from pconv_cli.files.atomic import (
    atomic_path,
    before_moving,
    check_writable_folder,
    discard_leftovers,
    discard_unfinished,
    ensure_writable_folder,
    unwritable,
)


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


def test_a_last_step_is_taken_with_its_own_target_and_keeps_a_file_from_its_place(tmp_path: Path) -> None:
    def step(written: Path) -> None:
        if written.read_bytes() == b"bad":
            raise OutputError("bad")
        written.write_bytes(b"sealed")

    target, other = tmp_path / "a.png", tmp_path / "b.png"
    with before_moving(target, step):
        for path in (target, other):
            with atomic_path(path) as temporary:
                temporary.write_bytes(b"plain")
        with pytest.raises(OutputError, match="bad"), atomic_path(target) as temporary:
            temporary.write_bytes(b"bad")
    assert (target.read_bytes(), other.read_bytes()) == (b"sealed", b"plain")
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"bad")
    assert target.read_bytes() == b"bad"
    assert sorted(tmp_path.iterdir()) == [target, other]


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


def test_a_process_that_ends_at_once_removes_what_it_has_under_way_and_nothing_else(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "whole.png") as temporary:
        temporary.touch()
    other = tmp_path / temporary.name  # not under way here
    other.touch()

    def stop_in_the_middle() -> None:
        with atomic_path(tmp_path / "half.png") as half:
            half.touch()
            discard_unfinished()
            assert set(tmp_path.iterdir()) == {tmp_path / "whole.png", other}

    with pytest.raises(OutputError, match="no such file"):  # in a thread that goes on
        stop_in_the_middle()


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


def test_folders_whose_names_are_too_long_are_named(tmp_path: Path) -> None:
    for folder in (tmp_path / (300 * "o"), tmp_path / (300 * "o") / "x"):
        for check in (check_writable_folder, ensure_writable_folder):
            with pytest.raises(
                OutputError, match=r"o(/x)?: cannot be written \(file name too long\); shorten the name"
            ):
                check(folder)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_killed_processes_go_and_nothing_else(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "under way.tif") as under_way:
        under_way.touch()
        machine, process = under_way.name.split("-")[1:3]
        assert int(process) == os.getpid()
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            ended.wait()
        here = f".pconv-{machine}-{ended.pid}"
        old = tmp_path / f".pconv-00000000-{ended.pid}-abcdef03.png"
        left = [tmp_path / f"{here}-abcdef01.png", tmp_path / f"{here}-abcdef02", old]
        kept = [
            tmp_path / f".pconv-00000000-{ended.pid}-abcdef04.png",  # of another machine, and new
            tmp_path / f"{here}-abcdef05.png.txt",
            tmp_path / f"x{here}-abcdef06.png",
            tmp_path / ".pconv-demo",
            tmp_path / ".pconv-notes.png",
        ]
        for path in (*left, *kept):
            path.touch()
        day_ago = time.time() - 25 * 60 * 60
        os.utime(old, (day_ago, day_ago))
        assert discard_leftovers([tmp_path, tmp_path / "not there"]) == 3
        assert sorted(tmp_path.iterdir()) == sorted([*kept, under_way])


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A device or pipe would be gone for everybody, and not written to."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "folder", "link"):
        with pytest.raises(OutputError, match="not a file that can"), atomic_path(tmp_path / name) as temporary:
            temporary.write_text("x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link", "pipe"]
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free some space there, or choose another place"),
        (errno.EROFS, "check its permissions, or choose another place"),
        (errno.EACCES, "check its permissions, or choose another place"),
        (errno.ENAMETOOLONG, "shorten the name"),
        (errno.EFBIG, "free the place or name another one"),
    ],
)
def test_the_remedy_fits_what_the_system_says(number: int, remedy: str) -> None:
    error = unwritable(Path("out/a.png"), OSError(number, os.strerror(number)))
    assert str(error) == f"out/a.png: cannot be written ({os.strerror(number).lower()}); {remedy}"
