"""Where masks are written: whether an output path names a file or a folder, and one file for each mask."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pconv_cli.errors import MaskError, UsageError, option
from pconv_cli.files.formats import names_a_file

Kind = Literal["PNG", "TIFF"]

_SUFFIXES: dict[Kind, tuple[str, ...]] = {"PNG": (".png",), "TIFF": (".tif", ".tiff")}


def names_mask(out: Path, kinds: Sequence[Kind], what: str = "masks") -> bool:
    """Say whether the output path that is given for one mask names its file, or else a folder.

    Args:
        out: The path.
        kinds: The formats that the mask may be written in.
        what: Which masks those are, for the message.

    Raises:
        UsageError: It names a file of another format.
    """
    if not out.is_dir() and any(out.suffix.lower() in _SUFFIXES[kind] for kind in kinds):
        return True
    if names_a_file(out):
        named = " or ".join(_SUFFIXES[kind][0] for kind in kinds)
        raise UsageError(
            f"{option('out')} {out}: {what} are written as {' or '.join(kinds)}; name a {named} file, or a folder"
        )
    return False


class Places:
    """The places that masks of a run are written to, each of which one file has."""

    def __init__(self) -> None:
        self._taken: dict[Path, Path] = {}

    def take(self, target: Path, source: Path) -> None:
        """Give a place to a file.

        Raises:
            MaskError: Another file has it, which would be written over.
        """
        first = self._taken.setdefault(target, source)
        if first is not source:
            raise MaskError(f"{source}: would be written to {target}, as {first.name} is; rename one of them")
