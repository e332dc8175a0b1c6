"""Files that are either whole or not there: written beside their target under a hidden name, then moved into place."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pconv_cli.errors import OutputError


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target`` that becomes ``target`` when the block ends well.

    The temporary name keeps the suffix (some writers go by it) and begins with a dot, so that no search for pictures
    finds it. Missing folders above ``target`` are made. When the block raises, Ctrl-C included, the temporary file is
    removed and ``target`` stays as it was.

    Args:
        target: Where the file shall stand in the end; an existing file is replaced.

    Yields:
        The path to write to; it does not exist yet.

    Raises:
        OutputError: The file or its folder cannot be written.
    """
    temporary = target.with_name(f".pconv-{secrets.token_hex(6)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(target)
    except OSError as error:
        _discard(temporary)
        raise _unwritable(target, error) from error
    except BaseException:
        _discard(temporary)
        raise


def check_writable_folder(folder: Path) -> None:
    """Prove that a folder can be written, or made, and leave nothing behind.

    Raises:
        OutputError: It cannot, or a file stands in its place.
    """
    try:
        place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        probe = place / f".pconv-{secrets.token_hex(6)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


def ensure_writable_folder(folder: Path) -> None:
    """Make a folder where it is missing, and prove that a file can be written to it.

    Raises:
        OutputError: The folder cannot be made or written, or a file stands in its place.
    """
    probe = folder / f".pconv-{secrets.token_hex(6)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


def _discard(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:  # the folder itself is out of reach; the error that led here says so
        return


def _unwritable(target: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{target}: cannot be written ({reason}); free the place or name another one")
