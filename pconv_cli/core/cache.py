"""The user's folder for what can be had again, and downloads into it."""

import os
from pathlib import Path

from pconv_cli.errors import ModelError


def cache_folder() -> Path:
    """Return the user's folder for what can be had again: ``$XDG_CACHE_HOME/pconv``, or ``~/.cache/pconv``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pconv"


def cached(url: str) -> Path:
    """Return where `download` puts the file of an address."""
    return cache_folder() / url.rpartition("/")[2]


def download(url: str, what: str, name: str, *, progress: bool) -> Path:
    """Download a file into the cache, whole or not at all, and check it.

    Args:
        url: Its address; the hexadecimal digits before the suffix begin the file's SHA-256.
        what: What it is, for messages.
        name: What names a copy, for messages.
        progress: Whether a bar is drawn.

    Raises:
        ModelError: It cannot be downloaded, or its checksum is wrong.
    """
    import torch  # where a file is in the cache is asked without it

    target = cached(url)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target), target.stem.rpartition("-")[2], progress)
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"{what} cannot be downloaded ({error}): fetch {url} by other means and name the file by {name} PATH"
        ) from error
    return target
