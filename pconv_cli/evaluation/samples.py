"""Methods compared in one go: images damaged in every class of hole ratio, filled by every method, and scored.

The images are a folder's, or those that need no download. All methods see the same holes.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import FileError, ImageError, ModelError, NothingToDo, UsageError, one_file, option
from pconv_cli.evaluation.evaluator import check_common, evaluate_jobs
from pconv_cli.evaluation.metrics.names import BAND, USUAL, Metric
from pconv_cli.evaluation.metrics.networks import NetworkOptions, Networks
from pconv_cli.evaluation.reports.rows import Evaluation, ImageFigures
from pconv_cli.evaluation.scoring import ScoringJob
from pconv_cli.files.atomic import atomic_path, ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, find_images, relative_name
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.samples import reduced, sample_images
from pconv_cli.files.stored import StoredImage
from pconv_cli.masks.generate.drawing import can_draw, draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import RATIO_CLASSES, Mask
from pconv_cli.progress import Progress, Silent

Fill = Callable[[NDArray[np.float32], Mask], NDArray[np.float32]]
"""Takes RGB ``(H, W, 3)`` in [0, 1] and the mask ``(H, W)``, True = valid; gives RGB of the same shape."""

Look = Callable[[Evaluation], None]
"""Takes the figures while the files that were scored are there."""

KIND = MaskKind.OCCLUSION
SHORT_SIDE = 256
MID_GREY = np.float32(128 / 255)

# The folders of one comparison; every method has another beside them. Each holds a folder a class.
TRUTH, MASKS, SAMPLES = "truth", "masks", "samples"


@dataclass(frozen=True)
class SampleOptions:
    """The images to compare methods on, and the metrics.

    Attributes:
        metrics: The metrics to measure.
        networks: Where the networks' weights are, and where they run.
        seed: Seed of the masks; not negative.
        images: A folder of undamaged images, or one; None: the sample images.
        out: Where truths, masks and results are kept, a folder each; None: they are thrown away.
        band: Pixels of the band on either side of the hole's edge.
        workers: Processes that score; None: one a processor.
    """

    metrics: tuple[Metric, ...] = USUAL
    networks: NetworkOptions = field(default_factory=NetworkOptions)
    seed: int = 0
    images: Path | None = None
    out: Path | None = None
    band: int = BAND
    workers: int | None = None


@dataclass(frozen=True, eq=False)
class MaskedSample:
    """One image with one mask.

    Attributes:
        name: The class and the image's name: ``0.1-0.2/a.png``.
        file: The true image's file.
        truth: Its content.
        mask: ``(H, W)``, True = valid.
    """

    name: str
    file: Path
    truth: StoredImage
    mask: Mask


def damage_image(number: int, name: str, file: Path, seed: int) -> Iterator[MaskedSample]:
    """Damage image ``number`` once in each class of hole ratio that its size has room for.

    The mask of image i and class c is drawn from the generator seeded by (seed, i, c); where i + c is even, its holes
    keep clear of the border if there is room for them.

    Raises:
        ImageError: The image cannot be read, or has room for no class.
    """
    truth = read_image(file)
    if not any(can_draw(KIND, truth.size, ratio=ratio) for ratio in RATIO_CLASSES):
        height, width = truth.size
        raise ImageError(f"{file}: is {width}x{height}, too small for any mask; give a larger image, or leave it out")
    for c, ratio in enumerate(RATIO_CLASSES):
        border = None if (number + c) % 2 or not can_draw(KIND, truth.size, ratio=ratio, border=False) else False
        if can_draw(KIND, truth.size, ratio=ratio, border=border):
            rng = np.random.default_rng([seed, number, c])
            mask = draw_mask(KIND, truth.size, rng, ratio=ratio, border=border)
            yield MaskedSample(f"{ratio[0]:g}-{ratio[1]:g}/{name}", file, truth, mask)


def evaluate_samples(
    options: SampleOptions,
    methods: Mapping[str, Fill],
    progress: Progress | None = None,
    source: Mapping[str, Any] | None = None,
    look: Look | None = None,
) -> Evaluation:
    """Fill images by every method, write what comes out in the truth's own depth, and score the files.

    Args:
        options: The options.
        methods: Name to function.
        progress: Hears of every result.
        source: Facts on the methods for the report, such as the weights.
        look: Called with the figures while all files are there; afterwards they may be gone.

    Returns:
        A row for each method, image and class. An image that cannot be read, or that a method fails on, is a problem,
        and the rest is done.

    Raises:
        UsageError: No metric, a number out of its range, or ``out`` holds files already or lies among the images.
        NothingToDo: There is no image.
        ModelError: Weights are not at hand.
        OutputError: The folder cannot be written.
    """
    progress = progress or Silent()
    check_common(options.metrics, options.workers, options.band)
    if options.seed < 0:
        raise UsageError(f"{option('seed')} {options.seed}: give 0 or more")
    if options.images and options.out:
        check_apart(options.images, options.out, "images")
    networks = Networks(options.metrics, options.networks, options.band)
    with _folder(options.out) as out:
        root = options.images or _sample_files(out / SAMPLES)
        files = find_images(root)
        if not files:
            remedy = f"name a folder of undamaged images by {option('images')}"
            raise NothingToDo(f"{root}: no image here; {remedy}")
        progress.start(len(files) * len(RATIO_CLASSES) * len(methods), "results")
        jobs, problems = _fill_all(options, root, files, methods, out, progress)
        evaluation = evaluate_jobs(jobs, options.metrics, options.band, options.workers, networks, progress)
        if look is not None:
            look(evaluation)
        rows = evaluation.rows if options.out else [_without(out, row) for row in evaluation.rows]
    settings = _settings(options, methods, files) | dict(source or {}) | evaluation.settings
    return replace(evaluation, rows=rows, problems=[*problems, *evaluation.problems], settings=settings)


def _fill_all(
    options: SampleOptions,
    root: Path,
    files: Sequence[Path],
    methods: Mapping[str, Fill],
    out: Path,
    progress: Progress,
) -> tuple[list[ScoringJob], list[tuple[str, FileError]]]:
    """Write every method's result of every image and class; give them method by method, and the images that failed."""
    jobs: list[ScoringJob] = []
    problems: list[tuple[str, FileError]] = []
    taken: dict[PurePosixPath, str] = {}
    for number, file in enumerate(files):
        name = relative_name(file, root)
        other = taken.setdefault(PurePosixPath(name).with_suffix(""), name)
        try:
            if other != name:
                raise ImageError(f"{name}: its results would be named as those of {other}; rename one of them")
            with one_file(file):
                for image in damage_image(number, name, file, options.seed):
                    jobs += _fill_holes(image, methods, out, progress)
                    if options.out:
                        _copy(file, out / TRUTH / image.name)
        except FileError as error:
            problems.append((name, error))
    jobs.sort(key=lambda job: list(methods).index(job.method or ""))  # stable: the images keep their order
    return jobs, problems


def _settings(options: SampleOptions, methods: Iterable[str], files: Sequence[Path]) -> dict[str, Any]:
    """List what the report needs of the options, so that the evaluation can be repeated."""
    return {
        "folder": Path.cwd().as_posix(),  # from which the paths are taken
        "images": None if options.images is None else options.images.as_posix(),
        "methods": list(methods),
        "mask_kind": str(KIND),
        "seed": options.seed,
        **({} if options.images else {"samples": [file.stem for file in files], "short_side": SHORT_SIDE}),
        **({"out": options.out.as_posix()} if options.out else {}),
    }


def _fill_holes(image: MaskedSample, methods: Mapping[str, Fill], out: Path, progress: Progress) -> list[ScoringJob]:
    """Write one image's mask and every method's result."""
    place = PurePosixPath(image.name)
    mask_file = out / MASKS / place.with_suffix(".png")
    write_mask(mask_file, image.mask)
    floats = image.truth.samples.dtype.kind == "f"
    kind = ImageFormat.TIFF if floats else ImageFormat.PNG
    damaged = image.truth.rgb(image.mask)
    damaged[~image.mask] = MID_GREY
    jobs = []
    for method, fill in methods.items():
        result = out / method / place.with_suffix(".tif" if floats else ".png")
        rgb = fill(damaged.copy(), image.mask)
        try:
            filled = image.truth.with_holes_filled(rgb, image.mask)
        except ValueError as error:
            raise ModelError(f"{method} fills {image.name} wrongly: {error}; are its weights sound?") from error
        write_image(result, filled.to_format(kind))
        jobs.append(ScoringJob(image.name, method, result, image.file, mask_file))
        progress.advance(image.name)
    return jobs


def _without(out: Path, row: ImageFigures) -> ImageFigures:
    """Name a row's files without the folder that goes away."""
    prefix = f"{out.as_posix()}/"
    files = {what: replace(source, path=source.path.removeprefix(prefix)) for what, source in row.files.items()}
    return replace(row, files=files)


def _copy(file: Path, target: Path) -> None:
    """Put a copy of an image into a folder of what is kept; not a link, since whoever edits it means the copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(target) as temporary:
        shutil.copyfile(file, temporary)


def _sample_files(folder: Path) -> Path:
    """Write the sample images, reduced to a short side of `SHORT_SIDE` by area averages where they are larger."""
    for name, image in sample_images().items():
        write_image(folder / f"{name}.png", StoredImage(reduced(image, SHORT_SIDE / min(image.shape[:2]))))
    return folder


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Open the folder to work in: the one that is named, which has to be new or empty, or one that goes away."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="pconv-eval-") as folder:
            yield Path(folder)
        return
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{option('out')} {out}: holds files already; name a new or empty folder")
    ensure_writable_folder(out)
    yield out
