"""Files that are either whole or not there: written beside their target under a hidden name, then moved into place.

Not a package such as atomicwrites: names of its temporary files do not say which process on which machine writes them,
so that what a killed run left could not be removed while others write to the same folder.
"""

import errno
import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pconv_cli.errors import OutputError, PlaceError

# A temporary name says who writes it, .pconv-MACHINE-PROCESS-RANDOM, so that what a killed process left is known.
_TEMPORARY = re.compile(r"\.pconv-([0-9a-f]{8})-([0-9]+)-[0-9a-f]{8}(\.[^.]*)?")

# What is to be done about an error of the system, by its number.
_ROOM = "free some space there, or choose another place"
_RIGHTS = "check its permissions, or choose another place"
_REMEDIES = {
    errno.ENAMETOOLONG: "shorten the name",
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
}

# Seconds after which a temporary file of another machine counts as left behind: no file is written to that slowly.
_OLD = 24 * 60 * 60

# The temporary files of this process that are being written.
_unfinished: set[Path] = set()

# What is done with a file before it moves to its target, by target.
_last_steps: dict[Path, Callable[[Path], None]] = {}


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target`` that becomes ``target`` when the block ends well.

    The temporary name keeps the suffix (some writers go by it) and begins with a dot, so that no search for images
    finds it. Missing folders above ``target`` are made. When the block raises, Ctrl-C included, the temporary file is
    removed and ``target`` stays as it was.

    Args:
        target: Where the file shall stand in the end; an existing file is replaced.

    Yields:
        The path to write to; it does not exist yet.

    Raises:
        OutputError: The file or its folder cannot be written.
    """
    temporary = target.parent / _temporary_name(target.suffix)  # with_name knows no name for "."
    _unfinished.add(temporary)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            raise OutputError(
                f"{target}: is a folder, device or pipe, not a file that can be replaced; name another place"
            )
        yield temporary
        if target in _last_steps:
            _last_steps[target](temporary)
        temporary.replace(target)
    except OSError as error:
        _discard(temporary)
        raise unwritable(target, error) from error
    except BaseException:
        _discard(temporary)
        raise
    finally:
        _unfinished.discard(temporary)


@contextmanager
def before_moving(target: Path, step: Callable[[Path], None]) -> Iterator[None]:
    """Let a last step be taken with what `atomic_path` writes to a target, before it moves there.

    Args:
        target: The target; what is written to others inside this block moves as ever.
        step: Called with the temporary path, after all else; by an error keeps the file from its place.
    """
    _last_steps[target] = step
    try:
        yield
    finally:
        del _last_steps[target]


@contextmanager
def scratch_path(folder: Path, suffix: str) -> Iterator[Path]:
    """Give a path in a folder for a file that is needed for a while; it is removed when the block ends.

    Args:
        folder: The folder, which is made where it is missing.
        suffix: Suffix of the file's name, with a dot.

    Raises:
        OutputError: The folder cannot be made.
    """
    place = folder / _temporary_name(suffix)
    _unfinished.add(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield place
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        _discard(place)
        _unfinished.discard(place)


def discard_unfinished() -> None:
    """Remove what `atomic_path` has under way in any thread of this process, which then has to end at once."""
    for temporary in list(_unfinished):
        _discard(temporary)


def check_writable_folder(folder: Path) -> None:
    """Prove that a folder can be written, or made, and leave nothing behind.

    Raises:
        PlaceError: It cannot, or a file stands in its place.
    """
    try:
        place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        probe = place / _temporary_name()
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unusable(folder, error) from error


def check_seems_writable(folder: Path) -> None:
    """Find out whether a folder can be written, or made, as far as that shows without writing.

    Raises:
        PlaceError: It cannot, or a file stands in its place.
    """
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    number = 0 if os.access(place, os.W_OK | os.X_OK) else errno.EACCES
    number = number if place.is_dir() else errno.ENOTDIR
    if number:
        raise _unusable(folder, OSError(number, os.strerror(number)))


def ensure_writable_folder(folder: Path) -> None:
    """Make a folder where it is missing, and prove that a file can be written to it.

    Raises:
        PlaceError: The folder cannot be made or written, or a file stands in its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    check_writable_folder(folder)


def discard_leftovers(folders: Iterable[Path]) -> int:
    """Remove the temporary files that killed runs have left in folders (not in those below), and nothing else.

    A file counts as left behind when its name is one of `atomic_path`, and the process that it names has ended; of a
    process on another machine nothing is known, and a day must have passed since the file was last written to.

    Returns:
        How many were removed.
    """
    removed = 0
    for folder in folders:
        try:
            paths = list(folder.iterdir())
        except OSError:  # not there yet
            continue
        for path in paths:
            found = _TEMPORARY.fullmatch(path.name)
            if found and _is_left_behind(path, found[1], int(found[2])):
                _discard(path)
                removed += 1
    return removed


def _temporary_name(suffix: str = "") -> str:
    return f".pconv-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}"


@cache
def _machine() -> str:
    """Where process numbers are the same ones: this machine, and in it this container."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # not Linux
        namespace = ""
    return hashlib.sha256(f"{socket.gethostname()} {namespace}".encode()).hexdigest()[:8]


def _is_left_behind(path: Path, machine: str, process: int) -> bool:
    if machine != _machine():
        try:
            return time.time() - path.stat().st_mtime > _OLD
        except OSError:
            return False
    return not _is_running(process)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # there, and another user's
        return True
    return True


def _discard(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:  # the folder itself is out of reach; the error that led here says so
        return


def _unusable(folder: Path, error: OSError) -> PlaceError:
    return PlaceError(str(unwritable(folder, error)))


def unwritable(target: Path, error: OSError) -> OutputError:
    """Return the message for a file or folder that the system does not let us write."""
    reason = (error.strerror or str(error)).lower()
    remedy = _REMEDIES.get(error.errno or 0, "free the place or name another one")
    return OutputError(f"{target}: cannot be written ({reason}); {remedy}")
