"""Files that belong to names: the same relative path and stem, whatever the extension."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pconv_cli.errors import FileError, MaskError
from pconv_cli.files.finding.find import find_images, find_left_out, relative_name
from pconv_cli.files.finding.naming import NearNames, named, remedy_for, shown
from pconv_cli.files.formats import MASK_SUFFIXES

#: A mask beside its image is recognised by this end of its stem: ``photo.jpg`` and ``photo_mask.png``.
MASK_SUFFIX = "_mask"


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
    stems = Counter(stem_of(name) for name in names)
    return {
        name: f"{name}.png" if stems[stem_of(name)] > 1 else PurePosixPath(name).with_suffix(".png").as_posix()
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
        by_stem[stem_of(relative_name(path, folder))].append(path)
    candidates = _all_candidates(names, by_stem, patterns, folder)
    missing = [name for name, paths in candidates.items() if not paths]
    used = {path for paths in candidates.values() for path in paths}
    extra = sorted((p for paths in by_stem.values() for p in paths if p not in used), key=lambda path: path.as_posix())
    faults = {name: several(name, paths, what, folder) for name, paths in candidates.items() if len(paths) > 1}
    faults |= _lacking(missing, extra, what, patterns, folder) if missing else {}
    found = {name: paths[0] for name, paths in candidates.items() if len(paths) == 1}
    problems = [(name, error(faults[name])) for name in names if name in faults]
    return Partners(found, problems, extra, frozenset(missing))


def _all_candidates(
    names: Sequence[str], by_stem: Mapping[str, list[Path]], patterns: Sequence[str], folder: Path
) -> dict[str, list[Path]]:
    """Find the files that may be each name's partner, those that differ by capitals where there is no other."""
    folded: dict[str, list[Path]] = defaultdict(list)
    for stem, paths in by_stem.items():
        folded[stem.casefold()] += paths
    names_of_stem: dict[str, list[str]] = defaultdict(list)
    for name in names:
        names_of_stem[stem_of(name)].append(name)
    stems_folded = Counter(stem.casefold() for stem in names_of_stem)
    every = {}
    for name in names:
        candidates = _candidates(name, names_of_stem, by_stem, patterns, folder)
        if not candidates and stems_folded[stem_of(name).casefold()] == 1:
            candidates = named(stem_of(name), name, folded, patterns, fold=True)
        every[name] = candidates
    return every


def several(name: str, candidates: Sequence[Path], what: str, folder: Path) -> str:
    """Say that a name has more than one partner, and which."""
    listed = ", ".join(relative_name(path, folder) for path in candidates)
    distinct = {unicodedata.normalize("NFC", relative_name(path, folder)) for path in candidates}
    # Else the same name would seem to stand there twice.
    how = " (their accents are encoded differently)" if len(distinct) < len(candidates) else ""
    return f"{name}: more than one {what} in {folder}: {listed}{how}; leave only one there"


def _lacking(
    missing: Sequence[str], extra: Sequence[Path], what: str, patterns: Sequence[str], folder: Path
) -> dict[str, str]:
    """Say of names without a partner what was looked for, and what may be meant by files that belong to no name."""
    # Once for all names: comparing each name with each file takes minutes where a whole folder has no masks.
    spare = NearNames(relative_name(path, folder) for path in extra)
    unread = NearNames(relative_name(path, folder) for path in find_left_out(folder, masks=True)[0])
    words = {}
    for name in missing:
        looked = " or ".join(shown(one, name) for one in patterns)
        remedy = remedy_for(name, spare, unread) if what == "mask" else "add one"
        words[name] = f"{name}: no {what} in {folder} (looked for {looked}); {remedy}"
    return words


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
    # "a.jpg.png" is not a partner of "a.jpg" where an image "a.jpg.tif" wants it by its stem.
    own = [] if whole in names_of_stem else called(whole)
    shared = called(stem_of(name))
    siblings = names_of_stem[stem_of(name)]
    if len(siblings) == 1:
        return list(dict.fromkeys(own + shared))  # a pattern of the whole name finds one twice
    same = [path for path in shared if unicodedata.normalize("NFC", relative_name(path, folder)) == whole]
    if own or same:
        return own or same
    others = {unicodedata.normalize("NFC", other) for other in siblings}
    left = [path for path in shared if unicodedata.normalize("NFC", relative_name(path, folder)) not in others]
    return left or shared


def stem_of(name: str) -> str:
    """Return a relative path without its suffix, in Unicode's composed form."""
    return unicodedata.normalize("NFC", PurePosixPath(name).with_suffix("").as_posix())
