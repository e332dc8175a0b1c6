"""Methods compared on pictures that need no download: every class of hole ratio, the same holes for every method."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ModelError, UsageError
from pconv_cli.evaluation.names import NO_DOWNLOAD, Metric
from pconv_cli.evaluation.rows import Evaluation, Row
from pconv_cli.evaluation.scoring import Scorer
from pconv_cli.files.samples import reduced, sample_pictures
from pconv_cli.masks.generate import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import RATIO_CLASSES, Mask, class_label, hole_ratio, ratio_class, touches_border
from pconv_cli.progress import Progress, Silent

Picture = NDArray[np.uint8]
Fill = Callable[[NDArray[np.float32], Mask], NDArray[np.float32]]
"""Takes RGB ``(H, W, 3)`` in [0, 1] and the mask ``(H, W)``, True = valid; gives RGB of the same shape."""

KIND = MaskKind.OCCLUSION
SHORT_SIDE = 256
MID_GREY = 128


@dataclass(frozen=True)
class SampleOptions:
    """What to measure on the sample pictures.

    Attributes:
        metrics: What to measure.
        vgg: VGG16's weights for the perceptual and style distance; looked for where ``None``.
        device: Where VGG16 runs.
        seed: Of the masks; not negative.
    """

    metrics: tuple[Metric, ...] = NO_DOWNLOAD
    vgg: Path | None = None
    device: str = "auto"
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """One picture with one mask."""

    name: str
    truth: Picture
    mask: Mask


def sample_cases(pictures: Mapping[str, Picture], seed: int) -> list[Case]:
    """Damage every picture once in each class of hole ratio.

    Pictures are reduced to a short side of `SHORT_SIDE` by area averages (a smaller one stays as it is). The mask of
    picture i and class c is drawn from the generator seeded by (seed, i, c); where i + c is even, its holes keep clear
    of the border.

    Args:
        pictures: Name to ``(H, W, 3)`` uint8 RGB.
        seed: Not negative.

    Raises:
        UsageError: A negative seed.
    """
    if seed < 0:
        raise UsageError(f"--seed {seed}: give 0 or more")
    cases = []
    for i, (name, picture) in enumerate(pictures.items()):
        truth = reduced(picture, SHORT_SIDE / min(picture.shape[:2]))
        for c, ratio in enumerate(RATIO_CLASSES):
            height, width = truth.shape[:2]
            rng = np.random.default_rng([seed, i, c])
            mask = draw_mask(KIND, (height, width), rng, ratio=ratio, border=None if (i + c) % 2 else False)
            cases.append(Case(f"{name} {class_label(c)}", truth, mask))
    return cases


def evaluate_samples(
    options: SampleOptions,
    methods: Mapping[str, Fill],
    progress: Progress | None = None,
    source: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Fill the sample pictures by every method, and score what comes out as an 8-bit file would be scored.

    A result is clipped, rounded to 8 bits, and has the truth's samples where the mask is valid. Methods run one at a
    time, since each uses the processor as it likes; scoring runs beside them.

    Args:
        options: What to measure.
        methods: Name to function.
        progress: Told of every result.
        source: What the report shall say of the methods, such as the weights.

    Returns:
        A row for each method, picture and class.

    Raises:
        UsageError: No metric, or a negative seed.
        ModelError: A metric needs VGG16, and it is not at hand; or a method yields values that are not finite.
    """
    progress = progress or Silent()
    score = Scorer(options.metrics, options.vgg, options.device)
    pictures = sample_pictures()
    cases = sample_cases(pictures, options.seed)
    progress.start(len(cases) * len(methods), "results")
    futures: list[Future[Row]] = []
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        try:
            for method, fill in methods.items():
                for case in cases:
                    futures.append(pool.submit(_row, case, method, _result(case, method, fill), score))
                    progress.advance(case.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        rows = [future.result() for future in futures]
    settings: dict[str, Any] = {
        "pictures": list(pictures),
        "short_side": SHORT_SIDE,
        "mask_kind": str(KIND),
        "seed": options.seed,
    }
    return Evaluation(score.chosen, rows, settings=settings | dict(source or {}) | score.settings)


def _result(case: Case, method: str, fill: Fill) -> Picture:
    """The 8-bit picture that a method leaves."""
    damaged = np.where(case.mask[..., None], case.truth, MID_GREY).astype(np.float32) / np.float32(255)
    filled = fill(damaged, case.mask)
    if not np.isfinite(filled).all():
        raise ModelError(f"{method} fills {case.name} with values that are not finite; are its weights sound?")
    rounded = np.clip(np.rint(filled * 255), 0, 255).astype(np.uint8)
    return np.where(case.mask[..., None], case.truth, rounded)


def _row(case: Case, method: str, result: Picture, score: Scorer) -> Row:
    ratio = hole_ratio(case.mask)
    height, width = case.mask.shape
    scores = score(result, case.truth, case.mask)
    return Row(case.name, method, (height, width), ratio, ratio_class(ratio), touches_border(case.mask), scores)
