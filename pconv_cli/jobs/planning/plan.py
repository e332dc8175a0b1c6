"""What a run is going to do, known from names and headers alone, before any model is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pconv_cli.errors import FileError, NothingToDo, OutputError, UsageError, one_file, option
from pconv_cli.files.atomic import check_seems_writable
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.finding.find import check_apart, left_out_words
from pconv_cli.files.finding.pairing import Pairing, check_holds_masks, pair_with_masks
from pconv_cli.files.retouch.names import every_extra_path
from pconv_cli.files.signing.credentials import Credentials
from pconv_cli.jobs.manifest import (
    WEIGHTS_KEYS,
    Fingerprint,
    Record,
    Status,
    fingerprint,
    read_manifest,
)
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.choices import Choices
from pconv_cli.jobs.planning.recipes import same_recipe
from pconv_cli.jobs.planning.targets import RestoreJob, check_extras, check_page_place, folded, plan_targets, unlisted
from pconv_cli.jobs.report.outcome import Warnings
from pconv_cli.jobs.report.tables import check_table_places
from pconv_cli.jobs.signing import credentials_of
from pconv_cli.masks.annotations.given import not_drawn
from pconv_cli.masks.edits import EDITS
from pconv_cli.methods.backends import Backends
from pconv_cli.wording import counted, first_few


@dataclass(frozen=True)
class FolderPlan:
    """A run before it begins.

    Attributes:
        jobs: What is to be restored, in the order of the images' names.
        skipped: What stays as it is, because its output is there already.
        outdated: How many of those were made with other settings, or lack a file beside them.
        problems: Names of the images that cannot be done, each with its error.
        again: Names of those jobs whose outputs are there, and are replaced.
        folder: The folder that outputs go to; None where the output is one file by name.
        choices: The options of each image.
        credentials: Who signs restored files; None: nobody.
    """

    jobs: list[RestoreJob]
    skipped: list[RestoreJob]
    outdated: int
    problems: list[tuple[str, FileError]]
    again: frozenset[str]
    folder: Path | None
    choices: Choices
    credentials: Credentials | None

    @property
    def total(self) -> int:
        """How many images there are."""
        return len(self.jobs) + len(self.skipped) + len(self.problems)


def plan_folder(options: InpaintOptions, warnings: Warnings, backends: Backends | None = None) -> FolderPlan:
    """Find the images, their masks and their outputs, and leave out what is done already or another process's.

    Args:
        options: What is asked.
        warnings: Takes what a user should know.
        backends: Methods that are loaded already; None: none.

    Raises:
        UsageError: A path does not exist, or the output lies where images or masks are read; a manifest there is not
            ours, or a record of chosen methods beside the masks is not; ``options.resume`` without a folder to write
            to; nothing can be signed with what ``options.c2pa_cert`` names.
        NothingToDo: There is no image, or no mask.
        ModelError: ``options.resume``, and there are no such weights.
    """
    _check_places(options)
    credentials = credentials_of(options)
    pairing = pair_with_masks(
        options.images, options.masks, max_pixels=options.max_pixels, pattern=options.mask_pattern
    )
    if options.annotations is None:
        check_holds_masks(options.masks, pairing)
    if not pairing.pairs and not pairing.problems:
        _warn_of_what_is_left_out(options.images, warnings)
        raise NothingToDo(f"{options.images}: holds no image of a known kind; check the path")
    if options.shard is None or options.shard.index == 1:  # once, and not by each of a hundred processes
        _warn_of_pairing(pairing, options, warnings)
    jobs, problems = _own_jobs(pairing, options)
    folder = None if any(job.target == options.out for job in jobs) else options.out
    known = {} if folder is None else read_manifest(folder)
    choices = Choices(options, Backends() if backends is None else backends)
    existing = [job for job in jobs if job.target.exists()]
    skipped: list[RestoreJob] = []
    refused: dict[str, FileError] = {}
    if options.resume:
        skipped, refused = _unchanged(existing, options, choices, folder, known, warnings)
    elif not options.overwrite:
        skipped, refused = _there_already(existing, folder, known)
    settled = refused.keys() | {job.pair.name for job in skipped}
    jobs = [job for job in jobs if job.pair.name not in settled]
    jobs, clashes = _with_extras(jobs, folder, known, options, warnings)
    refused |= clashes
    chosen = choices.differing(job.pair.name for job in jobs)
    if chosen:
        images = counted(chosen, "image")
        warnings.add("choices", f"{images} filled as {EDITS} beside the masks says, not as the options of this run")
    outdated = 0
    if folder is not None and not options.resume:
        outdated = sum(_is_outdated(job, folder, known, choices) for job in skipped)
    return FolderPlan(
        jobs=jobs,
        skipped=skipped,
        outdated=outdated,
        problems=[*problems, *refused.items()],
        again=frozenset(job.pair.name for job in existing) & {job.pair.name for job in jobs},
        folder=folder,
        choices=choices,
        credentials=credentials,
    )


def _with_extras(
    jobs: Sequence[RestoreJob],
    folder: Path | None,
    known: dict[str, Record],
    options: InpaintOptions,
    warnings: Warnings,
) -> tuple[list[RestoreJob], dict[str, FileError]]:
    """Add to jobs the files beside their outputs that earlier runs made; leave out those that would replace others."""
    kept, refused = [], dict[str, FileError]()
    for job in jobs:
        if folder is not None:
            job = replace(job, extras=_extras(job, known.get(job.output_name(folder))))
        try:
            check_extras(job, options)
        except OutputError as error:
            refused[job.pair.name] = error
            continue
        kept.append(job)
        for place in unlisted(job, options) if job.target.exists() else ():
            words = f"{place}: is in no manifest, so it stays; remove it if it shows the earlier fill"
            warnings.add("files beside outputs", words)
    return kept, refused


def _check_places(options: InpaintOptions) -> None:
    """Check that nothing is written where something else is, or where images or masks are read."""
    if options.report is not None:
        check_seems_writable(options.report.parent)
        check_page_place(options.report)
        check_table_places(options.report)
    check_apart(options.images, options.out, "images")
    if options.annotations is not None:
        check_apart(options.annotations, options.out, "annotations")
    elif options.masks != "alpha":
        check_apart(options.masks, options.out, "masks")


def _warn_of_pairing(pairing: Pairing, options: InpaintOptions, warnings: Warnings) -> None:
    """Warn of files that are not read, masks that are not used, and pairs that may be meant otherwise."""
    _warn_of_what_is_left_out(options.images, warnings)
    if options.masks != "alpha" and not _is_same_folder(options.masks, options.images):
        _warn_of_what_is_left_out(options.masks, warnings)
    if pairing.extra:
        warnings.add("extra masks", options.reworded(f"masks without an image: {first_few(pairing.extra)}"))
    for doubt in pairing.doubts:
        warnings.add("orientation", options.reworded(doubt))


def _own_jobs(pairing: Pairing, options: InpaintOptions) -> tuple[list[RestoreJob], list[tuple[str, FileError]]]:
    """Give each pair its output, and keep what is this process's: jobs, and the images that cannot be done."""
    failed = [name for name, _ in pairing.problems]
    jobs, collisions = plan_targets(pairing.pairs, options.images, options.out, options.format, failed)
    problems = [(name, _of_annotations(name, error, pairing, options)) for name, error in pairing.problems]
    problems += collisions
    if options.shard is None:
        return jobs, problems
    names = [name for name, _ in problems] + [job.pair.name for job in jobs]
    own = set(options.shard.of(sorted(names)))
    return [job for job in jobs if job.pair.name in own], [one for one in problems if one[0] in own]


def _of_annotations(name: str, error: FileError, pairing: Pairing, options: InpaintOptions) -> FileError:
    """Say of an image without a mask that nothing annotates it, where masks are drawn from annotations."""
    if options.annotations is None or name not in pairing.missing:
        return error
    return not_drawn(name, options.annotations)


def _there_already(
    existing: Sequence[RestoreJob], folder: Path | None, known: dict[str, Record]
) -> tuple[list[RestoreJob], dict[str, FileError]]:
    """Part the jobs whose outputs stay from those whose outputs were made of another image, each with its error."""
    kept, others = [], dict[str, FileError]()
    for job in existing:
        name = job.pair.name
        record = {} if folder is None else known.get(job.output_name(folder), {})
        source = record.get("input", name)
        if folded(source) == folded(name):
            kept.append(job)
        else:
            others[name] = OutputError(
                f"{job.target}: was made from {source}, not from {name}, as its manifest says; move it away, or "
                f"restore it again with {option('resume')}"
            )
    return kept, others


def _unchanged(
    existing: Sequence[RestoreJob],
    options: InpaintOptions,
    choices: Choices,
    folder: Path | None,
    known: dict[str, Record],
    warnings: Warnings,
) -> tuple[list[RestoreJob], dict[str, FileError]]:
    """Part the jobs whose outputs stay from those whose outputs cannot be read, each with its error; leave out others.

    A job's output stays where nothing that it was made from has changed, or where somebody else made or edited it.
    """
    if folder is None:
        raise UsageError(
            f"{option('resume')}: needs a folder as {option('out')}, for its manifest; {options.out} is a file"
        )
    kept, unclear = [], dict[str, FileError]()
    for job in existing:
        try:
            with one_file(job.target):
                if _keeps(job, known.get(job.output_name(folder)), choices.recipe(job.pair.name), warnings):
                    kept.append(job)
        except FileError as error:
            unclear[job.pair.name] = error
    return kept, unclear


def _is_outdated(job: RestoreJob, folder: Path, known: dict[str, Record], choices: Choices) -> bool:
    """Say whether an output was made with other settings than these, weights aside, or lacks a file beside it."""
    last = known.get(job.output_name(folder))
    if last is not None and last["status"] == Status.WRITING and last.get("extras"):
        return True  # that run was killed before it had written all of them
    record = _before(last)
    if record is None:
        return False
    made = {key: value for key, value in (record.get("recipe") or {}).items() if key not in WEIGHTS_KEYS}
    same = same_recipe(made, choices.settings(job.pair.name), job.pair.image)
    return not same or not _has_extras(job, record)


def _has_extras(job: RestoreJob, record: Record) -> bool:
    return all((job.target.parent / str(name)).is_file() for name in record.get("extras") or ())


def _keeps(job: RestoreJob, record: Record | None, recipe: Record, warnings: Warnings) -> bool:
    if record is None:
        warnings.add(
            "outputs of unknown origin",
            f"{job.target}: is in no manifest, so how it was made is unknown; left as it is ({option('overwrite')} "
            "replaces it)",
        )
        return True
    if record["status"] == Status.WRITING:  # that run was killed, and the output is the old one or the new one
        old = _before(record)
        if old is None or sha256_of(job.target) != old.get("output_sha256"):
            return False
        record = old
    same = same_recipe(record.get("recipe") or {}, recipe, job.pair.image)
    if same and _same_files(job, record) and _has_extras(job, record):
        return True
    if sha256_of(job.target) == record.get("output_sha256"):
        return False
    warnings.add(
        "outputs that were edited",
        f"{job.target}: was changed since it was written, and so was its source; left as it is "
        f"({option('overwrite')} replaces it)",
    )
    return True


def _extras(job: RestoreJob, record: Record | None) -> frozenset[Path]:
    """Find the files beside an output that earlier runs made, or began to make."""
    made: set[str] = set()
    while record is not None:
        made.update(map(str, record.get("extras") or ()))
        record = record["before"] if record["status"] == Status.WRITING else None
    return frozenset(place for place in every_extra_path(job.target) if place.name in made)


def _before(record: Record | None) -> Record | None:
    """What stood there before it was last being written, however often that was cut off."""
    while record is not None and record["status"] == Status.WRITING:
        record = record["before"]
    return record


def _same_files(job: RestoreJob, record: Record) -> bool:
    try:
        now = fingerprint(job.pair.image, job.pair.masks)
    except OSError:  # reading the image says what is wrong
        return False
    return now == Fingerprint(record.get("input_sha256", ""), record.get("mask_sha256"))


def _is_same_folder(one: Path, other: Path) -> bool:
    return one.is_dir() and other.is_dir() and one.samefile(other)


def _warn_of_what_is_left_out(images: Path, warnings: Warnings) -> None:
    for words in left_out_words(images):
        warnings.add(words, words)
