"""One image, read and measured by the metrics that need no network: what worker processes do."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, ImageError, current_naming, one_file
from pconv_cli.evaluation.metrics import differences as metrics
from pconv_cli.evaluation.metrics import similarity, texture
from pconv_cli.evaluation.metrics.differences import Samples, Score
from pconv_cli.evaluation.metrics.names import BAND, Metric
from pconv_cli.evaluation.reports.rows import ImageFigures, SourceFile
from pconv_cli.files.colour.ranges import NO_NUMBER, says_no_data
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage
from pconv_cli.masks.ratios import Mask, hole_ratio, ratio_class, touches_border
from pconv_cli.masks.workers import alive, signals_held, start_worker
from pconv_cli.progress import Progress

PLAIN: dict[Metric, Callable[[Samples, Samples, Mask, int], Score]] = {
    Metric.PSNR: metrics.psnr,
    Metric.SSIM: similarity.ssim,
    Metric.L1: metrics.l1,
    Metric.MSE: metrics.mse,
    Metric.TV: metrics.tv,
    Metric.MS_SSIM: similarity.ms_ssim,
    Metric.TEXTURE: texture.texture,
    Metric.RIM: texture.rim,
    Metric.HUE: metrics.hue_bias,
}

FEW = 100
"""Up to this number of images, starting processes takes longer than scoring them in threads."""


@dataclass(frozen=True)
class ScoringJob:
    """One result to score; small, so that it travels to another process.

    Attributes:
        name: See `pconv_cli.evaluation.reports.rows.ImageFigures`.
        method: See there.
        result: The file of the result.
        truth: The file of the true image.
        mask: The file of the mask.
        polarity: The colour of the hole in it.
    """

    name: str
    method: str | None
    result: Path
    truth: Path
    mask: Path
    polarity: Polarity = Polarity.WHITE


@dataclass(frozen=True, eq=False)
class LoadedImages:
    """The images of a job, found fit to be compared: ``(H, W, 1 or 3)`` in the files' depth, and the mask."""

    result: Samples
    truth: Samples
    mask: Mask


def load_images(job: ScoringJob) -> LoadedImages:
    """Decode a result, its truth and its mask. Alpha is left out; floats are scaled by the truth's range.

    Raises:
        ImageError: The images cannot be read or compared.
        MaskError: The mask cannot be read.
    """
    truth, result = read_image(job.truth).as_srgb(), read_image(job.result).as_srgb()
    mask = read_mask(job.mask, polarity=job.polarity)
    bounds = _bounds(truth)
    compared, against = (_colours(image, bounds, truth.no_data) for image in (result, truth))
    images = LoadedImages(compared, against, mask)
    for path, samples in ((job.truth, images.truth), (job.result, images.result)):
        if samples.dtype.kind == "f" and not np.isfinite(samples).all():
            raise ImageError(f"{path}: has samples that are not finite numbers; replace them, or leave the image out")
    try:
        metrics.check(images.result, images.truth, mask)
    except ValueError as error:
        raise unlike(job.result, job.truth, str(error)) from error
    return images


def unlike(result: Path, truth: Path, what: str) -> ImageError:
    """Return the error of a result that cannot be compared with its truth.

    Args:
        result: Its file.
        truth: That of the truth.
        what: What differs, in words.
    """
    return ImageError(f"{result}: {what} ({truth}); a result has the size, channels and depth of its truth")


def load_or_error(job: ScoringJob) -> LoadedImages | FileError:
    """Decode as `load_images` does; what goes wrong, of whatever kind, is returned and not raised."""
    try:
        with one_file(job.result):
            return load_images(job)
    except FileError as error:
        return error


def score_job(job: ScoringJob, chosen: Sequence[Metric], band: int = BAND) -> ImageFigures:
    """Read one job's files and measure them by those of the chosen metrics that need no network.

    Raises:
        ImageError: The images cannot be read or compared.
        MaskError: The mask cannot be read.
    """
    images = load_images(job)
    scores = {
        metric: PLAIN[metric](images.result, images.truth, images.mask, band) for metric in chosen if metric in PLAIN
    }
    height, width = images.mask.shape
    ratio, border = hole_ratio(images.mask), touches_border(images.mask)
    files = {what: _source(getattr(job, what)) for what in ("result", "truth", "mask")}
    return ImageFigures(job.name, job.method, (height, width), ratio, ratio_class(ratio), border, scores, files)


def score_jobs(
    jobs: Sequence[ScoringJob], chosen: Sequence[Metric], band: int, workers: int, progress: Progress
) -> list[ImageFigures | FileError]:
    """Score many jobs: a few in threads, more in processes of their own. The outcomes are in the jobs' order.

    Memory holds what ``workers`` images take, however many there are.
    """
    work = partial(_outcome, chosen=tuple(chosen), band=band)
    done: dict[int, ImageFigures | FileError] = {}
    with _pool(min(workers, len(jobs)), len(jobs)) as pool:
        with alive(), signals_held():
            waiting: dict[Future[ImageFigures | FileError], int] = {
                pool.submit(work, job): n for n, job in enumerate(jobs)
            }
        try:
            for future in as_completed(waiting):
                number = waiting[future]
                with alive():
                    done[number] = future.result()
                progress.advance(jobs[number].name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [done[number] for number in range(len(jobs))]


def _outcome(job: ScoringJob, chosen: Sequence[Metric], band: int) -> ImageFigures | FileError:
    try:
        with one_file(job.result):
            return score_job(job, chosen, band)
    except FileError as error:
        return type(error)(str(error))  # without what it was raised from, which may not travel


def _pool(workers: int, jobs: int) -> Executor:
    if workers <= 1 or jobs <= FEW:
        return ThreadPoolExecutor(max(1, workers))
    naming = None, current_naming()
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=start_worker, initargs=naming)


def _bounds(truth: StoredImage) -> tuple[float, float]:
    """Find black and white of floats: 0 and 1, or the truth's least and largest sample beyond these (heights)."""
    colours = truth.colours
    if colours.dtype.kind != "f":
        return 0.0, truth.white()
    counts = np.abs(colours) < NO_NUMBER
    if truth.no_data is not None:
        counts &= colours != truth.no_data
    return float(np.min(colours, where=counts, initial=0.0)), truth.white()


def _colours(image: StoredImage, bounds: tuple[float, float], no_data: float | None) -> Samples:
    """Take the samples without alpha, ``(H, W, 1 or 3)``; floats from 0 at black and no data to 1 at white."""
    colours = image.colours
    if colours.dtype.kind != "f":
        return colours
    black, white = bounds
    if no_data is not None:
        colours = np.where(says_no_data(colours, no_data), colours.dtype.type(black), colours)
    return (colours - np.float64(black)) / np.float64(white - black)


def _source(path: Path) -> SourceFile:
    try:
        return SourceFile(path.as_posix(), sha256_of(path))
    except OSError as error:
        raise FileError(f"{path}: cannot be read again ({error.strerror}); check path and permissions") from error
