"""Which mask belongs to which image: by relative path and stem across extensions, never by sort order."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError, one_file, option
from pconv_cli.files.finding.find import find_images, find_left_out, has_mask, real, relative_name
from pconv_cli.files.finding.naming import applied, check_pattern, parted
from pconv_cli.files.finding.paging import doubled_page, page_masks
from pconv_cli.files.finding.pair import Pair, check_pair
from pconv_cli.files.finding.partners import MASK_SUFFIX, find_partners, several, stem_of
from pconv_cli.files.formats import MASK_SUFFIXES
from pconv_cli.files.images import read_header
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata.carried import Header
from pconv_cli.wording import first_few


@dataclass(frozen=True)
class Pairing:
    """What came of pairing.

    Attributes:
        pairs: The images and their masks.
        problems: The names of the images that have no clear mask or one that does not fit, each with its error.
        extra: The masks that were not used.
        doubts: Sentences on pairs that fit, but may be meant otherwise.
        missing: Those names among the problems that have no mask at all.
    """

    pairs: list[Pair] = field(default_factory=list)
    problems: list[tuple[str, FileError]] = field(default_factory=list)
    extra: list[Path] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    missing: frozenset[str] = frozenset()


def check_holds_masks(masks: Path | Literal["alpha"], pairing: Pairing) -> None:
    """Refuse a folder without any mask, for which each image would fail with the same words.

    Args:
        masks: The folder, or what else masks are.
        pairing: What `pair_with_masks` has made of it.

    Raises:
        NothingToDo: It is one.
    """
    if pairing.pairs or not pairing.problems or not isinstance(masks, Path) or not masks.is_dir() or has_mask(masks):
        return
    others, closed = find_left_out(masks, masks=True)
    if closed:
        raise NothingToDo(f"{masks}: holds no mask that can be opened; check the permissions of {first_few(closed)}")
    if not others:  # which the images' own words name
        raise NothingToDo(f"{masks}: holds no mask; check {option('masks')}")


def pair_with_masks(
    images: Path, masks: Path | Literal["alpha"], *, max_pixels: int = MAX_PIXELS, pattern: str | None = None
) -> Pairing:
    """Pair every image below a folder with its mask, and check that their sizes agree (from the headers alone).

    Args:
        images: A folder, or one image.
        masks: A folder in which the mask of ``a/b.jpg`` is ``a/b.*`` or ``a/b_mask.*`` (only the latter where it is
            the folder of the images itself), or the same after its whole name, ``a/b.jpg.*``; one file that serves
            all images; or ``"alpha"`` for the transparency of each image.
        max_pixels: See `pconv_cli.files.images.read_header`.
        pattern: How masks in a folder are named instead; see `pconv_cli.files.finding.naming.check_pattern`.

    Returns:
        The pairs in the order of `find_images`, and for every other image the reason.

    Raises:
        UsageError: ``images`` or ``masks`` does not exist, or they are the same file.
    """
    if pattern is not None:
        check_pattern(pattern)
        if masks == "alpha" or masks.is_file():
            raise UsageError(f"{option('mask_pattern')}: belongs to a folder of masks; leave it out")
    found = find_images(images)
    if masks == "alpha":
        wanted: dict[str, Path | None] = {relative_name(path, images): None for path in found}
        return _checked({relative_name(path, images): path for path in found}, wanted, [], [], max_pixels)
    if masks.is_file():
        if images.is_file() and images.samefile(masks):
            raise UsageError(
                f"{option('masks')} {masks}: is the image itself; give its mask, or alpha for its transparency"
            )
        by_name = {relative_name(path, images): path for path in found if not _is_same_file(path, masks)}
        return _checked(by_name, dict.fromkeys(by_name, masks), [], [], max_pixels)
    if not masks.is_dir():
        raise UsageError(f"{masks}: there is no such file or folder of masks; check {option('masks')}")
    beside = masks.samefile(images if images.is_dir() else images.parent)
    files = find_images(masks, MASK_SUFFIXES)
    if beside:
        if images.is_dir():
            found = _without_masks(found, images, pattern or f"{{stem}}{MASK_SUFFIX}")
        own = set(found)
        files = [path for path in files if path not in own]
    elif images.is_dir():
        # A folder of masks inside the folder of images holds no images.
        inside = real(masks)
        found = [path for path in found if inside not in real(path).parents]
    by_name = {relative_name(path, images): path for path in found}
    suffixes = (MASK_SUFFIX,) if beside else ("", MASK_SUFFIX)
    partners = find_partners(list(by_name), masks, suffixes=suffixes, pattern=pattern, files=files)
    extra = partners.extra if images.is_dir() else []  # one image leaves the rest of a folder be
    pages = page_masks(by_name, masks, files, pattern)
    found_for = {name: own[0][1] for name, own in pages.items()} | partners.found
    used = {path for own in pages.values() for _, path in own}
    lacking = partners.missing - set(pages)
    problems = [(name, error) for name, error in partners.problems if name in lacking or name not in partners.missing]
    problems += [
        (name, MaskError(several(name, doubled[1], f"mask of page {doubled[0]}", masks)))
        for name, own in pages.items()
        if (doubled := doubled_page(own)) is not None
    ]
    extra = [path for path in extra if path not in used]
    pairing = _checked(by_name, dict(found_for), problems, extra, max_pixels, pages)
    return replace(pairing, missing=lacking)


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # a dangling link, say; that it cannot be read is an error of its own
        return False


def _without_masks(found: Sequence[Path], folder: Path, pattern: str) -> list[Path]:
    """Leave out what is the mask of another image in the same folder, by the pattern."""
    names = {path: unicodedata.normalize("NFC", relative_name(path, folder)).casefold() for path in found}
    base, suffix = parted(pattern)
    stems = {(applied(base, stem, name)).casefold() for name in names.values() for stem in (stem_of(name), name)}
    others = {path for path, name in names.items() if stem_of(name) not in stems}
    return [path for path in found if path in others or (suffix and path.suffix.lower() != suffix)]


def _checked(
    images: dict[str, Path],
    masks: dict[str, Path | None],
    problems: list[tuple[str, FileError]],
    extra: list[Path],
    max_pixels: int,
    pages: Mapping[str, tuple[tuple[int, Path], ...]] | None = None,
) -> Pairing:
    """Keep the pairs whose headers fit together; the others become problems, all in the order of the images."""
    failed = dict(problems)
    headers: dict[Path, Header] = {}
    pairs, doubts = [], []
    for name, image in images.items():
        if name in failed:
            continue
        mask = masks[name]
        try:
            with one_file(image):
                pair = Pair(name, image, mask, (pages or {}).get(name, ()))
                header = read_header(image, max_pixels=max_pixels)
                doubt = check_pair(pair, header, headers, max_pixels)
            pairs.append(replace(pair, size=header.size))
            doubts += [doubt] if doubt else []
        except FileError as error:
            failed[name] = error
    return Pairing(pairs, [(name, failed[name]) for name in images if name in failed], extra, doubts)
