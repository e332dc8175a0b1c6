"""Folders of results scored against the truth and the masks, image by image."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

from pconv_cli.arguments import (
    ChoiceField,
    Field,
    OptionalPathField,
    PathField,
    StrPath,
    check_kinds,
    path_of,
    takes_options,
)
from pconv_cli.cores import usable_cores
from pconv_cli.errors import FileError, ImageError, NothingToDo, UsageError, one_file, option
from pconv_cli.evaluation.metrics.names import BAND, NEEDS_NETWORK, USUAL, Metric
from pconv_cli.evaluation.metrics.networks import NetworkOptions, Networks
from pconv_cli.evaluation.reports.rows import Evaluation, ImageFigures
from pconv_cli.evaluation.scoring import PLAIN, ScoringJob, score_jobs, unlike
from pconv_cli.files.finding.find import find_images, relative_name
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.finding.partners import Partners, find_partners
from pconv_cli.files.images import read_size
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.ratios import MOSTLY_HOLE, mostly_hole_warning
from pconv_cli.progress import Progress, Silent
from pconv_cli.wording import counted


def _one_or_several(results: StrPath | Sequence[StrPath]) -> Path | tuple[Path, ...]:
    if isinstance(results, str | PathLike):
        return path_of(results, "results")
    folders = tuple(path_of(one, "results") for one in results)
    if not folders:
        raise UsageError("results: names no folder; name one, or several")
    return folders


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _metrics(metrics: Sequence[Metric | str]) -> tuple[Metric, ...]:
    names = [metrics] if isinstance(metrics, str) else metrics
    return tuple(map(Metric, names))


@dataclass(frozen=True)
class EvalOptions:
    """The folders to score, and the metrics.

    Attributes:
        results: A folder of results, or one; or several folders that are compared on the same images.
        truth: The folder of the true images, same relative paths and stems; one file for one result.
        masks: The folder of masks, or one file that serves all.
        metrics: The metrics to measure.
        vgg: VGG16's weights for the metrics of its features; looked for where ``None``.
        device: Where networks run.
        polarity: The colour of the hole in mask files.
        workers: Processes that read and score; ``None``: one a processor.
        names: The names of several folders in tables; none: their paths.
        band: Pixels of the band on either side of the hole's edge.
        allow_missing: Leave an image without its partners out, instead of failing the run.
        lpips_weights: AlexNet's weights for LPIPS; looked for where ``None``.
        fid_weights: Inception's weights; looked for where ``None``.
        download: Fetch weights that are not at hand.

    Example:
        >>> EvalOptions(["a", "b"], "truth", "m", metrics=["psnr"]).folders
        (PosixPath('a'), PosixPath('b'))
    """

    results: Field[StrPath | Sequence[StrPath], Path | tuple[Path, ...]] = Field(_one_or_several)
    truth: PathField = PathField()
    masks: PathField = PathField()
    metrics: Field[Sequence[Metric | str], tuple[Metric, ...]] = Field(_metrics, USUAL)
    vgg: OptionalPathField = OptionalPathField()
    device: str = "auto"
    polarity: ChoiceField[Polarity] = ChoiceField(Polarity, Polarity.WHITE)
    workers: int | None = None
    names: Field[str | Sequence[str], tuple[str, ...]] = Field(_names, ())
    band: int = BAND
    allow_missing: bool = False
    lpips_weights: OptionalPathField = OptionalPathField()
    fid_weights: OptionalPathField = OptionalPathField()
    download: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of results, however many."""
        return (self.results,) if isinstance(self.results, Path) else self.results

    @property
    def networks(self) -> NetworkOptions:
        """Where the networks' weights are, and where they run."""
        return NetworkOptions(self.vgg, self.lpips_weights, self.fid_weights, self.download, self.device)


@dataclass
class _Found:
    """The findings of pairing: the jobs, what fails, what is missing, by the images' names."""

    jobs: list[ScoringJob] = field(default_factory=list)
    failed: list[tuple[str, FileError]] = field(default_factory=list)
    missing: list[tuple[str, FileError]] = field(default_factory=list)


@takes_options(EvalOptions)
def evaluate(options: EvalOptions, progress: Progress | None = None) -> Evaluation:
    """Score every result that has a truth and a mask.

    Nothing is resized or converted: a result of another size, depth or number of channels than its truth fails, and
    the rest is scored. So does a result without a partner and a truth without a result, unless that is allowed. Alpha
    is not looked at. Float images are scaled by the truth's range. Several folders are compared on those images
    that all of them have.

    Args:
        options: The options as one object; or its values themselves, as in the example.
        progress: Hears of every image.

    Returns:
        The rows in the order of the folders and names, and what failed.

    Raises:
        UsageError: A path does not exist, no metric is named, or an option is out of its range.
        NothingToDo: There is no result.
        ModelError: A metric needs weights that are not at hand.

    Example:
        >>> evaluation = evaluate("restored", "truth", "m", metrics=["psnr", "l1"], workers=1)
        >>> [row.scores["l1"].whole for row in evaluation.rows]
        [0.0, 0.0]
    """
    progress = progress or Silent()
    names = _check(options)
    networks = Networks(options.metrics, options.networks, options.band)
    found = _Found()
    for name, folder in zip(names, options.folders, strict=True):
        _pair(name, folder, options, found)
    jobs = common(found.jobs, names)
    if not jobs and options.allow_missing and not found.failed:
        where = " and ".join(folder.as_posix() for folder in options.folders)
        raise NothingToDo(f"{where}: no image has all of its partners; check that the names agree with the truths'")
    evaluation = evaluate_jobs(jobs, options.metrics, options.band, options.workers, networks, progress)
    left_out = len({job.name for job in found.jobs} - {row.name for row in evaluation.rows}) if len(names) > 1 else 0
    if left_out:
        which = counted(left_out, "image is", "images are")
        progress.warn(f"{which} in no mean, since not every folder has a result that can be scored")
    ratios = {row.name: row.ratio for row in evaluation.rows}  # several folders have the same masks
    mostly_hole = sum(ratio > MOSTLY_HOLE for ratio in ratios.values())
    if mostly_hole:
        progress.warn(mostly_hole_warning(mostly_hole, len(ratios), options.polarity))
    problems = [*evaluation.problems, *found.failed, *([] if options.allow_missing else found.missing)]
    return replace(
        evaluation,
        problems=sorted(problems, key=lambda problem: problem[0]),
        missing=sorted(str(error) for _, error in found.missing) if options.allow_missing else [],
        settings=_settings(options) | evaluation.settings,
    )


def evaluate_jobs(
    jobs: Sequence[ScoringJob],
    chosen: Sequence[Metric],
    band: int,
    workers: int | None,
    networks: Networks,
    progress: Progress,
) -> Evaluation:
    """Score jobs by all chosen metrics. An image that fails for one method is left out for all."""
    metrics = tuple(metric for metric in Metric if metric in chosen)
    plain = [metric for metric in metrics if metric in PLAIN]
    progress.start(len(jobs), "images")
    outcomes = score_jobs(jobs, plain, band, workers or usable_cores(), progress)
    problems = [(job.name, one) for job, one in zip(jobs, outcomes, strict=True) if isinstance(one, FileError)]
    scored = {job: one for job, one in zip(jobs, outcomes, strict=True) if isinstance(one, ImageFigures)}
    kept = common(list(scored), {job.method for job in jobs})
    rows, sets, failed = networks.measure(kept, [scored[job] for job in kept], progress)
    rows = [_ordered(row, metrics) for row in rows]
    return Evaluation(metrics, rows, [*problems, *failed], [], {"band": band} | networks.settings, sets)


def common(jobs: Sequence[ScoringJob], methods: Collection[str | None]) -> list[ScoringJob]:
    """Keep the jobs on images that every method has."""
    counts = Counter(job.name for job in jobs)
    return [job for job in jobs if counts[job.name] == len(methods)]


def _ordered(row: ImageFigures, metrics: Sequence[Metric]) -> ImageFigures:
    return replace(row, scores={metric: row.scores[metric] for metric in metrics if metric in row.scores})


def _check(options: EvalOptions) -> list[str | None]:
    """Check what can be checked before any file is read, and give the folders' names."""
    check_common(options.metrics, options.workers, options.band)
    folders = options.folders
    if not options.truth.exists():
        raise UsageError(f"{options.truth}: there is no such file or folder of true images; check {option('truth')}")
    for folder in folders:
        if not find_images(folder):
            raise NothingToDo(f"{folder}: no image here; name the folder that holds the results")
    if len(folders) == 1 and not options.names:
        return [None]
    if len(folders) > 1 and any(folder.is_file() for folder in folders):
        raise UsageError("several results are compared by folders; give folders, or one file alone")
    if not options.names and len(set(folders)) < len(folders):
        raise UsageError(f"{' '.join(map(str, folders))}: a folder is named twice; name each once")
    names = options.names or tuple(folder.as_posix() for folder in folders)
    if len(names) != len(folders) or len(set(names)) < len(names) or not all(names):
        rule = f"{len(folders)} folders of results need as many names, none twice or empty"
        raise UsageError(f"{option('names')} {','.join(names)}: {rule}")
    return list(names)


def check_common(metrics: Sequence[Metric], workers: int | None, band: int) -> None:
    """Check the options that every evaluation has.

    Raises:
        UsageError: No metric, or a number out of its range.
    """
    if not metrics:
        raise UsageError(f"no metric is named; name one, such as {option('psnr')}")
    if workers is not None and workers < 1:
        raise UsageError(f"{option('workers')} {workers}: give 1 or more")
    if band < 1:
        raise UsageError(f"{option('band')} {band}: give 1 or more pixels")


def _pair(method: str | None, folder: Path, options: EvalOptions, found: _Found) -> None:
    """Pair one folder's results with truths and masks."""
    pairing = pair_with_masks(folder, options.masks)
    names = [pair.name for pair in pairing.pairs] + [name for name, _ in pairing.problems]
    truths = alone(_truths(names, folder, options), folder, "truth")
    for name, error in dict([*truths.problems, *pairing.problems]).items():
        if name in truths.missing | pairing.missing:
            found.missing.append((name, error))
        else:
            truth = truths.found.get(name)
            result = folder / name if folder.is_dir() else folder
            found.failed.append((name, error if truth is None else _blamed(error, result, truth)))
    if folder.is_dir() and options.truth.is_dir():
        remedy = "add one" if options.allow_missing else f"add one, or pass {option('allow_missing')}"
        found.missing += [
            (name, ImageError(f"{name}: no result in {folder} for this truth; {remedy}"))
            for name in (relative_name(path, options.truth) for path in truths.extra)
        ]
    for pair in pairing.pairs:
        truth = truths.found.get(pair.name)
        if truth is not None and pair.mask is not None:
            name = pair.name if method is None else relative_name(truth, options.truth)
            found.jobs.append(ScoringJob(name, method, pair.image, truth, pair.mask, options.polarity))


def _blamed(error: FileError, result: Path, truth: Path) -> FileError:
    """Blame a result of another size than its truth, and not the mask, which then does not fit it either."""
    try:
        with one_file(result):
            (height, width), (tall, wide) = read_size(result), read_size(truth)
    except FileError:
        return error
    if (height, width) == (tall, wide):
        return error
    return unlike(result, truth, f"size {width}x{height} against {wide}x{tall} of the truth")


def _truths(names: list[str], folder: Path, options: EvalOptions) -> Partners:
    """Find the truth of each name; one result and one truth belong together whatever their names."""
    if folder.is_file() and options.truth.is_file():
        return Partners({folder.name: options.truth}, [], [])
    return find_partners(names, options.truth, what="true image", error=ImageError)


def alone(partners: Partners, folder: Path, what: str) -> Partners:
    """Turn down partners that serve two names, since one image counts once.

    Args:
        partners: As they were found.
        folder: Where the names are from, for messages.
        what: The word for a partner in them.
    """
    names_of: dict[Path, list[str]] = {}
    for name, partner in partners.found.items():
        names_of.setdefault(partner, []).append(name)
    shared = [
        (
            name,
            ImageError(f"{name}: {' and '.join(names)} in {folder} have one {what}, {partner}; leave only one there"),
        )
        for partner, names in names_of.items()
        if len(names) > 1
        for name in names
    ]
    found = {name: partner for name, partner in partners.found.items() if len(names_of[partner]) == 1}
    return replace(partners, found=found, problems=[*partners.problems, *shared])


def _settings(options: EvalOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "folder": Path.cwd().as_posix(),  # from which the paths are taken
        "results": [folder.as_posix() for folder in options.folders],
        "names": list(options.names),
        "truth": options.truth.as_posix(),
        "masks": options.masks.as_posix(),
        "polarity": str(options.polarity),
        "allow_missing": options.allow_missing,
    }
    return settings | ({"device": options.device} if NEEDS_NETWORK & set(options.metrics) else {})
