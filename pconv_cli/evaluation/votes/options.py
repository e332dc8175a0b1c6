"""The options of a vote, and what of them can be checked before an image is read."""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.errors import UsageError, option
from pconv_cli.evaluation.votes.ballots import has_answers, read_key
from pconv_cli.evaluation.votes.page import KIND as PAGE_KIND
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, real
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.pages.page import is_page

ANSWERS = "answers.txt"
PAGE = "vote.html"


@dataclass(frozen=True)
class VoteOptions:
    """The folders to vote on, and the places of the vote.

    Attributes:
        folders: The two folders of results.
        out: Where sheets, page and the file of answers go.
        key: The file of the key, outside of ``out``; None: ``OUT-key.json`` beside it.
        names: The names of the folders; none: their paths.
        truth: A folder of the true images, to be shown too.
        masks: A folder of masks, or one for all, by which the damaged image is shown too.
        polarity: The colour of the hole in mask files.
        seed: Seed of the lot; not negative.
        allow_missing: Leave out an image that only one folder has, instead of failing.
        overwrite: Replace sheets and a key that are there; answers are never replaced.
    """

    folders: tuple[Path, ...]
    out: Path
    key: Path | None = None
    names: tuple[str, ...] = ()
    truth: Path | None = None
    masks: Path | None = None
    polarity: Polarity = Polarity.WHITE
    seed: int = 0
    allow_missing: bool = False
    overwrite: bool = False

    @property
    def key_file(self) -> Path:
        """The file of the key: the one that is named, or the one beside the sheets."""
        return self.key or key_beside(self.out)


def key_beside(folder: Path) -> Path:
    """Place the key of a folder of sheets, where no other place is named: beside the folder, and not in it."""
    whole = folder.absolute()
    return real(whole.parent) / f"{whole.name or 'sheets'}-key.json"


def check_options(options: VoteOptions) -> tuple[str, str]:
    """Check what can be checked before an image is read.

    Returns:
        The names of the two folders.

    Raises:
        UsageError: A path does not exist or lies where it may not, or something is there already.
        OutputError: A folder cannot be written.
    """
    if len(options.folders) != 2 or not all(folder.is_dir() for folder in options.folders):
        given = " ".join(folder.as_posix() for folder in options.folders)
        raise UsageError(f"{given}: a vote is between two folders of results; name two that are there")
    first, second = options.folders
    if first.samefile(second):
        raise UsageError(f"{first} {second}: are one folder; name two")
    names = options.names or (first.as_posix(), second.as_posix())
    if len(names) != 2 or len(set(names)) < 2 or not all(names) or "=" in names:
        raise UsageError(f"{option('names')} {','.join(names)}: two folders need two names, neither of them empty or =")
    if options.seed < 0:
        raise UsageError(f"{option('seed')} {options.seed}: give 0 or more")
    if options.truth is not None and not options.truth.is_dir():
        raise UsageError(f"{options.truth}: there is no such folder of true images; check {option('truth')}")
    _check_places(options)
    return names[0], names[1]


def _check_places(options: VoteOptions) -> None:
    out, key = options.out, options.key_file
    for folder in (*options.folders, options.truth, options.masks):
        if folder is not None:
            check_apart(folder, out, "images", option("out"))
            check_apart(folder, key, "images", option("key"))
    if real(key).is_relative_to(real(out)):
        why = "lies among the sheets, where a judge would see it; choose another place"
        raise UsageError(f"{option('key')} {key}: {why}")
    if out.is_dir() and any(out.iterdir()) and not options.overwrite:
        remedy = f"give {option('overwrite')} or another folder"
        raise UsageError(f"{option('out')} {out}: holds files already; {remedy}")
    if out.is_dir() and any(out.iterdir()) and not (is_page(out / PAGE, PAGE_KIND) and key.exists()):
        why = f"holds files that are no vote with its key at {key}; name another folder"
        raise UsageError(f"{option('out')} {out}: {why}")
    if has_answers(out / ANSWERS):
        raise UsageError(f"{out / ANSWERS}: holds answers, which are never overwritten; move it away first")
    if key.exists() and not options.overwrite:
        remedy = f"give {option('overwrite')} or another {option('key')}"
        raise UsageError(f"{key}: is there already, as the key of other sheets; {remedy}")
    if key.exists():
        read_key(key)  # nothing else is replaced
    ensure_writable_folder(key.parent)
    ensure_writable_folder(out)
