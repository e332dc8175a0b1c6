"""The content of a file in a few digits, by which it is known again."""

import hashlib
from pathlib import Path

from pconv_cli.files.opening import open_regular


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, as ``sha256sum`` prints it.

    Raises:
        OSError: It cannot be read.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
