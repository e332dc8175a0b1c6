"""Where VGG16's weights are, without torch: a run that lacks them ends before it is imported."""

import os
from pathlib import Path

from pconv_cli.arguments import StrPath
from pconv_cli.core.cache import cached, download
from pconv_cli.errors import ModelError, option

VGG16_URL = "https://download.pytorch.org/models/vgg16-397923af.pth"
VGG16_VARIABLE = "PCONV_VGG16"


def default_vgg_path() -> Path:
    """Return where ``pconv weights fetch-vgg`` keeps the file: ``$XDG_CACHE_HOME/pconv``, or ``~/.cache/pconv``."""
    return cached(VGG16_URL)


def find_vgg(path: StrPath | None = None) -> Path:
    """Find VGG16's weights: ``path``, else ``$PCONV_VGG16``, else the cache.

    Raises:
        ModelError: There is none, with the ways to get it.
    """
    named = Path(path) if path else (Path(os.environ[VGG16_VARIABLE]) if os.environ.get(VGG16_VARIABLE) else None)
    if named is not None:
        if not named.is_file():
            raise ModelError(
                f"{named}: no such file; {option('vgg')} and ${VGG16_VARIABLE} name a file with VGG16's weights"
            )
        return named
    if default_vgg_path().is_file():
        return default_vgg_path()
    raise ModelError(
        f"VGG16's weights are not at hand: run `pconv weights fetch-vgg` once (528 MB from {VGG16_URL}), or name a "
        f"copy by {option('vgg')} PATH or ${VGG16_VARIABLE}; or do without perceptual and style terms (train: "
        f"{option('perceptual_weight=0, style_weight=0')})"
    )


def fetch_vgg() -> Path:
    """Download VGG16's weights from their public home into the cache, once, and check them.

    Returns:
        Where they are.

    Raises:
        ModelError: They cannot be downloaded, or their checksum is wrong.
    """
    kept = default_vgg_path()
    return kept if kept.is_file() else download(VGG16_URL, "VGG16's weights", option("vgg"), progress=True)
