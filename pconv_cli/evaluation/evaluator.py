"""A folder of results scored against the truth and the masks, picture by picture."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pconv_cli.errors import FileError, NothingToDo, PictureError, UsageError
from pconv_cli.evaluation.metrics import Samples
from pconv_cli.evaluation.names import NO_DOWNLOAD, Metric
from pconv_cli.evaluation.rows import Evaluation, Row
from pconv_cli.evaluation.scoring import Scorer
from pconv_cli.files.find import find_pictures, relative_name
from pconv_cli.files.masks import read_mask
from pconv_cli.files.pairing import Pair, Partners, find_partners, pair_with_masks
from pconv_cli.files.pictures import Picture, read_picture
from pconv_cli.files.polarity import Polarity
from pconv_cli.masks.ratios import MOSTLY_HOLE, hole_ratio, mostly_hole_warning, ratio_class, touches_border
from pconv_cli.progress import Progress, Silent


@dataclass(frozen=True)
class EvalOptions:
    """What to score, and how.

    Attributes:
        results: A folder of results, or one.
        truth: The folder of the true pictures, same relative paths and stems; one file for one result.
        masks: The folder of masks, or one file that serves all.
        metrics: What to measure.
        vgg: VGG16's weights for the perceptual and style distance; looked for where ``None``.
        device: Where VGG16 runs.
        polarity: Which colour of a mask file is the hole.
        workers: Threads that read and score; ``None``: one a processor.
    """

    results: Path
    truth: Path
    masks: Path
    metrics: tuple[Metric, ...] = NO_DOWNLOAD
    vgg: Path | None = None
    device: str = "auto"
    polarity: Polarity = Polarity.WHITE
    workers: int | None = None


def evaluate(options: EvalOptions, progress: Progress | None = None) -> Evaluation:
    """Score every result that has a truth and a mask.

    Nothing is resized or converted: a result of another size, depth or number of channels than its truth fails, as one
    without a partner does, and the rest is scored. Alpha is not looked at. Float pictures are scaled by the truth's
    white.

    Args:
        options: What to score, and how.
        progress: Told of every picture.

    Returns:
        The rows in the order of the names, and what failed.

    Raises:
        UsageError: A path does not exist, no metric is named, or the workers are fewer than one.
        NothingToDo: There is no result.
        ModelError: A metric needs VGG16, and it is not at hand.
    """
    progress = progress or Silent()
    workers = options.workers if options.workers is not None else os.cpu_count() or 1
    if workers < 1:
        raise UsageError(f"--workers {workers}: give 1 or more")
    if not options.truth.exists():
        raise UsageError(f"{options.truth}: there is no such file or folder of true pictures; check --gt")
    if not find_pictures(options.results):
        raise NothingToDo(f"{options.results}: no picture here; name the folder that holds the results")
    score = Scorer(options.metrics, options.vgg, options.device)
    pairing = pair_with_masks(options.results, options.masks)
    truths = _truths([pair.name for pair in pairing.pairs] + [name for name, _ in pairing.problems], options)
    problems = dict([*truths.problems, *pairing.problems])
    pairs = [pair for pair in pairing.pairs if pair.name in truths.found]
    unscored = [relative_name(path, options.truth) for path in truths.extra] if options.results.is_dir() else []
    progress.start(len(pairs), "pictures")

    def work(pair: Pair) -> Row:
        return score_pair(pair, truths.found[pair.name], score, options.polarity)

    rows = _run(work, pairs, workers, problems, progress)
    mostly_hole = sum(row.ratio > MOSTLY_HOLE for row in rows)
    if mostly_hole:
        progress.warn(
            mostly_hole_warning(
                f"{mostly_hole} of {len(rows)} masks {'is' if mostly_hole == 1 else 'are'}", options.polarity
            )
        )
    settings = {
        "results": str(options.results),
        "truth": str(options.truth),
        "masks": str(options.masks),
        "mask_polarity": str(options.polarity),
    }
    return Evaluation(score.chosen, rows, sorted(problems.items()), unscored, settings | score.settings)


def score_pair(pair: Pair, truth_path: Path, score: Scorer, polarity: Polarity = Polarity.WHITE) -> Row:
    """Read one result, its truth and its mask, and score it.

    Raises:
        PictureError: The pictures cannot be read or compared.
        MaskError: The mask cannot be read.
    """
    assert pair.mask is not None  # masks are files here, never the results' own alpha
    truth, result = read_picture(truth_path), read_picture(pair.picture)
    mask = read_mask(pair.mask, polarity=polarity)
    white = truth.white()
    try:
        scores = score(_colours(result, white), _colours(truth, white), mask)
    except ValueError as error:
        raise PictureError(
            f"{pair.picture}: {error} ({truth_path}); a result has the size, channels and depth of its truth"
        ) from error
    ratio = hole_ratio(mask)
    return Row(pair.name, None, truth.size, ratio, ratio_class(ratio), touches_border(mask), scores)


def _truths(names: list[str], options: EvalOptions) -> Partners:
    """The truth of each name; one result and one truth belong together whatever their names."""
    if options.results.is_file() and options.truth.is_file():
        return Partners({options.results.name: options.truth}, [], [])
    return find_partners(names, options.truth, what="true picture", error=PictureError)


def _run(
    work: Callable[[Pair], Row],
    pairs: list[Pair],
    workers: int,
    problems: dict[str, FileError],
    progress: Progress,
) -> list[Row]:
    """Score in threads (decoding and filtering leave the interpreter's lock); rows come back in the pairs' order."""
    done: dict[str, Row] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        names: dict[Future[Row], str] = {pool.submit(work, pair): pair.name for pair in pairs}
        try:
            for future in as_completed(names):
                name = names[future]
                try:
                    done[name] = future.result()
                except FileError as error:
                    problems[name] = error
                progress.advance(name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [done[pair.name] for pair in pairs if pair.name in done]


def _colours(picture: Picture, white: float) -> Samples:
    """The samples without alpha, ``(H, W, 1 or 3)``; floats in units of the truth's white."""
    colours = picture.colours
    return colours / np.float64(white) if colours.dtype.kind == "f" else colours
