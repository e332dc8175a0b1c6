"""How the files beside a restored file are named: ``photo.jpg.retouch.png``, ``photo.jpg.show.tif``."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pconv_cli.arguments import Choice


class Retouch(Choice):
    """How a retouch is written beside the restored file."""

    LAYER = "layer"


class Show(Choice):
    """How a display copy shows the fills."""

    TRATTEGGIO = "tratteggio"
    NEUTRAL = "neutral"
    OUTLINE = "outline"


#: What stands between the name of the restored file and the suffix.
LAYER, COPY, MAP = "retouch", "show", "confidence"
#: PNG, or TIFF where that cannot be.
_SUFFIXES = (".png", ".tif")
_NAME = re.compile(r"(.+\.[^.]+)\.(?:retouch|show|confidence)\.(?:png|tif)", re.DOTALL)


def extra_path(target: Path, kind: str, *, tiff: bool) -> Path:
    """Name a file beside a restored one.

    Args:
        target: The restored file.
        kind: `LAYER`, `COPY` or `MAP`.
        tiff: Whether it is a TIFF; else, a PNG.

    Example:
        >>> extra_path(Path("out/photo.jpg"), LAYER, tiff=False).name
        'photo.jpg.retouch.png'
    """
    return target.with_name(f"{target.name}.{kind}{_SUFFIXES[tiff]}")


def every_extra_path(target: Path, kinds: Sequence[str] = (LAYER, COPY, MAP)) -> list[Path]:
    """Name all files of some kinds that may stand beside a restored one."""
    return [extra_path(target, kind, tiff=tiff) for kind in kinds for tiff in (False, True)]


def is_extra(name: str, beside: Collection[str]) -> bool:
    """Say whether a file is not an image of its own: named as above, and the file that it belongs to is there.

    Args:
        name: The file's name.
        beside: The names of the files in its folder.

    Example:
        >>> is_extra("a.jpg.show.png", {"a.jpg", "a.jpg.show.png"}), is_extra("a.jpg.show.png", {"a.jpg.show.png"})
        (True, False)
    """
    found = _NAME.fullmatch(name)
    return found is not None and found[1] in beside
