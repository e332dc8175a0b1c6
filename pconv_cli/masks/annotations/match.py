"""Which image of a folder an annotation means, by what its file calls it and where that file lies; never by order."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from pconv_cli.errors import MaskError


class ImageNames:
    """The images of a folder, to be found by name.

    Args:
        names: POSIX paths relative to the folder.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._by_place: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for name in names:
            path = PurePosixPath(name)
            for key in {name, path.with_suffix("").as_posix()}:
                self._by_place[_plain(key)].append(name)
            for key in {path.name, path.stem}:
                self._by_name[_plain(key)].append(name)

    def find(self, names: Sequence[str], folder: str = "") -> str | None:
        """Find an image by its possible names.

        Args:
            names: What it may be called, the surest first: relative paths, file names or stems.
            folder: Where the annotation file lies below its own root, as POSIX path; an image in the same place goes
                before others of the same name.

        Returns:
            The image's name, or None.

        Raises:
            MaskError: Several images have the name.
        """
        for name in filter(None, names):
            here = self._by_place.get(_plain((PurePosixPath(folder) / name).as_posix()), [])
            found = (
                here or self._by_place.get(_plain(name), []) or self._by_name.get(_plain(PurePosixPath(name).name), [])
            )
            if len(found) > 1:
                raise MaskError(f"{name}: may be {' or '.join(found[:4])}; name the image by its path below the folder")
            if found:
                return found[0]
        return None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
