"""Which mask belongs to which image: by relative path and stem across extensions, never by sort order."""

import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from pconv_cli.errors import FileError, MaskError, UsageError, one_file, option
from pconv_cli.files.finding.find import find_images, find_left_out, relative_name
from pconv_cli.files.finding.naming import NearNames, applied, check_pattern, named, parted, remedy_for, shown
from pconv_cli.files.finding.paging import page_masks
from pconv_cli.files.formats import MASK_SUFFIXES
from pconv_cli.files.images import read_header
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata.carried import Header

#: A mask beside its image is recognised by this end of its stem: ``photo.jpg`` and ``photo_mask.png``.
MASK_SUFFIX = "_mask"


@dataclass(frozen=True)
class Pair:
    """An image and its mask.

    Attributes:
        name: POSIX path of the image, relative to the folder it was found in.
        image: The image file.
        mask: The mask file; None where the image's own alpha channel is the mask. Of a file of several pages,
            the mask of all pages that have none of their own, or the first of those.
        pages: Masks of single pages by their number, from 1; empty for all other files.
        size: (height, width) of the image by its header; zeros where that was not read.
    """

    name: str
    image: Path
    mask: Path | None
    pages: tuple[tuple[int, Path], ...] = ()
    size: tuple[int, int] = (0, 0)

    @property
    def pixels(self) -> int:
        """How many pixels the image has."""
        return self.size[0] * self.size[1]

    @property
    def masks(self) -> tuple[Path, ...]:
        """All mask files, each once."""
        own = () if self.mask is None else (self.mask,)
        return tuple(dict.fromkeys((*own, *(path for _, path in self.pages))))

    @property
    def shared_mask(self) -> Path | None:
        """Of a file of several pages, the mask of all that have none of their own."""
        return None if self.mask in dict(self.pages).values() else self.mask


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


@dataclass(frozen=True)
class Partners:
    """Files found for names: by name, the names without a clear one and why, and the files that no name asked for.

    ``missing`` are those names among the problems for which there is no candidate at all.
    """

    found: dict[str, Path]
    problems: list[tuple[str, FileError]]
    extra: list[Path]
    missing: frozenset[str] = frozenset()


def mask_names(names: Sequence[str]) -> dict[str, str]:
    """Name the masks of images so that `pair_with_masks` finds them.

    The mask of ``b.jpg`` is ``b.png``; where ``b.tif`` is beside it, they are ``b.jpg.png`` and ``b.tif.png``.

    Args:
        names: POSIX paths of the images, relative to their folder.

    Returns:
        Image to mask, in the same order.
    """
    stems = Counter(_stem(name) for name in names)
    return {
        name: f"{name}.png" if stems[_stem(name)] > 1 else PurePosixPath(name).with_suffix(".png").as_posix()
        for name in names
    }


def find_partners(
    names: Sequence[str],
    folder: Path,
    *,
    what: str = "mask",
    error: type[FileError] = MaskError,
    suffixes: Sequence[str] = ("",),
    pattern: str | None = None,
    files: Sequence[Path] | None = None,
) -> Partners:
    """Find for each name the file in ``folder`` at the same relative path and stem, whatever its extension.

    ``a.jpg.*`` is a partner of ``a.jpg`` too. Where several names share a stem (``a.jpg`` beside ``a.tif``), each takes
    the most special of these that is there: ``a.jpg.*``, the file of the very same name, or what they all share.
    Names are compared in Unicode's composed form, so that file systems that decompose accents make no difference.
    Capitals make none (``IMG_1.JPG`` and ``img_1.png``, ``a_MASK.png``) where a name would else go without, and no
    other name differs from it by them alone.

    Args:
        names: POSIX paths relative to a folder of their own.
        folder: Where the partners are.
        what: What a partner is called in messages.
        error: The kind of error that a name without a clear partner gets.
        suffixes: What may follow the stem in a partner's name.
        pattern: How the partner's name follows from a name, see `pconv_cli.files.finding.naming.check_pattern`; None:
            by stem and suffix.
        files: The candidates, where they are known already; else all images below ``folder``.
    """
    patterns = [pattern] if pattern else [f"{{stem}}{suffix}" for suffix in suffixes]
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for path in find_images(folder, MASK_SUFFIXES) if files is None else files:
        by_stem[_stem(relative_name(path, folder))].append(path)
    folded: dict[str, list[Path]] = defaultdict(list)
    for stem, paths in by_stem.items():
        folded[stem.casefold()] += paths
    names_of_stem: dict[str, list[str]] = defaultdict(list)
    for name in names:
        names_of_stem[_stem(name)].append(name)
    stems_folded = Counter(stem.casefold() for stem in names_of_stem)
    found: dict[str, Path] = {}
    problems: list[tuple[str, FileError]] = []
    used: set[Path] = set()
    missing: list[str] = []
    for name in names:
        candidates = _candidates(name, names_of_stem, by_stem, patterns, folder)
        if not candidates and stems_folded[_stem(name).casefold()] == 1:
            candidates = named(_stem(name), name, folded, patterns, fold=True)
        used.update(candidates)
        if len(candidates) == 1:
            found[name] = candidates[0]
        elif candidates:
            listed = ", ".join(relative_name(path, folder) for path in candidates)
            problems.append((name, error(f"{name}: more than one {what} in {folder}: {listed}; leave only one there")))
        else:
            missing.append(name)
    extra = sorted((p for paths in by_stem.values() for p in paths if p not in used), key=lambda path: path.as_posix())
    # Once for all names: comparing each name with each file takes minutes where a whole folder has no masks.
    spare = NearNames(relative_name(path, folder) for path in (extra if missing else []))
    unread = NearNames(
        relative_name(path, folder) for path in (find_left_out(folder, masks=True)[0] if missing else [])
    )
    for name in missing:
        looked = " or ".join(shown(one, name) for one in patterns)
        remedy = remedy_for(name, spare, unread) if what == "mask" else "add one"
        problems.append((name, error(f"{name}: no {what} in {folder} (looked for {looked}); {remedy}")))
    order = {name: number for number, name in enumerate(names)}
    problems.sort(key=lambda problem: order[problem[0]])
    return Partners(found, problems, extra, frozenset(missing))


def _candidates(
    name: str,
    names_of_stem: Mapping[str, Sequence[str]],
    by_stem: Mapping[str, Sequence[Path]],
    patterns: Sequence[str],
    folder: Path,
) -> list[Path]:
    """The files that may be the partner of a name; see `find_partners`."""

    def called(stem: str) -> list[Path]:
        return named(stem, name, by_stem, patterns)

    whole = unicodedata.normalize("NFC", name)
    # "a.jpg.png" is no partner of "a.jpg" where an image "a.jpg.tif" wants it by its stem.
    own = [] if whole in names_of_stem else called(whole)
    shared = called(_stem(name))
    siblings = names_of_stem[_stem(name)]
    if len(siblings) == 1:
        return list(dict.fromkeys(own + shared))  # a pattern of the whole name finds one twice
    same = [path for path in shared if unicodedata.normalize("NFC", relative_name(path, folder)) == whole]
    if own or same:
        return own or same
    others = {unicodedata.normalize("NFC", other) for other in siblings}
    left = [path for path in shared if unicodedata.normalize("NFC", relative_name(path, folder)) not in others]
    return left or shared


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
        inside = masks.resolve()
        # Not by `resolve`, which raises on a link to itself.
        found = [path for path in found if inside not in Path(os.path.realpath(path)).parents]
    by_name = {relative_name(path, images): path for path in found}
    suffixes = (MASK_SUFFIX,) if beside else ("", MASK_SUFFIX)
    partners = find_partners(list(by_name), masks, suffixes=suffixes, pattern=pattern, files=files)
    extra = partners.extra if images.is_dir() else []  # one image leaves the rest of a folder be
    pages = page_masks(by_name, masks, files, pattern)
    found_for = {name: own[0][1] for name, own in pages.items()} | partners.found
    used = {path for own in pages.values() for _, path in own}
    problems = [problem for problem in partners.problems if problem[0] not in pages]
    extra = [path for path in extra if path not in used]
    pairing = _checked(by_name, dict(found_for), problems, extra, max_pixels, pages)
    return replace(pairing, missing=partners.missing - set(pages))


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # a dangling link, say; that it cannot be read is an error of its own
        return False


def _without_masks(found: Sequence[Path], folder: Path, pattern: str) -> list[Path]:
    """Leave out what is the mask of another image in the same folder, by the pattern."""
    names = {path: unicodedata.normalize("NFC", relative_name(path, folder)).casefold() for path in found}
    base, suffix = parted(pattern)
    stems = {(applied(base, stem, name)).casefold() for name in names.values() for stem in (_stem(name), name)}
    others = {path for path, name in names.items() if _stem(name) not in stems}
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
                doubt = _check_pair(pair, header, headers, max_pixels)
            pairs.append(replace(pair, size=header.size))
            doubts += [doubt] if doubt else []
        except FileError as error:
            failed[name] = error
    return Pairing(pairs, [(name, failed[name]) for name in images if name in failed], extra, doubts)


def _check_pair(pair: Pair, header: Header, headers: dict[Path, Header], max_pixels: int) -> str:
    """Raise where a pair does not fit; where it fits both as stored and as viewers turn it, give a sentence on that."""
    image, mask = pair.image, pair.mask
    if header.pages or pair.pages:
        _check_pages(pair, header, headers, max_pixels)
        return ""
    if mask is None:
        if not header.has_alpha:
            raise MaskError(f"{image}: has no alpha channel to serve as its mask; give masks as files")
        return ""
    if mask not in headers:  # one mask may serve thousands of images
        headers[mask] = read_header(mask, max_pixels=max_pixels)
    mask_header = headers[mask]
    if mask_header.size == header.size:
        turned_size = header.size if header.orientation < 5 else header.size[::-1]
        if header.orientation == mask_header.orientation or mask_header.size != turned_size:
            return ""
        return (
            f"{image}: viewers turn it (EXIF orientation {header.orientation}), but not its mask {mask} "
            f"(orientation {mask_header.orientation}); both are taken as they are stored (if the mask was drawn on "
            f"the turned image: pconv masks convert turns it by {option('turn_for')})"
        )
    sizes = f"is {_shown(header)} and its mask {mask} {_shown(mask_header)}"
    if header.orientation >= 5 and mask_header.size == header.size[::-1]:
        raise MaskError(
            f"{image}: {sizes}; the mask fits the image as viewers turn it (EXIF orientation "
            f"{header.orientation}), and not as it is stored: pconv masks convert turns it by {option('turn_for')}"
        )
    raise MaskError(f"{image}: {sizes}; a mask must have the size of its image")


def _check_pages(pair: Pair, header: Header, headers: dict[Path, Header], max_pixels: int) -> None:
    """Raise where the masks of a file of several pages do not fit them."""
    image, sizes = pair.image, header.pages or (header.size,)
    if pair.mask is None:
        raise MaskError(f"{image}: has {len(sizes)} pages, whose masks have to be files")
    for path in pair.masks:
        if path not in headers:
            headers[path] = read_header(path, max_pixels=max_pixels)
    for number, path in pair.pages:
        if number > len(sizes):
            raise MaskError(f"{image}: has {len(sizes)} pages, and {path} is a mask of page {number}; rename it")
        size = sizes[number - 1]
        if headers[path].size != size:
            raise MaskError(
                f"{image}: its page {number} is {size[1]}x{size[0]} and its mask {path} {_shown(headers[path])}; a "
                "mask must have the size of its page"
            )
    shared = pair.shared_mask
    if shared is not None and headers[shared].size not in sizes:
        raise MaskError(f"{image}: its mask {shared} is {_shown(headers[shared])}, which none of its pages is")


def _shown(header: Header) -> str:
    return f"{header.size[1]}x{header.size[0]}"


def _stem(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name).with_suffix("").as_posix())
