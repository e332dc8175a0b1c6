"""Finding the images of a folder tree, and keeping results out of it."""

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from pconv_cli.errors import UsageError, option
from pconv_cli.files.formats import (
    ANNOTATION_SUFFIXES,
    IMAGE_SUFFIXES,
    MASK_SUFFIXES,
    NO_MASK_SUFFIXES,
    OTHER_SUFFIXES,
)
from pconv_cli.files.retouch.names import is_extra
from pconv_cli.wording import counted, first_few


def find_images(root: Path, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> list[Path]:
    """List the images below a folder, at any depth.

    Hidden files and folders (a name that begins with a dot, as unfinished outputs have) are passed over, and so is what
    is not a file. Links to folders are followed, after the folders themselves. A file counts as an image
    by its suffix (`IMAGE_SUFFIXES`, in any case), except for the layers and display copies that stand beside restored
    images (see `pconv_cli.files.retouch.names`).

    Args:
        root: A folder, or a single file, which is taken whatever its suffix.
        suffixes: Those that count.

    Returns:
        The paths, each beginning with ``root``, sorted by their POSIX form; empty where there is no image.

    Raises:
        UsageError: ``root`` does not exist.
    """
    if root.is_file():
        return [root]
    if not root.is_dir() and root.exists():
        raise UsageError(f"{root}: is a pipe or a device, not a file or folder; check the path")
    if not root.is_dir():
        raise UsageError(f"{root}: there is no such file or folder; check the path")
    return _find(root, suffixes)


def has_mask(root: Path) -> bool:
    """Check whether `find_images` would find any mask, and look no further than the first."""
    return any(True for _ in _walk(root, MASK_SUFFIXES))


def find_left_out(root: Path, *, masks: bool = False) -> tuple[list[Path], list[Path]]:
    """List what `find_images` leaves out below a folder: all empty where ``root`` is none.

    Args:
        root: The folder.
        masks: Whether it holds masks, of which fewer kinds are read, and beside which annotations may lie.

    Returns:
        The files that are images, or annotations, by their suffix, but of a kind that is not read; and the folders
        that the system does not let us look into.
    """
    closed: list[Path] = []
    suffixes = OTHER_SUFFIXES | (NO_MASK_SUFFIXES | ANNOTATION_SUFFIXES if masks else frozenset())
    others = _find(root, suffixes, lambda error: closed.append(Path(error.filename))) if root.is_dir() else []
    return others, sorted(closed)


def left_out_words(root: Path) -> list[str]:
    """Say what `find_images` leaves out below a folder, in a sentence for each reason; none where nothing is."""
    others, closed = find_left_out(root)
    words = []
    if closed:
        words.append(f"left out, since they cannot be opened (check permissions): {first_few(closed)}")
    if others:
        count = counted(len(others), "file of another kind", "files of other kinds")
        words.append(f"{count} left out, since their formats are not read: {first_few(others)}")
    return words


def real(path: Path) -> Path:
    """Follow the links of a path as `Path.resolve` does, which raises on a link to itself before Python 3.13."""
    return Path(os.path.realpath(path))


def check_apart(folder: Path, out: Path, what: str, name: str | None = None) -> None:
    """Keep what is written out of a folder that is read, where the next run would take it for its own input.

    Links are followed, so that a second name of the same folder is found out.

    Args:
        folder: What is read; a single file, or nothing, keeps no place from being written.
        out: The place to write to.
        what: What the folder holds, for messages.
        name: What names the place, for messages; None: the option ``out``.

    Raises:
        UsageError: The place is that folder, or lies inside.
    """
    if folder.is_dir():
        place, inside = real(out), real(folder)
        if place == inside:
            raise UsageError(f"{name or option('out')} {out}: is the folder of the {what}; choose another folder")
        if inside in place.parents:
            raise UsageError(
                f"{name or option('out')} {out}: lies inside the folder of the {what}; choose a folder beside it"
            )


def check_spares(target: Path, read: Path, name: str | None = None) -> None:
    """Keep a file that is read from being replaced by what is written; see `check_apart`.

    Raises:
        UsageError: The target is that file.
    """
    if os.path.realpath(target) == os.path.realpath(read):
        raise UsageError(f"{name or option('out')}: would replace the input {read}; choose another folder")


def _find(root: Path, suffixes: frozenset[str], onerror: Callable[[OSError], None] | None = None) -> list[Path]:
    return sorted(_walk(root, suffixes, onerror), key=lambda path: path.as_posix())


def _walk(root: Path, suffixes: frozenset[str], onerror: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    seen: set[str] = set()  # real paths, so that a link to a folder above ends
    waiting = deque([root])  # links after real folders, so that a folder goes by its own name and not by a link's
    while waiting:
        for folder, subfolders, names in os.walk(waiting.popleft(), onerror=onerror):
            real = os.path.realpath(folder)
            if real in seen:
                subfolders.clear()
                continue
            seen.add(real)
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            waiting.extend(path for name in subfolders if (path := Path(folder, name)).is_symlink())
            beside = set(names)
            paths = (
                Path(folder, name) for name in names if _is_image_name(name, suffixes) and not is_extra(name, beside)
            )
            yield from (path for path in paths if not _is_special(path))


def relative_name(path: Path, root: Path) -> str:
    """Return the POSIX path of an image below ``root``; its file name alone where ``root`` is that very file."""
    return path.name if path == root else path.relative_to(root).as_posix()


def _is_image_name(name: str, suffixes: frozenset[str]) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in suffixes


def _is_special(path: Path) -> bool:
    """Say whether a path is there and not a regular file: a pipe, say, would block for ever."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
