"""How the name of a mask follows from that of its image, and names that nearly do."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from pconv_cli.errors import UsageError, option
from pconv_cli.files.formats import ANNOTATION_SUFFIXES, IMAGE_SUFFIXES

_PLACES = re.compile(r"\{(stem|name|page)\}")

# The word at either end of a mask's stem that distinguishes it from its image.
_WORD = re.compile(r"^(?:masks?[\W_]*)?(.*?)(?:[\W_]*masks?)?$", re.DOTALL)


def check_pattern(pattern: str) -> None:
    """Check a pattern by which masks are named.

    Args:
        pattern: ``{stem}-mask``, ``{stem}/mask.png``, ``{name}.mask`` or the like: a path beside the image's own,
            with ``{stem}`` for its name without suffix, or ``{name}`` for its name, and
            ``{page}`` for the number of a page.

    Raises:
        UsageError: It names the same file for all images, has other braces, or leaves the folder.
    """
    rest = _PLACES.sub("", pattern)
    path = PurePosixPath(pattern)
    if rest == pattern.replace("{page}", "") or "{" in rest or "}" in rest or ".." in path.parts or path.is_absolute():
        raise UsageError(
            f"{option('mask_pattern')} {pattern}: is a name with {{stem}} or {{name}} in it, such as '{{stem}}-mask' "
            "for the mask A4-mask.png of A4.jpg"
        )


def applied(pattern: str, stem: str, name: str, page: str = "1") -> str:
    """Give the path of a mask by a pattern, without its suffix.

    Args:
        pattern: See `check_pattern`; without a suffix of images.
        stem: POSIX path of the image without its suffix.
        name: POSIX path of the image.
        page: The number of the page that is meant.
    """
    path = PurePosixPath(stem)
    words = {"stem": path.name, "name": PurePosixPath(name).name, "page": page}
    return (path.parent / _PLACES.sub(lambda place: words[place[1]], pattern)).as_posix()


def parted(pattern: str) -> tuple[str, str]:
    """Split a pattern into its name and its image suffix in lower case, which may be empty."""
    suffix = PurePosixPath(pattern).suffix
    return (pattern[: -len(suffix)], suffix.lower()) if suffix.lower() in IMAGE_SUFFIXES else (pattern, "")


def named(
    stem: str, name: str, by_stem: Mapping[str, Sequence[Path]], patterns: Sequence[str], *, fold: bool = False
) -> list[Path]:
    """List the files that patterns name for a stem, each once; with ``fold``, ``by_stem`` is in lower case."""
    found: list[Path] = []
    for pattern in patterns:
        base, suffix = parted(pattern)
        wanted = unicodedata.normalize("NFC", applied(base, stem, name))
        paths = by_stem.get(wanted.casefold() if fold else wanted, [])
        found += [path for path in paths if not suffix or path.suffix.lower() == suffix]
    return list(dict.fromkeys(found))


def shown(pattern: str, name: str) -> str:
    """Show what a pattern looks for: any suffix, or the pattern's own."""
    base, suffix = parted(pattern)
    return applied(base, PurePosixPath(name).with_suffix("").as_posix(), name) + (suffix or ".*")


class NearNames:
    """Files by what their names come to without ``mask``, capitals and separators: those that a mask may be meant by.

    Args:
        files: POSIX paths of the files.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._by_core: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file in files:
            self._by_core[_core(file)].append(file)

    def of(self, name: str) -> list[str]:
        """List the files that may be meant as the mask of an image, by the image's POSIX path."""
        core = _core(name)
        return self._by_core.get(core, []) if core[1] else []


def remedy_for(name: str, spare: NearNames, unread: NearNames) -> str:
    """Say what to do about an image without a mask.

    Args:
        name: POSIX path of the image.
        spare: The masks that belong to no image.
        unread: The files of kinds that are not read as masks, annotations among them.
    """
    if near := spare.of(name):
        pattern = pattern_of(name, near[0])
        more = f", or pass {option('mask_pattern')} '{pattern}'" if pattern else ""
        return f"if {near[0]} is its mask, rename it{more}"
    near = unread.of(name)
    if drawn := [file for file in near if PurePosixPath(file).suffix.lower() in ANNOTATION_SUFFIXES]:
        return f"if {drawn[0]} annotates it, draw masks from such files by pconv masks import"
    if near:
        return f"{near[0]} is in a format that is not read; save it as PNG"
    return "add one"


def pattern_of(name: str, mask: str) -> str:
    """Find the pattern that leads from an image to a mask; empty where there is none."""
    stem, other = PurePosixPath(name).stem, PurePosixPath(mask).stem
    return other.replace(stem, "{stem}") if other.count(stem) == 1 and not _PLACES.search(other) else ""


def _core(path: str) -> tuple[str, str]:
    """The folder of a path, and what its name comes to without suffixes, ``mask``, capitals and separators."""
    whole = PurePosixPath(unicodedata.normalize("NFC", path))
    stem = whole.stem
    while Path(stem).suffix.lower() in IMAGE_SUFFIXES:  # of a.jpg.png
        stem = Path(stem).stem
    match = _WORD.match(stem.casefold())
    assert match is not None
    return whole.parent.as_posix(), re.sub(r"[\W_]+", "", match[1])
