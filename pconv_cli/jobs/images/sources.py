"""The files that an output is made of, watched while they are read: what is remembered is what was decoded.

A file may be replaced, or written to, at any time. Its content is hashed before it is decoded; it still is that content
afterwards where the system says that the file is the same and has not changed, or where it is hashed to the same again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pconv_cli.errors import FileError
from pconv_cli.files.digest import sha256_of
from pconv_cli.jobs.manifest import fingerprint_of

#: Nanoseconds for which a change may go without another time of change: clocks of file systems tick, some by 2 s.
_TICK = 2_000_000_000


class _Stamp(NamedTuple):
    """What the system says of a file: which it is, its size, and when it was last changed in any way."""

    device: int
    number: int
    size: int
    written: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "_Stamp":
        status = path.stat()
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True)
class _FileState:
    path: Path
    stamp: _Stamp
    sha256: str
    is_fresh: bool

    @classmethod
    def of(cls, path: Path) -> "_FileState":
        stamp = _Stamp.of(path)
        is_fresh = max(stamp.written, stamp.changed) > time.time_ns() - _TICK
        return cls(path, stamp, sha256_of(path), is_fresh)

    def is_still(self) -> bool:
        same = _Stamp.of(self.path) == self.stamp
        return (same and not self.is_fresh) or sha256_of(self.path) == self.sha256


class Sources:
    """An image and its masks (none: its own transparency), as they are when this is made.

    Attributes:
        fingerprint: Their content.

    Raises:
        OSError: One of them cannot be read.
    """

    def __init__(self, image: Path, masks: Sequence[Path]) -> None:
        self._seen = [_FileState.of(path) for path in (image, *masks)]
        self.fingerprint = fingerprint_of([seen.sha256 for seen in self._seen])

    def check(self) -> None:
        """Check that all files still are what they were.

        Raises:
            FileError: One of them is another, or cannot be read.
        """
        for seen in self._seen:
            try:
                same = seen.is_still()
            except OSError as error:
                raise FileError(f"{seen.path}: cannot be read again ({error.strerror}); check the path") from error
            if not same:
                raise ChangedError(
                    f"{seen.path}: was changed while it was read; run the same command again when nothing writes to it"
                )


class ChangedError(FileError):
    """A file that is no longer what it was when it was first looked at."""
