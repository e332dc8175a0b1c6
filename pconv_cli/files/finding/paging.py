"""Which masks belong to single pages of a file of several: by ``page`` and a number in their names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from pconv_cli.files.finding.find import relative_name
from pconv_cli.files.finding.naming import applied, parted
from pconv_cli.files.formats import ImageFormat, format_of_name

#: ``book_page3``, ``book-page-03``, ``book.page3_mask``.
_PAGE = re.compile(r"^(.+?)[._ -]?page[._ -]?0*([1-9][0-9]*)(?:_mask)?$", re.IGNORECASE)


def page_masks(
    names: Iterable[str], folder: Path, files: Sequence[Path], pattern: str | None
) -> Mapping[str, tuple[tuple[int, Path], ...]]:
    """Find the masks of single pages.

    Args:
        names: POSIX paths of images, relative to a folder of their own.
        folder: The folder of the masks.
        files: The masks.
        pattern: How masks are named, with ``{page}`` for the page's number; None, or one without: as `_PAGE` says.

    Returns:
        For each image that has any, the pages' numbers, from 1, and their masks, in order; a page may have several.
    """
    found: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    stems = {path: _stem(relative_name(path, folder)) for path in files}
    tiffs = [name for name in names if format_of_name(Path(name)) is ImageFormat.TIFF]
    if pattern is not None and "{page}" in pattern:
        base, suffix = parted(pattern)
        for name in tiffs:
            wanted = re.escape(unicodedata.normalize("NFC", applied(base, _stem(name), name, page="\0")))
            form = re.compile(wanted.replace(re.escape("\0"), "0*([1-9][0-9]*)"))
            for path, stem in stems.items():
                match = form.fullmatch(stem) if not suffix or path.suffix.lower() == suffix else None
                if match:
                    found[name].append((int(match[1]), path))
    else:
        by_stem = {_stem(name): name for name in tiffs}
        for path, stem in stems.items():
            match = _PAGE.match(stem)
            if match and match[1] in by_stem:
                found[by_stem[match[1]]].append((int(match[2]), path))
    return {name: tuple(sorted(pages)) for name, pages in found.items()}


def doubled_page(pages: Sequence[tuple[int, Path]]) -> tuple[int, list[Path]] | None:
    """Find the first page that has more than one mask, and all of these; None where there is none."""
    masks: dict[int, list[Path]] = defaultdict(list)
    for number, path in pages:
        masks[number].append(path)
    return next(((number, paths) for number, paths in masks.items() if len(paths) > 1), None)


def _stem(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name).with_suffix("").as_posix())
