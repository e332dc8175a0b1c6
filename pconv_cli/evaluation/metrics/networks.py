"""The metrics that need a network: VGG16's, LPIPS, FID and the Inception score, a batch of images at a time."""

import os
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pconv_cli.cores import usable_cores
from pconv_cli.errors import FileError, ModelError, option, out_of_memory_reported
from pconv_cli.evaluation.metrics.differences import Score, band_of
from pconv_cli.evaluation.metrics.names import ENOUGH_FOR_FID, NEEDS_NETWORK, NEEDS_VGG, OF_SETS, Metric
from pconv_cli.evaluation.reports.rows import ImageFigures, SetFigure
from pconv_cli.evaluation.scoring import LoadedImages, ScoringJob, load_or_error
from pconv_cli.files.digest import sha256_of
from pconv_cli.progress import Progress
from pconv_cli.wording import counted

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from pconv_cli.core.losses import InpaintingLoss
    from pconv_cli.core.vgg import VGG16Features
    from pconv_cli.evaluation.metrics.inception import Inception
    from pconv_cli.evaluation.metrics.lpips import LPIPS

BATCH = 8
"""The most images of one size that go through LPIPS and Inception at a time."""

BATCH_PIXELS = 2**20
"""The most pixels of them, beyond one image: VGG16 takes some kilobyte a pixel."""


@dataclass(frozen=True)
class NetworkOptions:
    """Where the networks' weights are, and where they run.

    Attributes:
        vgg: VGG16's weights; looked for where ``None``.
        lpips_weights: AlexNet's weights for LPIPS; looked for where ``None``.
        fid_weights: Inception's weights; looked for where ``None``.
        download: Fetch weights that are not at hand.
        device: ``auto``, ``cpu``, ``cuda`` ...
    """

    vgg: Path | None = None
    lpips_weights: Path | None = None
    fid_weights: Path | None = None
    download: bool = False
    device: str = "auto"


class Networks:
    """The networks that the chosen metrics need, and no others; loaded before the first image is read.

    Args:
        chosen: The metrics.
        options: Where the weights are.
        band: Pixels of the band on either side of the hole's edge.

    Raises:
        UsageError: No such device.
        ModelError: Weights are not at hand, or are not what they should be; the message says how to get them.
    """

    def __init__(self, chosen: Sequence[Metric], options: NetworkOptions, band: int) -> None:
        self.chosen = [metric for metric in chosen if metric in NEEDS_NETWORK]
        self.band, self.settings = band, dict[str, Any]()
        self._vgg: VGG16Features | None = None
        self._loss: InpaintingLoss | None = None
        self._lpips: dict[Metric, LPIPS] = {}
        self._inception: Inception | None = None
        if self.chosen:
            from pconv_cli.core.device import pick_device

            self.device: torch.device = pick_device(options.device)
            self.settings["network_device"] = str(self.device)
            self._load(options)

    def _load(self, options: NetworkOptions) -> None:
        from pconv_cli.evaluation.metrics.backbones import ALEXNET, INCEPTION

        found: dict[str, Path] = {}
        if NEEDS_VGG & set(self.chosen):
            from pconv_cli.core.losses import InpaintingLoss
            from pconv_cli.core.vgg import load_vgg

            found["vgg"] = _find_vgg(options)
            self._vgg = load_vgg(found["vgg"]).to(self.device)
            self._loss = InpaintingLoss(vgg=self._vgg).to(self.device)
        if Metric.LPIPS in self.chosen:
            from pconv_cli.evaluation.metrics.lpips import LPIPS

            found["lpips"] = ALEXNET.find(options.lpips_weights, download=options.download)
            self._lpips[Metric.LPIPS] = LPIPS.load("alex", found["lpips"]).to(self.device)
        if Metric.LPIPS_VGG in self.chosen:
            from pconv_cli.evaluation.metrics.lpips import LPIPS

            found["vgg"] = _find_vgg(options)
            self._lpips[Metric.LPIPS_VGG] = LPIPS.load("vgg", found["vgg"]).to(self.device)
        if OF_SETS & set(self.chosen):
            from pconv_cli.evaluation.metrics.inception import Inception

            found["fid"] = INCEPTION.find(options.fid_weights, download=options.download)
            self._inception = Inception.load(found["fid"]).to(self.device)
        for name, path in found.items():
            self.settings |= {f"{name}_weights": path.as_posix(), f"{name}_weights_sha256": sha256_of(path)}

    def measure(
        self, jobs: Sequence[ScoringJob], rows: Sequence[ImageFigures], progress: Progress
    ) -> tuple[list[ImageFigures], list[SetFigure], list[tuple[str, FileError]]]:
        """Add the networks' figures to rows; an image that cannot be read again is left out for all methods.

        Args:
            jobs: The rows' jobs, in their order.
            rows: As `pconv_cli.evaluation.scoring.score_jobs` gives them.
            progress: Hears of every image.

        Returns:
            The rows with more scores, the figures of whole sets, and what failed.
        """
        if not self.chosen or not jobs:
            return list(rows), [], []
        progress.start(len(jobs), "images (networks)")
        sets = _Sets(self._inception, self.device) if self._inception else None
        scores: dict[ScoringJob, dict[Metric, Score]] = {}
        failed: list[tuple[str, FileError]] = []
        for batch in _batches(jobs, failed):
            loaded = [images for _, images in batch]
            remedy = f"take {option('device')} cpu, or leave out the metrics that take a network"
            with out_of_memory_reported(f"at {batch[0][0].name}: {remedy}"):
                scores |= zip((job for job, _ in batch), self._scores(loaded), strict=True)
                if sets:
                    sets.add([job for job, _ in batch], loaded)
            for job, _ in batch:
                progress.advance(job.name)
        lost = {name for name, _ in failed}
        kept = [(row, scores[job]) for job, row in zip(jobs, rows, strict=True) if job.name not in lost]
        figures = sets.figures(self.chosen, lost, progress) if sets and kept else []
        return [replace(row, scores=row.scores | more) for row, more in kept], figures, failed

    def _scores(self, loaded: Sequence[LoadedImages]) -> list[dict[Metric, Score]]:
        scores: list[dict[Metric, Score]] = [{} for _ in loaded]
        if self._vgg is not None:
            from pconv_cli.evaluation.metrics.features import feature_scores, paper_loss

            for images, own in zip(loaded, scores, strict=True):
                samples = images.result, images.truth, images.mask
                if {Metric.PERCEPTUAL, Metric.STYLE} & set(self.chosen):
                    both = feature_scores(self._vgg, *samples, self.device, self.band)
                    own |= zip((Metric.PERCEPTUAL, Metric.STYLE), both, strict=True)
                if Metric.LOSS in self.chosen and self._loss is not None:
                    own[Metric.LOSS] = paper_loss(self._loss, *samples, self.device)
        for metric, distance in self._lpips.items():
            for own, score in zip(scores, _lpips(distance, loaded, self.band, self.device), strict=True):
                own[metric] = score
        return [{metric: own[metric] for metric in self.chosen if metric in own} for own in scores]


class _Sets:
    """Inception's features of results by method, and of truths; a truth that serves many results is done once."""

    def __init__(self, inception: "Inception", device: "torch.device") -> None:
        self.inception, self.device = inception, device
        self.results: dict[str | None, list[tuple[ScoringJob, NDArray[np.float32], NDArray[np.float32]]]] = {}
        self.truths: dict[Path, NDArray[np.float32]] = {}

    def add(self, jobs: Sequence[ScoringJob], loaded: Sequence[LoadedImages]) -> None:
        new = {
            job.truth: images.truth for job, images in zip(jobs, loaded, strict=True) if job.truth not in self.truths
        }
        features, scores = self._through([*(images.result for images in loaded), *new.values()])
        for number, job in enumerate(jobs):
            self.results.setdefault(job.method, []).append((job, features[number], scores[number]))
        self.truths |= zip(new, features[len(jobs) :], strict=True)

    def _through(self, several: Sequence[Any]) -> tuple["NDArray[np.float32]", "NDArray[np.float32]"]:
        import torch

        from pconv_cli.evaluation.metrics.features import as_tensor

        with torch.no_grad():
            batch = torch.cat([as_tensor(samples, self.device) for samples in several])
            features, scores = self.inception((255 * batch).round())
        return features.cpu().numpy(), scores.cpu().numpy()

    def figures(self, chosen: Sequence[Metric], lost: Collection[str], progress: Progress) -> list[SetFigure]:
        """Compute the figures of all images but those of the names lost."""
        import numpy as np

        from pconv_cli.evaluation.metrics.fid import frechet_distance, inception_score

        found = []
        for method, results in self.results.items():
            kept = [result for result in results if result[0].name not in lost]
            features, scores = np.stack([one for _, one, _ in kept]), np.stack([one for _, _, one in kept])
            truths = np.stack([self.truths[job.truth] for job, _, _ in kept])
            for metric in chosen:
                if metric is Metric.FID:
                    found.append(SetFigure(method, metric, frechet_distance(features, truths), len(kept)))
                elif metric is Metric.INCEPTION_SCORE:
                    found.append(SetFigure(method, metric, inception_score(scores), len(kept)))
        count = min(figure.count for figure in found)
        if count < ENOUGH_FOR_FID:
            names = " and ".join(dict.fromkeys(option(figure.metric) for figure in found))
            progress.warn(
                f"{names} of {counted(count, 'image')}: under {ENOUGH_FOR_FID} images, they depend on "
                "the number more than on the images; compare them only with figures of the same images"
            )
        return found


def _lpips(distance: "LPIPS", loaded: Sequence[LoadedImages], band: int, device: "torch.device") -> list[Score]:
    import numpy as np
    import torch

    from pconv_cli.evaluation.metrics.features import as_tensor
    from pconv_cli.evaluation.metrics.lpips import SHORTEST_SIDE, whole_and_regions

    if min(loaded[0].mask.shape) < SHORTEST_SIDE[distance.network]:
        return [Score(None) for _ in loaded]
    regions = np.stack([np.stack([~images.mask, band_of(images.mask, band)]) for images in loaded])
    with torch.no_grad():
        levels = distance(
            *(torch.cat([as_tensor(getattr(t, what), device) for t in loaded]) for what in ("result", "truth"))
        )
        # Sums in float64 are taken on the processor: not every device has that.
        figures = whole_and_regions([level.cpu() for level in levels], torch.from_numpy(regions).float()).numpy()
    return [Score(*(None if np.isnan(figure) else float(figure) for figure in row)) for row in figures]


def _batches(
    jobs: Sequence[ScoringJob], failed: list[tuple[str, FileError]]
) -> Iterator[list[tuple[ScoringJob, LoadedImages]]]:
    """Group neighbouring jobs that go through at a time, their images of one size."""
    for (height, width), same in groupby(_read_ahead(jobs, failed), key=lambda one: one[1].mask.shape):
        while batch := list(islice(same, _batch_of(height * width))):
            yield batch


def _batch_of(pixels: int) -> int:
    """Count the images of this many pixels that go through at a time."""
    return max(1, min(BATCH, BATCH_PIXELS // pixels))


def _read_ahead(
    jobs: Sequence[ScoringJob], failed: list[tuple[str, FileError]]
) -> Iterator[tuple[ScoringJob, LoadedImages]]:
    """Decode in the background, no more than two batches ahead of images of the size of the one before.

    Args:
        jobs: The jobs to read.
        failed: Takes the names of those that cannot be read, each with its error.
    """
    ahead = 1
    with ThreadPoolExecutor(min(2, usable_cores())) as pool:
        waiting: deque[tuple[ScoringJob, Future[LoadedImages | FileError]]] = deque()
        rest = iter(jobs)
        while True:
            waiting.extend(
                (job, pool.submit(load_or_error, job)) for job in islice(rest, max(0, ahead + 1 - len(waiting)))
            )
            if not waiting:
                return
            job, future = waiting.popleft()
            images = future.result()
            if isinstance(images, FileError):
                failed.append((job.name, images))
                continue
            ahead = 2 * _batch_of(images.mask.size)
            yield job, images


def _find_vgg(options: NetworkOptions) -> Path:
    from pconv_cli.core.vgg_file import VGG16_VARIABLE, default_vgg_path, find_vgg
    from pconv_cli.evaluation.metrics.backbones import VGG16

    if options.vgg is not None or os.environ.get(VGG16_VARIABLE):  # a file is named, and the message is about that one
        return find_vgg(options.vgg)
    if options.download or default_vgg_path().is_file():
        return VGG16.find(None, download=options.download)
    *metrics, last = (option(metric) for metric in Metric if metric in NEEDS_VGG | {Metric.LPIPS_VGG})
    raise ModelError(
        f"VGG16's weights are not at hand: run `pconv weights fetch-vgg` once (528 MB) or add {option('download')}, or "
        f"name a copy by {option('vgg')} PATH or ${VGG16_VARIABLE}; or leave out {', '.join(metrics)} and {last}"
    )
